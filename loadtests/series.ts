/** Gathers what VUs report and what is sampled of the processes, second by second, into figures of the whole run. */
import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'
import type { Latency, SeriesPoint } from '../schemas/generated/results.ts'
import { emptyHistogram, latencyOf, percentileOf, recordBuckets } from './histogram.ts'
import { type BucketCounts, bucketOf } from './scenarios/buckets.ts'
import type { Second } from './scenarios/vu-messages.ts'

/** What the engines used within a second, in cores. */
export interface ProcessSample {
  readonly generator_cpu?: number
}

const KEPT_BY_SECOND = ['delivery', 'queue', 'publish_delay', 'pulse'] as const
type KeptBySecond = (typeof KEPT_BY_SECOND)[number]
const isKept = (name: string): name is KeptBySecond => KEPT_BY_SECOND.some((kept) => kept === name)

interface Row extends Readonly<Record<KeptBySecond, Histogram>> {
  sockets: number
  sent: number
  sample: ProcessSample
}

export class Series {
  sent = 0
  readonly #total: Map<string, Histogram>
  readonly #rows = new Map<number, Row>()
  #lastSecond = 0

  /** @param names of the latencies in the order in which they are told; the others follow. */
  constructor(names: readonly string[]) {
    this.#total = new Map(names.map((name) => [name, emptyHistogram()]))
  }

  /** Of the whole run so far. */
  total(name: string): Histogram {
    return this.#total.get(name) ?? emptyHistogram()
  }

  /** Adds what one VU saw in one second. */
  add({ second, sockets, sent, latency }: Second): void {
    const row = this.#row(second)
    this.#lastSecond = Math.max(this.#lastSecond, second)
    row.sockets += sockets
    row.sent += sent
    this.sent += sent
    for (const [name, buckets] of Object.entries(latency)) this.#record(row, name, buckets)
  }

  /** Adds one latency, in ms, that was seen outside the VUs. */
  count(name: string, ms: number, second: number): void {
    this.#record(this.#row(second), name, [[bucketOf(ms), 1]])
  }

  /** A latency of the seconds that lie wholly between two times of the run's clock, in ms. */
  within(name: KeptBySecond, from: number, to: number): Histogram {
    const sum = emptyHistogram()
    for (const [second, row] of this.#rows) if (second * 1000 >= from && (second + 1) * 1000 <= to) sum.add(row[name])
    return sum
  }

  sample(second: number, sample: ProcessSample): void {
    this.#row(second).sample = sample
  }

  /** The latest second that was reported. */
  last(): { readonly second: number; readonly sockets: number; readonly delivered: number } {
    const { sockets, delivery } = this.#row(this.#lastSecond)
    return { second: this.#lastSecond, sockets, delivered: delivery.totalCount }
  }

  /** @param histograms whether each second has that of its deliveries, by which it can be merged with others. */
  points({ histograms }: { readonly histograms: boolean }): SeriesPoint[] {
    const rows = [...this.#rows].sort(([a], [b]) => a - b)
    return rows.map(([second, row]) => {
      const point = pointOf(second, row)
      return histograms && point.delivered ? { ...point, histogram: encodeIntoCompressedBase64(row.delivery) } : point
    })
  }

  latencies(): Record<string, Latency> {
    return Object.fromEntries([...this.#total].map(([name, histogram]) => [name, latencyOf(histogram)]))
  }

  #record(row: Row, name: string, buckets: BucketCounts): void {
    const total = this.total(name)
    this.#total.set(name, total)
    recordBuckets(total, buckets)
    if (isKept(name)) recordBuckets(row[name], buckets)
  }

  #row(second: number): Row {
    const found = this.#rows.get(second)
    if (found !== undefined) return found
    const kept = { delivery: emptyHistogram(), queue: emptyHistogram() }
    const own = { publish_delay: emptyHistogram(), pulse: emptyHistogram() }
    const row: Row = { sockets: 0, sent: 0, ...kept, ...own, sample: {} }
    this.#rows.set(second, row)
    return row
  }
}

function pointOf(second: number, { sockets, sent, delivery, queue, sample }: Row): SeriesPoint {
  const point = { at_ms: second * 1000, sockets, sent, delivered: delivery.totalCount, ...sample }
  // A second in which nothing arrived has no latency, which is not the same as one of 0.
  if (delivery.totalCount === 0) return point
  return {
    ...point,
    p50: percentileOf(delivery, 50),
    p99: percentileOf(delivery, 99),
    max: delivery.maxValue / 1000,
    queue_p99: percentileOf(queue, 99),
  }
}
