/** Connections and nothing else: opened in equal steps, so that what each costs the server shows, and held. */
import type { PlayedWorkload } from '../played-workload.ts'
import type { Deal, ScenarioPlan, Setting } from './plan.ts'
import { NO_TRAFFIC, READY_PATIENCE_MS, requireRole } from './traffic.ts'

type ConnectionsWorkload = PlayedWorkload<'connections'>

/** After the last close, in ms: what the VUs wait for its answer, and a little more. */
const FAREWELL_MS = 6000

export const connections: ScenarioPlan<ConnectionsWorkload> = {
  script: 'connections',
  latencies: ['connect', 'upgrade', 'close', 'connect_delay', 'queue', 'pulse'],
  checks: () => ({ close_answered: 'a connection that is closed with 1000 gets the server’s close frame in answer' }),
  describe: ({ connections, plateaus, connect_rate_per_s }) =>
    `${connections} connections in ${plateaus} steps, ${connect_rate_per_s}/s`,
  limits: () => ({}),
  deal,
  requirePlayable: (ready) => requireRole(ready, 'idle'),
}

function deal(workload: ConnectionsWorkload, { urls, run }: Setting): Deal {
  const { connections, plateaus, settle_ms, connect_rate_per_s, duration_ms } = workload
  const places = Array.from({ length: connections }, (_, number) => ({
    ...{ role: 'idle', number, room: '', url: urls[number % urls.length] ?? '' },
    connect_ms: (number * 1000) / connect_rate_per_s + Math.floor((number * plateaus) / connections) * settle_ms,
    token: { sub: `load-${run}-i${number}` },
  }))
  return {
    places,
    traffic: NO_TRAFFIC,
    ready_ms: (places.at(-1)?.connect_ms ?? 0) + READY_PATIENCE_MS,
    play_ms: duration_ms + (connections * 1000) / connect_rate_per_s + FAREWELL_MS,
  }
}
