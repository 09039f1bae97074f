import t from 'tap'
import { Series } from '../series.ts'
import { compareSpans } from './steadiness.ts'

const bound = { p99_factor: 2, p99_floor_ms: 50 }
const [earlier, later] = [
  { from: 0, to: 1000 },
  { from: 1000, to: 2000 },
]

/** Deliveries of 10 ms in the first second, of 300 ms in the second, and the given of what the generator says of itself. */
function slowed(own: Readonly<Record<string, number>>) {
  const series = new Series([])
  series.count('delivery', 10, 0)
  series.count('delivery', 300, 1)
  for (const [name, ms] of Object.entries(own)) series.count(name, ms, 1)
  return compareSpans(series, earlier, later, bound)
}

t.test('a p99 that grows past the bound is a breach, with both figures', async (t) => {
  t.match(slowed({}), { holds: false, breach: /10\.0 ms, and \d{3}\.\d ms later: at most 50\.0 ms/ })
})

for (const own of [{ publish_delay: 260 }, { queue: 260 }, { pulse: 260 }, { publish_delay: 130, pulse: 130 }]) {
  t.test(`the generator’s own ${Object.keys(own).join(' and ')} is not held against the server`, async (t) =>
    t.match(slowed(own), { holds: true }),
  )
}

t.test('one standstill that shows in the queue and in the pulse is allowed for once', async (t) =>
  t.match(slowed({ queue: 130, pulse: 130 }), { holds: false }),
)

t.test('a span in which nothing was delivered says nothing', async (t) =>
  t.equal(compareSpans(new Series([]), earlier, later, bound), undefined),
)
