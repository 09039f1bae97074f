/** What a run amounts to, in the result model. */
import { createHash } from 'node:crypto'
import type { LoadResult, ServerFigures } from '../schemas/generated/results.ts'
import { accountOf } from './account.ts'
import { checksOf } from './checks.ts'
import { emptyHistogram, latencyOf } from './histogram.ts'
import type { EngineSpec } from './layout.ts'
import type { Observer } from './observer.ts'
import type { Outcome } from './outcome.ts'
import type { Deal, ServerKind } from './plans/plan.ts'
import { planOf } from './plans/registry.ts'
import type { PlayedWorkload } from './played-workload.ts'
import { coresBetween } from './process-watch.ts'
import type { LoadOptions } from './run.ts'
import { type CheckCounts, Checks } from './scenarios/checks.ts'
import { serverPoints, serverTotals, withServer } from './server-figures.ts'
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
  const server = { isOurs: target.pid !== undefined }
  const judged = [
    outcome.checks,
    ...outcome.records.map((vu) => vu.checks),
    reviewOf(workload, server, outcome, observer),
  ]
  const checks = checksOf(planOf(workload).checks(workload, server), judged)
  const latency = observer.series.latencies()
  const { start, end } = observer.readings
  const nothing = latencyOf(emptyHistogram())
  const health = {
    cpu_cores: start && end && coresBetween(start, end, 'generator'),
    queue: latency.queue ?? nothing,
    publish_delay: latency.publish_delay ?? nothing,
    probe_delay: latency.probe_delay ?? nothing,
    delivery: latency.delivery ?? nothing,
    hasTraffic: schedule.messages > 0,
    connections: connections.planned,
    engines: played.engines.length,
    sources: new Set(played.engines.map(({ localIp }) => localIp)).size,
    addresses: target.urls.length,
    interrupted,
    failure,
  }
  const figures = serverFigures(observer, connections.ready, ledger.delivered)
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
    series: withServer(
      observer.series.points({ histograms: segment !== undefined }),
      serverPoints(observer.server.samples, observer.epoch),
    ),
    ...(figures === undefined ? {} : { server: figures }),
  }
}

/** What the plan judges of the whole run; nothing of a part. */
function reviewOf(workload: PlayedWorkload, server: ServerKind, outcome: Outcome, observer: Observer): CheckCounts {
  const checks = new Checks()
  const { series, startAt } = observer
  const isWhole = outcome.isComplete && !outcome.interrupted
  if (isWhole) planOf(workload).review?.(workload, { ...server, checks, series, startAt })
  return checks.counts()
}

/** What could be had of the server while it was played; undefined where that is nothing. */
function serverFigures({ readings, server }: Observer, ready: number, delivered: number): ServerFigures | undefined {
  const { begin, start, end } = readings
  if (start === undefined) return undefined
  const totals = serverTotals(server.samples, { from: start.at, to: end?.at ?? Date.now() }, delivered)
  const figures: ServerFigures = {
    ...(server.programs.length === 0 ? {} : { programs: [...server.programs] }),
    ...totals,
    // Of a server that was started here the first moment and the last are known, and not only the seconds between.
    ...(begin.server === undefined || start.server === undefined
      ? {}
      : { bytes_per_connection: (start.server.rss_bytes - begin.server.rss_bytes) / Math.max(1, ready) }),
    ...(start.server === undefined || end?.server === undefined || delivered === 0
      ? {}
      : { cpu_us_per_delivery: ((end.server.cpu_s - start.server.cpu_s) * 1e6) / delivered }),
  }
  return Object.keys(figures).length === 0 ? undefined : figures
}

function hashOf(workload: LoadOptions['workload']): string {
  return createHash('sha256').update(JSON.stringify(workload)).digest('hex')
}
