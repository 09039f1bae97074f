/** Who answers pings is kept, and who falls silent is closed: both beside each other. */
import { type PlayedWorkload, ServerLimit } from '../played-workload.ts'
import { closedWithin, longest } from '../scenarios/silence.ts'
import type { Ready } from '../scenarios/vu-messages.ts'
import type { Deal, Place, ScenarioPlan, Setting } from './plan.ts'
import { NO_TRAFFIC, READY_PATIENCE_MS, requireRole } from './traffic.ts'

type HeartbeatWorkload = PlayedWorkload<'heartbeat'>

export const heartbeat: ScenarioPlan<HeartbeatWorkload> = {
  script: 'heartbeat',
  latencies: ['mute_close', 'connect', 'queue', 'pulse'],
  checks: () => ({
    live_kept: 'a connection that answers each ping is never closed',
    mute_closed: 'a connection that falls silent is closed with 4301, within three times interval and grace',
    mute_not_early: 'no silent connection is closed before interval and grace have passed',
  }),
  describe: ({ live, mute }) => `${live} connections that answer pings, and ${mute} that fall silent`,
  limits: ({ heartbeat_interval_ms, heartbeat_grace_ms }) => ({ heartbeat_interval_ms, heartbeat_grace_ms }),
  deal,
  requirePlayable(ready, workload) {
    for (const role of ['live', 'mute']) requireRole(ready, role)
    requireTime(ready, workload)
  },
}

/** A server that was not started for it has limits of its own: who ends before these have passed can judge nobody. */
function requireTime(ready: readonly Ready[], workload: HeartbeatWorkload): void {
  const granted = longest(ready.flatMap(({ heartbeat }) => heartbeat ?? []))
  if (granted === undefined || closedWithin(granted) <= playTime(workload)) return
  const { heartbeat_interval_ms, heartbeat_grace_ms } = granted
  throw new ServerLimit(
    `the server's heartbeat_interval_ms of ${heartbeat_interval_ms} and heartbeat_grace_ms of ${heartbeat_grace_ms} (in its welcome) ` +
      `leave it ${closedWithin(granted)} ms to close who falls silent, and the play ends after ${playTime(workload)} ms: ` +
      `give --duration at least ${Math.ceil(closedWithin(granted) / 1000)}s, or a server with shorter limits`,
  )
}

const playTime = (workload: HeartbeatWorkload) => Math.max(workload.duration_ms, closedWithin(workload))

/** Both roles are spread over the whole ramp, so that one moment in which a server stands still does not hit all of a kind. */
function deal(workload: HeartbeatWorkload, { urls, run }: Setting): Deal {
  const { live, mute, connect_rate_per_s } = workload
  const ramp_ms = ((live + mute) * 1000) / connect_rate_per_s
  const places = (role: 'live' | 'mute', count: number): Place[] =>
    Array.from({ length: count }, (_, number) => ({
      ...{ role, number, room: '', url: urls[number % urls.length] ?? '' },
      connect_ms: (number * ramp_ms) / count,
      token: { sub: `load-${run}-${role[0]}${number}` },
    }))
  return {
    places: [...places('live', live), ...places('mute', mute)],
    traffic: NO_TRAFFIC,
    ready_ms: ramp_ms + READY_PATIENCE_MS,
    play_ms: playTime(workload),
  }
}
