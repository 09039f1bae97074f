import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import t from 'tap'
import type { Latency, LoadResult, Segment } from '../schemas/generated/results.ts'
import { validateLoadResult } from '../schemas/generated/validators.js'
import { emptyHistogram, latencyOf } from './histogram.ts'
import { MergeError, mergeShards } from './merge.ts'
import { bucketOf } from './scenarios/buckets.ts'
import { Series } from './series.ts'
import { judge } from './thresholds.ts'
import { playable } from './workload.ts'

const MANIFEST: LoadResult['manifest'] = {
  ...{ shakedown: '0', node: '20', platform: 'test', cpu_model: 'test', cpu_count: 2, memory_bytes: 0, limits: {} },
  command: 'npx shakedown load fan-out',
  workload_hash: 'same',
}
const LEDGER = { expected: 100, delivered: 99, lost: 1, duplicate: 2, reordered: 3, late: 4, unexpected: 5 }
const workload = playable(
  { scenario: 'fan-out', rooms: 3, subscribers: 9, publishers: 3, rate_per_s: 3, duration_ms: 1000 },
  { thresholds: { 'delivery.p99': 1000 } },
  'here',
)

/** A shard that began so many ms after the first of them. */
function shard(
  segment: Segment,
  latencies: readonly number[],
  more: Partial<LoadResult> = {},
  began_ms = 0,
): LoadResult {
  const series = new Series(['delivery'])
  const begin = Date.parse('2026-01-01T00:00:00Z') + began_ms
  latencies.forEach((ms, i) => {
    series.add({
      ...{ type: 'second', second: i % 3, sockets: i < 3 ? 4 : 0, sent: 1 },
      latency: { delivery: [[bucketOf(ms), 1]] },
    })
  })
  const figures = {
    ledger: LEDGER,
    integrity: { malformed: 1, misnumbered: 0, out_of_sender_order: 0 },
    publishes: { scheduled: 10, sent: 10, accepted: 9, refused: 1, unanswered: 0 },
    connections: { planned: 4, ready: 4, failed: 0, dropped: 0 },
    latency: series.latencies(),
  }
  return {
    ...{ format: 'shakedown.load/1', partial: false, target: { kind: 'url', urls: ['ws://127.0.0.1:1/ws'] } },
    ...{ manifest: MANIFEST, scenario: 'fan-out', workload, segment, engine: { name: 'k6', version: '2' } },
    ...{ started_at: new Date(begin).toISOString(), duration_ms: 5000, validity: { verdict: 'valid', reasons: [] } },
    ...figures,
    troubles: [{ what: 'it failed', count: 1 }],
    thresholds: judge({ 'delivery.p99': 1000 }, figures),
    series: series.points({ histograms: true }),
    ...more,
  }
}

/** Over several orders of magnitude. */
const LATENCIES = Array.from({ length: 3000 }, (_, i) => 0.3 * 1.003 ** ((i * 7919) % 3000))
const dealt = (index: number, of: number) => LATENCIES.filter((_, i) => i % of === index - 1)

function whole(latencies: readonly number[]): Latency {
  const histogram = emptyHistogram()
  for (const ms of latencies) histogram.recordValue(bucketOf(ms))
  return latencyOf(histogram)
}

/** In steps so fine that each bucket has a line. */
const bucketsOf = (histogram: string) => decodeFromCompressedBase64(histogram).outputPercentileDistribution(1000)

t.test('the histograms of the segments add up to that of the whole, bucket by bucket', async (t) => {
  const { latency } = mergeShards([1, 2, 3].map((index) => shard({ index, of: 3 }, dealt(index, 3))))
  const { mean, histogram, ...expected } = whole(LATENCIES)
  const { mean: mergedMean, histogram: merged, ...delivery } = latency.delivery as Latency
  t.same(delivery, expected)
  t.ok(Math.abs(mergedMean / mean - 1) < 1e-9, `mean ${mergedMean}, of the whole ${mean}`)
  t.equal(bucketsOf(merged), bucketsOf(histogram))
})

t.test('every count is a sum, and the thresholds are judged on the sums', async (t) => {
  const shards = [shard({ index: 2, of: 2 }, [1, 2]), shard({ index: 1, of: 2 }, [3, 2000, 4])]
  const merged = mergeShards(shards)
  t.ok(validateLoadResult(merged), JSON.stringify(validateLoadResult.errors))
  t.equal(merged.segment, undefined)
  const twice = (counts: object) => Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, 2 * n]))
  t.same(merged.ledger, twice(LEDGER))
  t.match(merged, { integrity: { malformed: 2 }, publishes: { accepted: 18, refused: 2 }, connections: { ready: 8 } })
  t.same(merged.troubles, [{ what: 'it failed', count: 2 }])
  t.match(
    merged.thresholds.find(({ name }) => name === 'lost'),
    { value: 2, pass: false },
  )
  const p99 = merged.thresholds.find(({ name }) => name === 'delivery.p99')
  t.match(p99, { pass: false }, 'though one shard alone held it')
})

