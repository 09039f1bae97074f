/** Merges what the segments of one run came to on several machines: counts and histograms add up exactly. */
import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js'
import type { Check, Latency, LoadResult, SeriesPoint, Trouble, Validity } from '../schemas/generated/results.ts'
import { emptyHistogram, latencyOf, percentileOf } from './histogram.ts'
import { EXAMPLES_KEPT } from './scenarios/checks.ts'
import { segmentName } from './segment.ts'
import { judge } from './thresholds.ts'

/** The results are not all segments of one run; the message is one sentence that says which and why. */
export class MergeError extends Error {
  override name = 'MergeError'
}

/** A result that says which segment it is. */
type Shard = LoadResult & Required<Pick<LoadResult, 'segment'>>

/** Of the shorter of two playing phases, the share that lies in the other: what loads the server by itself is another run. */
const TOGETHER = 0.9

/**
 * The result of the whole run. What the server used and what referees saw is left out: each shard knows only its own
 * deliveries. Seconds are
 * laid over each other by the machines' wall clocks, to the nearest second.
 * @throws MergeError
 */
export function mergeShards(results: readonly LoadResult[]): LoadResult {
  const shards = shardsOf(results)
  const [first] = shards as readonly [Shard]
  const { segment: _segment, played_from_ms: _from, server: _server, referee: _referee, ...common } = first
  const ledger = summed(shards.map((shard) => shard.ledger))
  const integrity = summed(shards.map((shard) => shard.integrity))
  const publishes = summed(shards.map((shard) => shard.publishes))
  const connections = summed(shards.map((shard) => shard.connections))
  const latency = mergeLatencies(shards)
  const checks = mergeChecks(shards)
  const from = Math.min(...shards.map(beginOf))
  return {
    ...common,
    partial: shards.some(({ partial }) => partial),
    manifest: { ...first.manifest, command: shards.map(({ manifest }) => manifest.command).join(' & ') },
    started_at: new Date(from).toISOString(),
    duration_ms: Math.max(...shards.map(endOf)) - from,
    validity: mergeValidity(shards),
    ...{ ledger, integrity, publishes, connections, latency },
    troubles: mergeTroubles(shards.flatMap(({ troubles = [] }) => troubles)),
    ...(checks.length === 0 ? {} : { checks }),
    thresholds: judge(first.workload.thresholds ?? {}, { ledger, integrity, publishes, connections, latency, checks }),
    series: mergeSeries(shards, from),
  }
}

/** In their order, once it is sure that they are the whole of one run. */
function shardsOf(results: readonly LoadResult[]): readonly Shard[] {
  const shards = results.filter((result): result is Shard => result.segment !== undefined)
  const [first] = shards
  if (first === undefined || shards.length < results.length)
    throw new MergeError('a result without a segment is no shard: merge what `load --segment 1/3` and its like wrote')
  const { of } = first.segment
  const stranger = shards.find((shard) => shard.manifest.workload_hash !== first.manifest.workload_hash)
  if (stranger !== undefined)
    throw new MergeError(
      `segment ${segmentName(stranger.segment)} played another workload than ${segmentName(first.segment)}: merge shards of one run`,
    )
  const indices = shards.map(({ segment }) => segment.index).sort((a, b) => a - b)
  if (
    shards.some(({ segment }) => segment.of !== of) ||
    indices.join() !== Array.from({ length: of }, (_, i) => i + 1).join()
  )
    throw new MergeError(
      `segments ${shards.map(({ segment }) => segmentName(segment)).join(', ')} are not a whole run: merge each of 1/${of} to ${of}/${of} once`,
    )
  requireOneServer(shards)
  requireTogether(shards)
  for (const shard of shards) requireSound(shard)
  return [...shards].sort((a, b) => a.segment.index - b.segment.index)
}

/** @throws MergeError */
function requireOneServer(shards: readonly Shard[]): void {
  const addressesOf = ({ target }: Shard) => [...target.urls].sort().join(', ')
  const [first] = shards as readonly [Shard]
  const stranger = shards.find((shard) => addressesOf(shard) !== addressesOf(first))
  if (stranger !== undefined)
    throw new MergeError(
      `segment ${segmentName(stranger.segment)} played against ${addressesOf(stranger)}, and ${segmentName(first.segment)} against ${addressesOf(first)}: merge shards that were given the same --url`,
    )
}

/** @throws MergeError where they did not load the server together. */
function requireTogether(shards: readonly Shard[]): void {
  const phases = shards.map(phaseOf)
  const overlap = Math.min(...phases.map(({ to }) => to)) - Math.max(...phases.map(({ from }) => from))
  const shortest = Math.min(...phases.map(({ from, to }) => to - from))
  if (overlap > 0 && overlap >= TOGETHER * shortest) return
  throw new MergeError(
    `the segments played together for ${Math.max(0, Math.round(overlap))} of ${Math.round(shortest)} ms, which is less than ${TOGETHER * 100} %, so they did not load the server together: start all at once, or play for longer`,
  )
}

/** When messages were due, on the wall clock of its machine, in ms since 1970; as far as it was played. */
function phaseOf(shard: Shard): { readonly from: number; readonly to: number } {
  const from = beginOf(shard) + (shard.played_from_ms ?? 0)
  return { from, to: Math.min(from + shard.workload.duration_ms, endOf(shard)) }
}

