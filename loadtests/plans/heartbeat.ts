/** Who answers pings is kept, and who falls silent is closed: both beside each other. */
import type { PlayedWorkload } from '../played-workload.ts'
import { closedWithin } from '../scenarios/silence.ts'
import type { Deal, Place, ScenarioPlan, Setting } from './plan.ts'
import { NO_TRAFFIC, READY_PATIENCE_MS, requireRole } from './traffic.ts'

type HeartbeatWorkload = PlayedWorkload<'heartbeat'>

export const heartbeat: ScenarioPlan<HeartbeatWorkload> = {
  script: 'heartbeat',
  latencies: ['mute_close', 'connect', 'queue'],
  checks: () => ({
    live_kept: 'a connection that answers each ping is never closed',
    mute_closed: 'a connection that falls silent is closed with 4301, within three times interval and grace',
    mute_not_early: 'no silent connection is closed before interval and grace have passed',
  }),
  describe: ({ live, mute }) => `${live} connections that answer pings, and ${mute} that fall silent`,
  connections: ({ live, mute }) => live + mute,
  limits: ({ heartbeat_interval_ms, heartbeat_grace_ms }) => ({ heartbeat_interval_ms, heartbeat_grace_ms }),
  deal,
  requirePlayable(ready) {
    for (const role of ['live', 'mute']) requireRole(ready, role)
  },
}

/** Both roles are spread over the whole ramp, so that one moment in which a server stands still does not hit all of a kind. */
function deal(workload: HeartbeatWorkload, { urls, run }: Setting): Deal {
  const { live, mute, connect_rate_per_s, duration_ms } = workload
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
    play_ms: Math.max(duration_ms, closedWithin(workload)),
  }
}
