import t from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { holdsMissed, missedOf, playerOf } from '../fixtures/play.ts'

const playOn = playerOf(openTarget)
t.setTimeout(600_000)

/** The kernel takes some 4 MB of a connection before anything waits in the server. */
const workload = {
  scenario: 'slow-consumer',
  rooms: 1,
  subscribers: 2,
  publishers: 10,
  rate_per_s: 300,
  message_bytes: 4000,
  sleepers: 3,
  sleep_at_ms: 2000,
  duration_ms: 9000,
  send_queue_bytes: 65_536,
  // A server has a right to so much for other reasons, and a busy machine to be slow.
  memory_allowance_bytes: 30_000_000,
  p99_floor_ms: 1500,
}
const many = { ...workload, sleepers: 20, duration_ms: 10_000, memory_allowance_bytes: 2_500_000 }

t.test('on the right server the sleepers are let go, and nobody else notices', async (t) => {
  const { thresholds, checks = [], ledger } = await playOn(t, workload)
  t.same(missedOf({ thresholds }), [])
  t.equal(ledger.delivered, 2700 * 2)
  t.same(
    checks.map(({ name, judged }) => [name, judged]),
    [
      ['sleepers_closed', 3],
      ['sleepers_prefix', 3],
      ['others_keep_latency', 1],
      ['memory_bounded', 1],
    ],
  )
})

const FAULTS: readonly (readonly [mutant: string, played: object, missed: readonly string[]])[] = [
  ['backpressure/drops-what-does-not-fit', workload, ['sleepers_prefix']],
  ['backpressure/publishers-wait-for-the-slow', { ...workload, duration_ms: 11_000 }, ['others_keep_latency']],
  ['backpressure/copies-without-end', many, ['sleepers_closed', 'memory_bounded']],
]
for (const [mutant, played, missed] of FAULTS) {
  t.test(`${mutant} is seen as ${missed.join(' and ')}`, async (t) => {
    holdsMissed(t, await playOn(t, played, mutant), missed)
  })
}

t.test('nobody can fall asleep after the end', async (t) => {
  await t.rejects(playOn(t, { ...workload, sleep_at_ms: 9000 }), {
    name: 'WorkloadError',
    message: 'sleep_at_ms 9000 is not before the end of the 9000 ms of duration_ms',
  })
})
