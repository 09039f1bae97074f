/** What a run amounts to, in the result model. */
import { createHash } from 'node:crypto'
import type { LoadResult, ServerFigures } from '../schemas/generated/results.ts'
import { accountOf } from './account.ts'
import { checksOf } from './checks.ts'
import { emptyHistogram, latencyOf } from './histogram.ts'
import type { EngineSpec } from './layout.ts'
import type { Observer } from './observer.ts'
import type { Outcome } from './outcome.ts'
import type { Deal } from './plans/plan.ts'
import { planOf } from './plans/registry.ts'
import { coresBetween } from './process-watch.ts'
import type { LoadOptions } from './run.ts'
import { judge } from './thresholds.ts'
import { validityOf } from './validity.ts'

/** What was played: the plan's values, and by how many engines. */
export interface Played {
  readonly deal: Deal
  readonly engines: readonly EngineSpec[]
}

export function resultOf(options: LoadOptions, played: Played, outcome: Outcome, observer: Observer): LoadResult {
  const { target, workload, segment, k6, manifest } = options
  const { interrupted, failure } = outcome
  const { schedule } = played.deal.traffic
  const planned = played.deal.places.length
  const { ledger, integrity, publishes, connections, troubles } = accountOf(outcome, schedule, planned, observer)
  const judged = [outcome.checks, ...outcome.records.map((vu) => vu.checks)]
  const checks = checksOf(planOf(workload).checks(workload), judged)
  const latency = observer.series.latencies()
  const { start, end } = observer.readings
  const nothing = latencyOf(emptyHistogram())
  const health = {
    cpu_cores: start && end && coresBetween(start, end, 'generator'),
    queue: latency.queue ?? nothing,
    publish_delay: latency.publish_delay ?? nothing,
    delivery: latency.delivery ?? nothing,
    hasTraffic: schedule.messages > 0,
    connections: connections.planned,
    engines: played.engines.length,
    sources: new Set(played.engines.map(({ localIp }) => localIp)).size,
    addresses: target.urls.length,
    interrupted,
    failure,
  }
  const server = serverFigures(observer, connections.ready, ledger.delivered)
  return {
    format: 'shakedown.load/1',
    partial: interrupted || failure !== undefined,
    target: target.description,
    manifest: { ...manifest, k6: k6.version, workload_hash: hashOf(workload) },
    scenario: workload.scenario,
    workload,
    ...(segment === undefined ? {} : { segment }),
    engine: { name: 'k6', version: k6.version },
    started_at: new Date(observer.epoch).toISOString(),
    duration_ms: Math.round((end?.at ?? Date.now()) - observer.epoch),
    validity: validityOf(health, manifest),
    ledger,
    integrity,
    publishes,
    connections,
    troubles,
    ...(checks.length === 0 ? {} : { checks }),
    latency,
    thresholds: judge(workload.thresholds ?? {}, { ledger, integrity, publishes, connections, latency, checks }),
    series: observer.series.points({ histograms: segment !== undefined }),
    ...(server === undefined ? {} : { server }),
  }
}

/** Only of a server that was started here, and as far as it lived. */
function serverFigures({ readings }: Observer, ready: number, delivered: number): ServerFigures | undefined {
  const { begin, start, end } = readings
  if (begin.server === undefined || start?.server === undefined) return undefined
  const grown = { bytes_per_connection: (start.server.rss_bytes - begin.server.rss_bytes) / Math.max(1, ready) }
  if (end?.server === undefined) return grown
  const cpu_s = end.server.cpu_s - start.server.cpu_s
  return {
    ...grown,
    rss_bytes: end.server.rss_bytes,
    ...(delivered === 0 ? {} : { cpu_us_per_delivery: (cpu_s * 1e6) / delivered }),
  }
}

function hashOf(workload: LoadOptions['workload']): string {
  return createHash('sha256').update(JSON.stringify(workload)).digest('hex')
}
