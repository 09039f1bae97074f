/** What a run amounts to, in the result model. */
import { createHash } from 'node:crypto'
import type { Connections, LoadResult, ServerFigures, Trouble } from '../schemas/generated/results.ts'
import { ledgerOf, publishesOf } from './ledger.ts'
import type { Observer } from './observer.ts'
import { coresBetween } from './process-watch.ts'
import type { LoadOptions, Outcome } from './run.ts'
import type { Schedule } from './scenarios/schedule.ts'
import { judge } from './thresholds.ts'
import { validityOf } from './validity.ts'

export function resultOf(options: LoadOptions, schedule: Schedule, outcome: Outcome, observer: Observer): LoadResult {
  const { target, workload, k6, manifest } = options
  const { records, interrupted, failure } = outcome
  const publishers = records.flatMap((vu) => vu.publishers)
  const ledger = ledgerOf(
    schedule,
    publishers,
    records.flatMap((vu) => vu.subscriptions),
  )
  const publishes = publishesOf(publishers)
  const connections = connectionsOf(outcome, workload.publishers + workload.subscribers)
  const latency = observer.series.latencies()
  const { start, end } = observer.readings
  const health = {
    cpu_cores: start && end && coresBetween(start, end, 'generator'),
    queue: latency.queue,
    publish_delay: latency.publish_delay,
    delivery: latency.delivery,
    connections: connections.planned,
    addresses: target.urls.length,
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
    engine: { name: 'k6', version: k6.version },
    started_at: new Date(observer.epoch).toISOString(),
    duration_ms: Math.round((end?.at ?? Date.now()) - observer.epoch),
    validity: validityOf(health, manifest),
    ledger,
    publishes,
    connections,
    troubles: troublesOf(outcome),
    latency,
    thresholds: judge(workload.thresholds ?? {}, { ledger, publishes, connections, latency }),
    series: observer.series.points(),
    ...(server === undefined ? {} : { server }),
  }
}

function connectionsOf({ records }: Outcome, planned: number): Connections {
  const total = (name: 'ready' | 'failed' | 'dropped') => records.reduce((sum, vu) => sum + vu.connections[name], 0)
  return { planned, ready: total('ready'), failed: total('failed'), dropped: total('dropped') }
}

function troublesOf({ records }: Outcome): Trouble[] {
  const counts = new Map<string, number>()
  for (const [what, count] of records.flatMap((vu) => Object.entries(vu.troubles)))
    counts.set(what, (counts.get(what) ?? 0) + count)
  return [...counts].map(([what, count]) => ({ what, count })).sort((a, b) => b.count - a.count)
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
