/** The figures of load runs that can be held against each other: those of which greater is worse. */
import type { LoadResult } from '../schemas/generated/results.ts'

const PERCENTILES = ['min', 'mean', 'p50', 'p90', 'p99', 'p99_9', 'max'] as const

const OF_SERVER = [
  ...['cpu_us_per_delivery', 'rss_bytes', 'pss_bytes', 'heap_bytes', 'kernel_socket_bytes', 'unsent_bytes'],
  ...['bytes_per_connection', 'event_loop_delay_ms'],
] as const

/**
 * The first of these names that is no such figure, in a sentence that says which there are; undefined where all are.
 * @param latencies that the runs measure, such as `delivery`.
 */
export function unknownFigure(names: readonly string[], latencies: readonly string[]): string | undefined {
  const known = [...latencies.flatMap((of) => PERCENTILES.map((at) => `${of}.${at}`)), ...OF_SERVER]
  const stranger = names.find((name) => !known.includes(name))
  if (stranger === undefined) return undefined
  const ofLatencies =
    latencies.length === 0
      ? ''
      : `${PERCENTILES.join(', ')} of ${latencies.join(', ')}, such as ${latencies[0]}.p99, or `
  return `these runs have no figure "${stranger}" of which greater is worse: give ${ofLatencies}one of ${OF_SERVER.join(', ')}`
}

/** A latency's percentile in ms, or a figure of the server; undefined where it was not measured. */
export function figureOf(name: string, { latency, server }: LoadResult): number | undefined {
  const [of = '', at] = name.split('.')
  if (at === undefined) return numberAt(server, name)
  const figures = Object.hasOwn(latency, of) ? latency[of] : undefined
  return figures === undefined || figures.count === 0 ? undefined : numberAt(figures, at)
}

function numberAt(figures: object | undefined, name: string): number | undefined {
  const value: unknown = figures !== undefined && Object.hasOwn(figures, name) ? Reflect.get(figures, name) : undefined
  return typeof value === 'number' ? value : undefined
}
