import t from 'tap'
import { plateausOf, stepSizes } from './plateaus.ts'

/** Seconds, each with what it ended with. */
const seconds = (...rows: readonly (readonly [sockets: number, rss_bytes?: number])[]) =>
  rows.map(([sockets, rss], second) => ({
    at_ms: second * 1000,
    sockets,
    ...(rss === undefined ? {} : { server_rss_bytes: rss }),
  }))
const found = (points: ReturnType<typeof seconds>) =>
  plateausOf(points, [100, 200]).map(({ connections, rss_bytes }) => [connections, rss_bytes])

t.test('each plateau is read as long after its last connection as the shortest allows', async (t) => {
  const ramp = seconds([50, 1], [100, 2], [100, 3], [150, 4], [200, 5], [200, 6], [200, 7], [200, 8], [60, 9], [0, 9])
  t.same(found(ramp), [
    [100, 3],
    [200, 6],
  ])
})

t.test('a second in which not everybody was heard of makes no plateau, nor does it make one twice', async (t) => {
  t.same(found(seconds([100, 1], [100, 2], [40, 3], [100, 4], [100, 5])), [[100, 2]])
})

t.test('where the server could not be looked at, the second before says it', async (t) => {
  t.same(found(seconds([100, 1], [100, 2], [100], [200, 3], [200, 4], [200, 5])), [
    [100, 2],
    [200, 5],
  ])
})

t.test('a ramp that stalls, and connections that are closed, make no plateau', async (t) => {
  t.same(found(seconds([60, 1], [60, 2], [100, 3], [100, 4], [80, 5], [80, 6])), [[100, 4]])
})

t.test('the steps are as equal as whole connections can be, and the last holds all', async (t) => {
  t.same(stepSizes({ connections: 10, plateaus: 3 }), [4, 7, 10])
})

t.test('without connections, or where nothing is known of the memory, there is no plateau', async (t) => {
  t.same(found(seconds([0, 1], [0, 1], [100, 2], [200, 3])), [])
  t.same(found(seconds([100], [100], [100])), [])
})
