/**
 * What a server says of itself at `/metrics`. PROTOCOL.md leaves the names to the server, so these are the reference
 * server's and those that the common client libraries of Prometheus give to the same thing.
 */
import type { DelayBuckets } from './loop-delay.ts'
import { type MetricSample, parseMetrics } from './server-metrics-text.ts'

export interface ServerMetrics {
  readonly connections?: number
  /** Frames delivered since the server began. */
  readonly deliveries?: number
  /** That wait in the server to be sent. */
  readonly send_queue_bytes?: number
  /** p99 of the time, in ms, by which the event loop was late; over which span is for the server to say. */
  readonly event_loop_delay_ms?: number
  readonly heap_used_bytes?: number
  readonly rss_bytes?: number
  /** User and system time since the server began, in seconds. */
  readonly cpu_s?: number
}

/** A metric that tells a figure: by its name, and the labels of the samples that count. */
interface Source {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  /** What one of its units is in those of the figure. */
  readonly unit?: number
}

/** What one reading of `/metrics` tells. */
export interface MetricsReading extends ServerMetrics {
  /** From which two readings tell the delay between them; it stands in for one that the server tells by itself. */
  readonly loop_delays?: DelayBuckets
}

/** Of the reference server. */
const LOOP_DELAYS = 'chat_event_loop_delay_seconds_bucket'

/** The first of a figure's sources that is there tells it. */
const SOURCES: Readonly<Record<keyof ServerMetrics, readonly Source[]>> = {
  connections: [{ name: 'chat_connections' }],
  deliveries: [{ name: 'chat_deliveries_total' }],
  send_queue_bytes: [{ name: 'chat_send_queue_bytes' }],
  event_loop_delay_ms: [{ name: 'nodejs_eventloop_lag_p99_seconds', unit: 1000 }],
  heap_used_bytes: [
    { name: 'chat_heap_used_bytes' },
    { name: 'nodejs_heap_size_used_bytes' },
    { name: 'go_memstats_heap_alloc_bytes' },
    { name: 'jvm_memory_used_bytes', labels: { area: 'heap' } },
  ],
  rss_bytes: [{ name: 'process_resident_memory_bytes' }],
  cpu_s: [{ name: 'process_cpu_seconds_total' }],
}

/** What the text of a `/metrics` tells; a figure that it does not tell is left out. */
export function readMetrics(text: string): MetricsReading {
  const samples = parseMetrics(text)
  const figures = Object.entries(SOURCES).map(([figure, sources]) => [figure, firstOf(sources, samples)] as const)
  const loopDelays = samples.flatMap(({ name, labels: { le = '' }, value }) =>
    name === LOOP_DELAYS ? [[le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value] as const] : [],
  )
  return {
    ...Object.fromEntries(figures.filter(([, value]) => value !== undefined)),
    ...(loopDelays.length === 0 ? {} : { loop_delays: loopDelays }),
  }
}

/** The sum of a source's samples (a JVM has several heaps, a pool of workers several processes). */
function firstOf(sources: readonly Source[], samples: readonly MetricSample[]): number | undefined {
  for (const { name, labels = {}, unit = 1 } of sources) {
    const counting = samples.filter(
      (sample) =>
        sample.name === name &&
        Number.isFinite(sample.value) &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
    if (counting.length > 0) return counting.reduce((sum, { value }) => sum + value * unit, 0)
  }
  return undefined
}

/** The figures of several nodes as those of one server: sums, and of the event loops the worst. */
export function mergeMetrics(nodes: readonly ServerMetrics[]): ServerMetrics {
  const figures = Object.keys(SOURCES) as (keyof ServerMetrics)[]
  const merged = figures.map((figure) => {
    const values = nodes.map((node) => node[figure]).filter((value) => value !== undefined)
    const whole = figure === 'event_loop_delay_ms' ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0)
    // A sum over some of the nodes would look like a server that shrank.
    return values.length === nodes.length && nodes.length > 0 ? [[figure, whole]] : []
  })
  return Object.fromEntries(merged.flat())
}
