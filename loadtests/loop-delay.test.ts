import t from 'tap'
import { delayBetween } from './loop-delay.ts'

const INF = Number.POSITIVE_INFINITY

t.test('only what came between the readings counts', async (t) => {
  // Before: 1,000 delays of up to 10 ms. Since: 100, of which 98 took up to 1 ms, and 2 up to 10.
  const before = [
    [0.001, 0],
    [0.01, 1000],
    [INF, 1000],
  ] as const
  const after = [
    [0.001, 98],
    [0.01, 1100],
    [INF, 1100],
  ] as const
  t.equal(delayBetween(before, after)?.toFixed(3), '5.500', 'half-way through the bucket from 1 to 10 ms')
  t.equal(
    delayBetween(
      [],
      [
        [0.001, 100],
        [INF, 100],
      ],
    ),
    0.99,
  )
})

t.test('beyond the last bound no more is known than the bound', async (t) => {
  t.equal(
    delayBetween(
      [],
      [
        [0.001, 1],
        [INF, 100],
      ],
    ),
    1,
  )
})

t.test('nothing counted, or a server that began anew, tells nothing', async (t) => {
  t.equal(
    delayBetween(
      [
        [0.001, 5],
        [INF, 5],
      ],
      [
        [0.001, 5],
        [INF, 5],
      ],
    ),
    undefined,
  )
  t.equal(
    delayBetween(
      [
        [0.001, 50],
        [INF, 50],
      ],
      [
        [0.001, 5],
        [INF, 60],
      ],
    ),
    undefined,
  )
  t.equal(delayBetween([], []), undefined)
})
