import t from 'tap'
import { plateausOf } from './plateaus.ts'

/** Seconds, each with what it ended with. */
const seconds = (...rows: readonly (readonly [sockets: number, rss_bytes?: number])[]) =>
  rows.map(([sockets, rss], second) => ({
    at_ms: second * 1000,
    sockets,
    ...(rss === undefined ? {} : { server_rss_bytes: rss }),
  }))
const found = (points: ReturnType<typeof seconds>) =>
  plateausOf(points).map(({ connections, rss_bytes }) => [connections, rss_bytes])

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

t.test('without connections, or where nothing is known of the memory, there is no plateau', async (t) => {
  t.same(found(seconds([0, 1], [0, 1], [10, 2], [20, 3])), [])
  t.same(found(seconds([10], [10], [10])), [])
})