/** @throws MergeError where a histogram cannot be read, or does not hold what its figures count. */
function requireSound({ segment, latency, series }: Shard): void {
  const told = [
    ...Object.entries(latency).map(([name, { histogram, count }]) => ({ name, histogram, count })),
    ...series.flatMap(({ at_ms, histogram, delivered }) =>
      histogram === undefined ? [] : { name: `second ${at_ms / 1000}`, histogram, count: delivered ?? 0 },
    ),
  ]
  const damaged = told.find(({ histogram, count }) => countIn(histogram) !== count)
  if (damaged !== undefined)
    throw new MergeError(
      `segment ${segmentName(segment)} has a damaged histogram (${damaged.name}): fetch its result file again`,
    )
}

/** Undefined where it cannot be read. */
function countIn(histogram: string): number | undefined {
  try {
    return decodeFromCompressedBase64(histogram).totalCount
  } catch {
    return undefined
  }
}

const beginOf = ({ started_at }: LoadResult) => Date.parse(started_at)
const endOf = (shard: LoadResult) => beginOf(shard) + shard.duration_ms

/** Field by field. */
function summed<T extends { readonly [K in keyof T]: number }>(all: readonly T[]): T {
  const [first] = all
  const names = Object.keys(first ?? {}) as (keyof T)[]
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)])) as T
}

function mergeLatencies(shards: readonly Shard[]): Record<string, Latency> {
  const names = [...new Set(shards.flatMap(({ latency }) => Object.keys(latency)))]
  return Object.fromEntries(
    names.map((name) => [name, mergeLatency(shards.flatMap(({ latency }) => latency[name] ?? []))]),
  )
}

/** The ends of its range are in the figures, for a histogram that was decoded knows them only to its buckets. */
function mergeLatency(all: readonly Latency[]): Latency {
  const measured = all.filter(({ count }) => count > 0)
  const merged = latencyOf(added(measured.map(({ histogram }) => histogram)))
  if (measured.length === 0) return merged
  const max = Math.max(...measured.map((one) => one.max))
  const { p50, p90, p99, p99_9 } = merged
  const [a, b, c, d] = [p50, p90, p99, p99_9].map((value) => Math.min(value, max)) as [number, number, number, number]
  return { ...merged, min: Math.min(...measured.map(({ min }) => min)), p50: a, p90: b, p99: c, p99_9: d, max }
}

function added(histograms: readonly string[]): Histogram {
  const sum = emptyHistogram()
  for (const histogram of histograms) sum.add(decodeFromCompressedBase64(histogram) as Histogram)
  return sum
}

function mergeChecks(shards: readonly Shard[]): Check[] {
  const [first, ...others] = shards
  return (first?.checks ?? []).map((check) => {
    const all = [check, ...others.flatMap(({ checks = [] }) => checks.filter(({ name }) => name === check.name))]
    const { judged, broken } = summed(all.map(({ judged, broken }) => ({ judged, broken })))
    return { ...check, judged, broken, examples: all.flatMap(({ examples }) => examples).slice(0, EXAMPLES_KEPT) }
  })
}

function mergeTroubles(all: readonly Trouble[]): Trouble[] {
  const counts = new Map<string, number>()
  for (const { what, count } of all) counts.set(what, (counts.get(what) ?? 0) + count)
  return [...counts].map(([what, count]) => ({ what, count })).sort((a, b) => b.count - a.count)
}

/** A chain is as sound as its worst link. */
function mergeValidity(shards: readonly Shard[]): Validity {
  const grades = ['invalid', 'suspect', 'valid'] as const
  const verdict = grades.find((grade) => shards.some(({ validity }) => validity.verdict === grade)) ?? 'valid'
  const reasons = shards.flatMap(({ segment, validity }) =>
    validity.reasons.map((reason) => `segment ${segmentName(segment)}: ${reason}`),
  )
  return { verdict, reasons }
}

function mergeSeries(shards: readonly Shard[], from: number): SeriesPoint[] {
  const seconds = new Map<number, SeriesPoint[]>()
  for (const shard of shards) {
    const shift = Math.round((beginOf(shard) - from) / 1000) * 1000
    for (const point of shard.series) {
      const at_ms = point.at_ms + shift
      seconds.set(at_ms, [...(seconds.get(at_ms) ?? []), point])
    }
  }
  return [...seconds].sort(([a], [b]) => a - b).map(([at_ms, points]) => mergeSecond(at_ms, points))
}

const SUMMED = ['sockets', 'sent', 'delivered', 'generator_cpu'] as const
/** Of these the worst counts: the generator's delay on any machine is in the latencies of all. */
const WORST = ['max', 'queue_p99'] as const

function mergeSecond(at_ms: number, points: readonly SeriesPoint[]): SeriesPoint {
  const told = (name: (typeof SUMMED | typeof WORST)[number]) => points.flatMap((point) => point[name] ?? [])
  const merge = <N extends (typeof SUMMED | typeof WORST)[number]>(
    names: readonly N[],
    by: (all: number[]) => number,
  ) => Object.fromEntries(names.flatMap((name) => (told(name).length === 0 ? [] : [[name, by(told(name))]])))
  const histograms = points.flatMap(({ histogram }) => histogram ?? [])
  const worst: { max?: number } = merge(WORST, (all) => Math.max(...all))
  const sum = added(histograms)
  const at = (percentile: number) => Math.min(percentileOf(sum, percentile), worst.max ?? Number.POSITIVE_INFINITY)
  return {
    at_ms,
    ...merge(SUMMED, (all) => all.reduce((total, value) => total + value, 0)),
    ...(histograms.length === 0 ? {} : { p50: at(50), p99: at(99) }),
    ...worst,
  }
}
