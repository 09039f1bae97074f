import t from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { holdsMissed, missedOf, playerOf } from '../fixtures/play.ts'
import { playable } from '../workload.ts'
import { presence } from './presence.ts'

t.setTimeout(600_000)
const playOn = playerOf(openTarget)

/** Each member makes one round, a move every 800 ms. */
const workload = {
  scenario: 'presence',
  rooms: 2,
  watchers: 8,
  members: 10,
  churn_per_s: 12.5,
  grace_ms: 400,
  connect_rate_per_s: 200,
  duration_ms: 4000,
  drain_ms: 1000,
}

t.test('on the right server every watcher is told what is, and all lists agree', async (t) => {
  const result = await playOn(t, workload)
  t.same(missedOf(result), [])
  for (const { name, judged } of result.checks ?? []) t.ok(judged > 0, name)
  const told = ['join', 'leave'].map((name) => result.latency[name]?.count)
  t.same(
    told,
    [20 * 2, 10 * 2],
    'of ten members who join twice and leave once, to two watchers from the start in each room',
  )
})

const FAULTS: readonly (readonly [mutant: string, missed: readonly string[]])[] = [
  ['presence/flicker-on-return', ['told_only_what_is']],
  ['presence/misses-some-leaves', ['nobody_is_missed']],
  ['presence/get-misses-one', ['lists_agree']],
  ['presence/zombie-timer', ['told_only_what_is', 'nobody_is_missed']],
]
for (const [mutant, missed] of FAULTS) {
  t.test(`${mutant} is seen as ${missed.join(' and ')}`, async (t) => {
    holdsMissed(t, await playOn(t, workload, mutant), missed)
  })
}

t.test('a churn that leaves no time to be gone is refused', async (t) => {
  const fast = playable({ ...workload, churn_per_s: 15 }, {}, 'of the test') as Parameters<typeof presence.describe>[0]
  t.throws(() => presence.deal(fast, { urls: [''], run: 'x' }), {
    name: 'WorkloadError',
    message: /use at least 11 members/,
  })
})
