import t from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { holdsMissed, missedOf, playerOf } from '../fixtures/play.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { playable } from '../workload.ts'
import { soak } from './soak.ts'

const playOn = playerOf(openTarget)
t.setTimeout(600_000)

/** 2,000 deliveries of 4 KB a second: a server that keeps them grows by over 8 MB each second. */
const workload = {
  scenario: 'soak',
  rooms: 1,
  subscribers: 100,
  publishers: 20,
  rate_per_s: 20,
  message_bytes: 4000,
  duration_ms: 9000,
  warm_up_ms: 3000,
  window_ms: 1000,
  memory_drift_bytes_per_s: 3_000_000,
  p99_floor_ms: 250,
}

t.test('the right server stays as it is', async (t) => {
  const { thresholds, checks = [] } = await playOn(t, workload)
  t.same(missedOf({ thresholds }), [])
  t.same(
    checks.map(({ name, judged }) => [name, judged]),
    [
      ['memory_steady', 1],
      ['latency_steady', 1],
    ],
  )
})

for (const [mutant, check] of [
  ['delivery/keeps-every-frame', 'memory_steady'],
  ['delivery/slows-with-age', 'latency_steady'],
] as const) {
  t.test(`${mutant} is seen as ${check}`, async (t) => holdsMissed(t, await playOn(t, workload, mutant), [check]))
}

t.test('a server that is started for a soak can fill what it may keep while it warms up', async (t) => {
  const limits = soak.limits(playable(workload, {}, 'of the test') as PlayedWorkload<'soak'>)
  t.match(limits, { dedupe_window_ms: 3000, resume_window_ms: 3000, replay_max: 30, history_max: 30 })
})

t.test('too short a soak is refused, with what would do', async (t) => {
  const short = playable({ ...workload, duration_ms: 5000 }, {}, 'of the test') as PlayedWorkload<'soak'>
  t.throws(() => soak.deal(short, { urls: [''], run: 'x' }), {
    name: 'WorkloadError',
    message: /has no 3 windows of 1000 ms after its warm-up of 3000 ms: play it for at least 6000 ms/,
  })
})
