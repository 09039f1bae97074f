import t from 'tap'
import { type Backoff, waitBefore } from './backoff.ts'

const ROWS: readonly (readonly [title: string, backoff: Backoff['backoff'], waits: readonly number[]])[] = [
  ['nobody waits', 'none', [0, 0, 0]],
  ['everybody waits as long each time', 'fixed', [100, 100, 100]],
  ['the wait doubles up to its cap', 'exponential', [100, 200, 300]],
  ['a random part of the doubling wait', 'full-jitter', [25, 50, 75]],
  ['a moment of the advised window, and of the doubling wait from then on', 'advised', [1250, 50, 75]],
]
for (const [title, backoff, waits] of ROWS) {
  t.test(`${backoff}: ${title}`, async (t) => {
    const wait = (attempt: number) =>
      waitBefore(attempt, { backoff, base_ms: 100, cap_ms: 300 }, 0.25, { min_ms: 1000, max_ms: 2000 })
    t.same([0, 1, 2].map(wait), waits)
  })
}

t.test('without advice the moment is one of the next second', async (t) => {
  t.equal(waitBefore(0, { backoff: 'advised', base_ms: 1, cap_ms: 1 }, 0.5), 500)
})
