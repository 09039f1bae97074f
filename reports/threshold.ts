/** A threshold of a load run in words. */
import type { LoadResult, Threshold } from '../schemas/generated/results.ts'
import { formatCount, formatLatency } from './figures.ts'

/** A latency of an INVALID run says nothing of the server, so its threshold is not judged; what was counted still holds. */
export function isJudged({ validity }: LoadResult, { name }: Threshold): boolean {
  return validity.verdict !== 'invalid' || !isLatency(name)
}

/** The thresholds that were judged and missed. */
export function missed(result: LoadResult): readonly Threshold[] {
  return result.thresholds.filter((threshold) => isJudged(result, threshold) && !threshold.pass)
}

/** The value in its unit, or why there is none to show. */
export function valueText(result: LoadResult, threshold: Threshold): string {
  const { name, value, limit, pass } = threshold
  if (!isJudged(result, threshold)) return 'not judged'
  // A bound on what never happened is missed, though its value of 0 lies within.
  return !pass && value <= limit ? 'not measured' : figureText(name, value)
}

/** The greatest value that passes, in its unit. */
export function limitText({ name, limit }: Threshold): string {
  return figureText(name, limit)
}

function figureText(name: string, value: number): string {
  return isLatency(name) ? formatLatency(value) : formatCount(value)
}

/** Names of latencies hold a percentile, such as delivery.p99; the others are counts. */
function isLatency(name: string): boolean {
  return name.includes('.')
}
