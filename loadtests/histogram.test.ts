import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import t from 'tap'
import { emptyHistogram, latencyOf, percentileOf, recordBuckets } from './histogram.ts'

t.test('figures are in ms, and the histogram travels whole', async (t) => {
  const histogram = emptyHistogram()
  recordBuckets(histogram, [
    [1000, 98],
    [2000, 1],
  ])
  recordBuckets(histogram, [[1_500_160, 1]])
  const { histogram: encoded, mean, ...figures } = latencyOf(histogram)
  t.same(figures, { count: 100, min: 1, p50: 1, p90: 1, p99: 2, p99_9: 1500.16, max: 1500.16 })
  t.ok(mean > 15 && mean < 17)
  const decoded = decodeFromCompressedBase64(encoded)
  t.equal(decoded.totalCount, 100)
  t.equal(decoded.getValueAtPercentile(99), 2000)
})

t.test('a histogram of nothing has no figures but 0', async (t) => {
  const { histogram: _encoded, ...figures } = latencyOf(emptyHistogram())
  t.same(figures, { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p99: 0, p99_9: 0, max: 0 })
  t.equal(percentileOf(emptyHistogram(), 99), 0)
})
