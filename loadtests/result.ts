/** What a run amounts to, in the result model. */
import { createHash } from 'node:crypto'
import type { LoadResult, SeriesPoint, ServerFigures, Trouble } from '../schemas/generated/results.ts'
import { accountOf } from './account.ts'
import { agreementOf } from './agreement.ts'
import { checksOf } from './checks.ts'
import { emptyHistogram, latencyOf } from './histogram.ts'
import type { EngineSpec } from './layout.ts'
import type { LoadOptions } from './load-options.ts'
import type { Observer } from './observer.ts'
import type { Outcome } from './outcome.ts'
import type { Deal, ReviewStage } from './plans/plan.ts'
import { planOf } from './plans/registry.ts'
import { plateausOf, stepSizes } from './plateaus.ts'
import { coresUnderLoad } from './process-watch.ts'
import { type CheckCounts, Checks } from './scenarios/checks.ts'
import { isVisitor } from './scenarios/visitors.ts'
import { serverPoints, serverTotals, withServer } from './server-figures.ts'
import { connectionCost } from './server-slope.ts'
import { judge } from './thresholds.ts'
import { type GeneratorHealth, validityOf } from './validity.ts'

/** What was played: the plan's values, and by how many engines. */
export interface Played {
  readonly deal: Deal
  readonly engines: readonly EngineSpec[]
}

const NOTHING = latencyOf(emptyHistogram())

export function resultOf(options: LoadOptions, played: Played, outcome: Outcome, observer: Observer): LoadResult {
  const { target, workload, segment, k6, manifest } = options
  const { interrupted, failure, testimony } = outcome
  const { schedule } = played.deal.traffic
  // Visitors come later and go again: what becomes of them is for the checks to say.
  const planned = played.deal.places.filter(({ role }) => !isVisitor(role)).length
  const { ledger, integrity, publishes, connections, troubles } = accountOf(outcome, schedule, planned, observer)
  const series = withServer(
    observer.series.points({ histograms: segment !== undefined }),
    serverPoints(observer.server.samples, observer.epoch),
  )
  const judged = [
    outcome.checks,
    ...outcome.records.map((vu) => vu.checks),
    reviewOf(options, outcome, { series: observer.series, points: series, startAt: observer.startAt }),
  ]
  const checks = checksOf(planOf(workload).checks(workload, { isOurs: target.pid !== undefined }), judged)
  const latency = observer.series.latencies()
  const referee = testimony && agreementOf(latency.delivery ?? NOTHING, testimony, roomOf(played.deal))
  const health = healthOf(options, played, outcome, { observer, latency, disagreement: referee?.reason })
  const figures = serverFigures(
    observer,
    // The server wrote to the referee, too.
    ledger.delivered + (testimony?.latency.count ?? 0),
    'plateaus' in workload ? costOf(series, stepSizes(workload)) : {},
  )
  return {
    format: 'shakedown.load/1',
    partial: interrupted || failure !== undefined,
    target: target.description,
    manifest: { ...manifest, k6: k6.version, workload_hash: hashOf(workload) },
    scenario: workload.scenario,
    workload,
    ...(segment === undefined ? {} : { segment, played_from_ms: Math.max(0, observer.startAt) }),
    engine: { name: 'k6', version: k6.version },
    started_at: new Date(observer.epoch).toISOString(),
    duration_ms: Math.round((observer.readings.end?.at ?? Date.now()) - observer.epoch),
    validity: validityOf(health, manifest),
    ...(referee === undefined ? {} : { referee: referee.figures }),
    ledger,
    integrity,
    publishes,
    connections,
    troubles: [...endOf(outcome), ...troubles],
    ...(checks.length === 0 ? {} : { checks }),
    latency,
    thresholds: judge(workload.thresholds ?? {}, { ledger, integrity, publishes, connections, latency, checks }),
    series,
    ...(figures === undefined ? {} : { server: figures }),
  }
}

/** Subscribers of a room, of which no two rooms differ by more than one. */
function roomOf({ places }: Deal): number {
  const subscribers = places.filter(({ role }) => role === 'subscriber')
  return Math.ceil(subscribers.length / new Set(subscribers.map(({ room }) => room)).size)
}

/** What explains all else that went wrong comes first. */
function endOf({ serverEnd }: Outcome): Trouble[] {
  return serverEnd === undefined ? [] : [{ what: `the server ended (${serverEnd}) before the run was over`, count: 1 }]
}

interface Measured {
  readonly observer: Observer
  readonly latency: LoadResult['latency']
  readonly disagreement: string | undefined
}

/** What a run shows of the generator itself. */
function healthOf(
  { target }: LoadOptions,
  { deal, engines }: Played,
  { interrupted, failure }: Outcome,
  { observer, latency, disagreement }: Measured,
): GeneratorHealth {
  const hasTraffic = deal.traffic.schedule.messages > 0
  const { begin, ramp = begin, start = ramp, end } = observer.readings
  const of = (name: string) => latency[name] ?? NOTHING
  return {
    cpu_cores: coresUnderLoad(observer.readings, hasTraffic),
    queue: of('queue'),
    pulse: of('pulse'),
    loaded_ms: (end?.at ?? Date.now()) - (hasTraffic ? start : ramp).at,
    publish_delay: of('publish_delay'),
    connect_delay: of('connect_delay'),
    probe_delay: of('probe_delay'),
    delivery: of('delivery'),
    hasTraffic,
    connections: deal.places.length,
    engines: engines.length,
    sources: new Set(engines.map(({ localIp }) => localIp)).size,
    addresses: target.urls.length,
    interrupted,
    failure,
    disagreement,
  }
}

/** What the plan judges of the whole run; nothing of a part. */
function reviewOf(
  { workload, target }: LoadOptions,
  { isComplete, interrupted }: Outcome,
  measured: Pick<ReviewStage, 'series' | 'points' | 'startAt'>,
): CheckCounts {
  const checks = new Checks()
  const stage = { ...measured, checks, isOurs: target.pid !== undefined }
  if (isComplete && !interrupted) planOf(workload).review?.(workload, stage)
  return checks.counts()
}

/** What could be had of the server while it was played; undefined where that is nothing. */
function serverFigures(
  { readings, server }: Observer,
  delivered: number,
  cost: ConnectionFigures,
): ServerFigures | undefined {
  const { start, end } = readings
  if (start === undefined) return undefined
  const totals = serverTotals(server.samples, { from: start.at, to: end?.at ?? Date.now() }, delivered)
  const figures: ServerFigures = {
    ...(server.programs.length === 0 ? {} : { programs: [...server.programs] }),
    ...totals,
    ...cost,
    // Of a server that was started here the first moment and the last are known, and not only the seconds between.
    ...(start.server === undefined || end?.server === undefined || delivered === 0
      ? {}
      : { cpu_us_per_delivery: ((end.server.cpu_s - start.server.cpu_s) * 1e6) / delivered }),
  }
  return Object.keys(figures).length === 0 ? undefined : figures
}

type ConnectionFigures = Pick<ServerFigures, 'bytes_per_connection' | 'connection_fit'>

/** What a connection costs where nothing but their number changes; nothing where there are too few plateaus to say. */
function costOf(series: readonly SeriesPoint[], sizes: readonly number[]): ConnectionFigures {
  const plateaus = plateausOf(series, sizes)
  const cost = connectionCost(plateaus)
  if (cost === undefined) return {}
  const { bytes_per_connection, r2 } = cost
  return { bytes_per_connection, connection_fit: { r2, plateaus } }
}

function hashOf(workload: LoadOptions['workload']): string {
  return createHash('sha256').update(JSON.stringify(workload)).digest('hex')
}
