/** HdrHistograms of latencies: recorded from buckets, merged exactly, and told as a result's figures. */
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'
import type { Latency } from '../schemas/generated/results.ts'
import type { BucketCounts } from './scenarios/buckets.ts'

/** Whole microseconds, three significant digits. */
export function emptyHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3, autoResize: true })
}

export function recordBuckets(histogram: Histogram, buckets: BucketCounts): void {
  for (const [us, count] of buckets) histogram.recordValueWithCount(us, count)
}

/** The figures of a histogram, in ms; all 0 where it is empty. */
export function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number) => percentileOf(histogram, percentile)
  return {
    count: histogram.totalCount,
    min: at(0) === 0 ? 0 : histogram.minNonZeroValue / 1000,
    mean: histogram.mean / 1000,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p99_9: at(99.9),
    max: histogram.maxValue / 1000,
    histogram: encodeIntoCompressedBase64(histogram),
  }
}

/** A percentile in ms, which is the end of its bucket and never beyond the maximum; 0 where nothing was recorded. */
export function percentileOf(histogram: Histogram, percentile: number): number {
  if (histogram.totalCount === 0) return 0
  return Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / 1000
}
