/** What the samples of a server come to: figures of the whole run, and second by second. Pure. */
import type { SeriesPoint, ServerFigures } from '../schemas/generated/results.ts'
import type { ServerSample } from './server-watch.ts'

/** Of one second of a series; what was not measured in it is left out. */
export type ServerPoint = Pick<
  SeriesPoint,
  | 'server_cpu'
  | 'server_rss_bytes'
  | 'server_pss_bytes'
  | 'server_heap_bytes'
  | 'kernel_socket_bytes'
  | 'event_loop_delay_ms'
>

/** The part of the run that is counted, wall clock, in ms. */
export interface Span {
  readonly from: number
  readonly to: number
}

/**
 * The greatest of each figure within the span; and the CPU time in it, for each delivery.
 * @param delivered within the span.
 */
export function serverTotals(samples: readonly ServerSample[], { from, to }: Span, delivered: number): ServerFigures {
  const within = samples.filter(({ at }) => at >= from && at <= to)
  const cpu = within.filter(({ cpu_s }) => cpu_s !== undefined)
  const [first, last] = [cpu[0], cpu.at(-1)]
  const spent_s = first === last ? undefined : difference(first?.cpu_s, last?.cpu_s)
  return withoutGaps({
    rss_bytes: greatest(within, 'rss_bytes'),
    pss_bytes: greatest(within, 'pss_bytes'),
    heap_bytes: greatest(within, 'heap_used_bytes'),
    kernel_socket_bytes: grown(greatest(within, 'tcp_memory_bytes'), samples),
    unsent_bytes: greatest(within, 'unsent_bytes'),
    event_loop_delay_ms: greatest(within, 'event_loop_delay_ms'),
    cpu_us_per_delivery: spent_s === undefined || delivered === 0 ? undefined : (spent_s * 1e6) / delivered,
  })
}

/**
 * By the number of the second since `epoch` (wall clock, in ms) in which most of the time since the sample before lies.
 */
export function serverPoints(samples: readonly ServerSample[], epoch: number): ReadonlyMap<number, ServerPoint> {
  const points = samples.map((sample, index) => {
    const before = samples[index - 1] ?? sample
    const spent_s = difference(before.cpu_s, sample.cpu_s)
    const point = withoutGaps({
      server_cpu: spent_s === undefined || before === sample ? undefined : (spent_s * 1000) / (sample.at - before.at),
      server_rss_bytes: sample.rss_bytes,
      server_pss_bytes: sample.pss_bytes,
      server_heap_bytes: sample.heap_used_bytes,
      kernel_socket_bytes: grown(sample.tcp_memory_bytes, samples),
      event_loop_delay_ms: sample.event_loop_delay_ms,
    })
    return [Math.floor(((before.at + sample.at) / 2 - epoch) / 1000), point] as const
  })
  return new Map(points.filter(([second]) => second >= 0))
}

/** The points of a series with what was measured of the server in the same second. */
export function withServer(series: readonly SeriesPoint[], points: ReadonlyMap<number, ServerPoint>): SeriesPoint[] {
  return series.map((point) => ({ ...point, ...points.get(Math.floor(point.at_ms / 1000)) }))
}

/** Beyond what the machine's sockets held when the server was first looked at: never less than nothing. */
function grown(bytes: number | undefined, samples: readonly ServerSample[]): number | undefined {
  const before = samples.find(({ tcp_memory_bytes }) => tcp_memory_bytes !== undefined)?.tcp_memory_bytes
  const growth = difference(before, bytes)
  return growth === undefined ? undefined : Math.max(0, growth)
}

function greatest(samples: readonly ServerSample[], figure: Exclude<keyof ServerSample, 'at'>): number | undefined {
  const values = samples.map((sample) => sample[figure]).filter((value) => value !== undefined)
  return values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value))
}

const difference = (from: number | undefined, to: number | undefined) =>
  from === undefined || to === undefined ? undefined : to - from

type Figures<T> = { readonly [Name in keyof T]: Exclude<T[Name], undefined> }

function withoutGaps<T extends object>(figures: T): Partial<Figures<T>> {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as Partial<Figures<T>>
}
