import { build } from 'hdr-histogram-js'
import t from 'tap'
import { type Buckets, bucketOf, record } from './buckets.ts'

t.test('a bucket is the one of an HdrHistogram of three digits', async (t) => {
  const bucketEnd = (us: number) => {
    const histogram = build({ lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3, autoResize: true })
    histogram.recordValue(us)
    return histogram.getValueAtPercentile(100)
  }
  for (const us of [0, 1, 2047, 2048, 2049, 4095, 4096, 4099, 65_535, 1_000_003, 123_456_789, 2 ** 31 - 1]) {
    const bucket = bucketOf(us / 1000)
    t.ok(bucket <= us && bucketEnd(bucket) === bucketEnd(us), `${us} µs`)
    if (bucket > 0) t.not(bucketEnd(bucket - 1), bucketEnd(us), `${us} µs: its lowest value`)
  }
})

t.test('what is recorded again in an HdrHistogram is what was measured, to three digits', async (t) => {
  const [measured, again] = [0, 1].map(() => build({ numberOfSignificantValueDigits: 3, autoResize: true }))
  const buckets: Buckets = new Map()
  for (let n = 0; n < 1000; n++) {
    const us = (n * n * 7919) % 3_000_000
    measured?.recordValue(us)
    record(buckets, us / 1000)
  }
  for (const [us, count] of buckets) again?.recordValueWithCount(us, count)
  t.ok(measured?.totalCount)
  for (const percentile of [0, 50, 99, 99.9, 100]) {
    t.equal(again?.getValueAtPercentile(percentile), measured?.getValueAtPercentile(percentile), `p${percentile}`)
  }
})

t.test('a latency below nothing, within the error of the clock, is nothing', async (t) => {
  t.equal(bucketOf(-0.004), 0)
})
