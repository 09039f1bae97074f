import t from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { holdsMissed, missedOf, playerOf } from '../fixtures/play.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import type { Ready } from '../scenarios/vu-messages.ts'
import { playable } from '../workload.ts'
import { heartbeat } from './heartbeat.ts'

const playOn = playerOf(openTarget)
t.setTimeout(600_000)

const workload = {
  scenario: 'heartbeat',
  live: 10,
  mute: 6,
  heartbeat_interval_ms: 1000,
  heartbeat_grace_ms: 500,
  connect_rate_per_s: 32,
  duration_ms: 2500,
}

t.test('who answers pings is kept, and who falls silent is closed in time', async (t) => {
  const { checks = [], latency, connections, ...result } = await playOn(t, workload)
  t.same(missedOf(result), [])
  t.same(
    checks.map(({ name, judged }) => [name, judged]),
    [
      ['live_kept', 10],
      ['mute_closed', 6],
      ['mute_not_early', 6],
    ],
  )
  t.match(connections, { ready: 16, failed: 0, dropped: 0 })
  t.equal(latency.mute_close?.count, 6)
  t.equal(result.ledger.expected, 0)
})

const FAULTS: readonly (readonly [title: string, mutant: string, missed: readonly string[]])[] = [
  ['closes those that answer', 'heartbeat/pings-half-as-often', ['dropped', 'live_kept']],
  ['keeps the dead', 'heartbeat/dead-ones-are-kept', ['mute_closed']],
]
for (const [title, mutant, missed] of FAULTS) {
  t.test(`a server that ${title} does not pass`, async (t) => {
    holdsMissed(t, await playOn(t, workload, mutant), missed)
  })
}

t.test('a server that gives no grace closes the silent too early, but does close them', async (t) => {
  // The living are at its mercy too: whether their pong comes first is a race.
  const missed = missedOf(await playOn(t, workload, 'heartbeat/no-grace'))
  t.equal(missed.includes('mute_not_early'), true)
  t.equal(missed.includes('mute_closed'), false)
})

const readyAt = (heartbeat_interval_ms: number, heartbeat_grace_ms: number): Ready => ({
  type: 'ready',
  connections: { planned: 2, ready: 2, failed: 0, dropped: 0 },
  roles: { live: 1, mute: 1 },
  heartbeat: { heartbeat_interval_ms, heartbeat_grace_ms },
  troubles: {},
})

t.test('a server whose own limits are longer than the play is no reason for a verdict', async (t) => {
  const played = (duration_ms: number) =>
    playable({ ...workload, duration_ms }, {}, 'of the test') as PlayedWorkload<'heartbeat'>
  const ready = [readyAt(1000, 500), readyAt(30_000, 10_000)]
  t.throws(() => heartbeat.requirePlayable(ready, played(6000)), {
    name: 'WorkloadError',
    message: /heartbeat_interval_ms of 30000 and heartbeat_grace_ms of 10000 .* give --duration at least 120s/,
  })
  t.doesNotThrow(() => heartbeat.requirePlayable(ready, played(120_000)))
  t.doesNotThrow(() => heartbeat.requirePlayable([readyAt(1000, 500)], played(100)))
})
