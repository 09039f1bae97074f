/** Latencies counted in the buckets of an HdrHistogram of three significant digits, so that it can record them again. */

/** Whole microseconds (the lowest value of a bucket) and how often they were seen. */
export type Buckets = Map<number, number>
/** The same, as it travels. */
export type BucketCounts = readonly (readonly [us: number, count: number])[]

/** An HdrHistogram of three digits has 2048 buckets of 1 µs; beyond, the lowest bits are dropped. */
const EXACT_BITS = 11
/** 35 minutes, the most that 31 bits hold; what took longer did not arrive by any measure. */
const GREATEST = 2 ** 31 - 1

/** The lowest microseconds of the bucket in which `ms` falls; less than nothing is nothing. */
export function bucketOf(ms: number): number {
  const us = Math.min(GREATEST, Math.max(0, Math.round(ms * 1000)))
  const dropped = Math.max(0, 32 - Math.clz32(us) - EXACT_BITS)
  return (us >> dropped) << dropped
}

/** Counts one latency, in ms. */
export function record(buckets: Buckets, ms: number): void {
  const bucket = bucketOf(ms)
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1)
}