t.test('checks add up by name, and what no shard judged does not pass', async (t) => {
  const check = { name: 'closed', what: 'it is closed', judged: 0, broken: 0, examples: [] }
  const checks = (judged: number) => ({ checks: [{ ...check, judged }] })
  const of = (first: number, second: number) =>
    mergeShards([shard({ index: 1, of: 2 }, [1], checks(first)), shard({ index: 2, of: 2 }, [1], checks(second))])
  t.match(of(0, 3), { checks: [{ name: 'closed', judged: 3, broken: 0 }] })
  t.equal(of(0, 3).thresholds.find(({ name }) => name === 'closed')?.pass, true)
  t.equal(of(0, 0).thresholds.find(({ name }) => name === 'closed')?.pass, false)
})

t.test('seconds lie over each other by the wall clock, their percentiles exact', async (t) => {
  const first = shard({ index: 1, of: 2 }, [1, 10, 100], { played_from_ms: 1150 })
  const second = shard({ index: 2, of: 2 }, [2, 20, 200], {}, 1100)
  const { series, started_at, duration_ms } = mergeShards([second, first])
  t.same(
    series.map(({ at_ms, sent, delivered, sockets, max }) => [at_ms, sent, delivered, sockets, Math.round(max ?? 0)]),
    [
      [0, 1, 1, 4, 1],
      [1000, 2, 2, 8, 10],
      [2000, 2, 2, 8, 100],
      [3000, 1, 1, 4, 200],
    ],
  )
  t.same(
    series.map(({ p50, p99 }) => [Math.round(p50 ?? 0), Math.round(p99 ?? 0)]),
    [
      [1, 1],
      [2, 10],
      [20, 100],
      [200, 200],
    ],
  )
  t.equal(started_at, first.started_at)
  t.equal(duration_ms, 6100)
})

t.test('segments whose ramps differ merge where they played together', async (t) => {
  const apart = (ms: number) => [
    shard({ index: 1, of: 2 }, [1], { played_from_ms: 2000 }),
    shard({ index: 2, of: 2 }, [1], { played_from_ms: 1000 + ms }, 1000),
  ]
  t.equal(mergeShards(apart(100)).played_from_ms, undefined, 'nine tenths of a second')
  t.throws(() => mergeShards(apart(101)), MergeError)
})

t.test('the whole is as valid as its worst shard, whose reasons name it', async (t) => {
  const invalid = { validity: { verdict: 'invalid' as const, reasons: ['k6 was slow'] }, partial: true }
  const merged = mergeShards([shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 2 }, [1], invalid)])
  t.match(merged, { partial: true, validity: { verdict: 'invalid', reasons: ['segment 2/2: k6 was slow'] } })
})

const other = { manifest: { ...MANIFEST, workload_hash: 'other' } }
const elsewhere = { target: { kind: 'url' as const, urls: ['ws://127.0.0.1:2/ws'] as [string] } }
const damagedBy = (histogram: string) => ({ delivery: { ...whole([1]), histogram } })
const { segment: _none, ...unsegmented } = shard({ index: 1, of: 1 }, [1])
const REFUSED: readonly (readonly [sentence: string, shards: readonly LoadResult[], message: RegExp])[] = [
  ['a run that is whole', [unsegmented], /a result without a segment is no shard/],
  [
    'another workload',
    [shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 2 }, [1], other)],
    /2\/2 played another/,
  ],
  ['a shard twice', [1, 1].map((index) => shard({ index, of: 2 }, [1])), /1\/2, 1\/2 are not a whole run/],
  ['a shard short', [1, 3].map((index) => shard({ index, of: 3 }, [1])), /1\/3, 3\/3 are not a whole run: merge each/],
  ['two ways to split', [shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 3 }, [1])], /are not a whole run/],
  [
    'another time',
    [shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 2 }, [1], {}, 9000)],
    /^the segments played together for 0 of 1000 ms, which is less than 90 %/,
  ],
  [
    'runs of which one began to play as the other ended',
    [shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 2 }, [1], { played_from_ms: 999 })],
    /together for 1 of 1000 ms/,
  ],
  [
    'another server',
    [shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 2 }, [1], elsewhere)],
    /^segment 2\/2 played against ws:\/\/127\.0\.0\.1:2\/ws, and 1\/2 against ws:\/\/127\.0\.0\.1:1\/ws: merge/,
  ],
  [
    'a histogram that cannot be read',
    [shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 2 }, [1], { latency: damagedBy('AAAA') })],
    /^segment 2\/2 has a damaged histogram \(delivery\): fetch its result file again$/,
  ],
  [
    'a histogram of other deliveries',
    [shard({ index: 1, of: 2 }, [1]), shard({ index: 2, of: 2 }, [1], { latency: damagedBy(whole([1, 2]).histogram) })],
    /^segment 2\/2 has a damaged histogram \(delivery\)/,
  ],
]
for (const [sentence, shards, message] of REFUSED)
  t.test(`${sentence} is refused in one sentence`, async (t) =>
    t.throws(() => mergeShards(shards), { constructor: MergeError, message }),
  )
