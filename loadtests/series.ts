/** Gathers what VUs report and what is sampled of the processes, second by second, into figures of the whole run. */
import type { Histogram } from 'hdr-histogram-js'
import type { Latency, SeriesPoint } from '../schemas/generated/results.ts'
import { emptyHistogram, latencyOf, percentileOf, recordBuckets } from './histogram.ts'
import type { LatencyName, Second } from './scenarios/vu-messages.ts'

/** What a process used within a second: cores, and memory at its end. */
export interface ProcessSample {
  readonly generator_cpu?: number
  readonly server_cpu?: number
  readonly server_rss_bytes?: number
}

const NAMES: readonly LatencyName[] = ['delivery', 'publish_delay', 'ack', 'connect', 'queue']

interface Row {
  sockets: number
  sent: number
  readonly delivery: Histogram
  readonly queue: Histogram
  sample: ProcessSample
}

export class Series {
  sent = 0
  readonly total: Readonly<Record<LatencyName, Histogram>> = {
    delivery: emptyHistogram(),
    publish_delay: emptyHistogram(),
    ack: emptyHistogram(),
    connect: emptyHistogram(),
    queue: emptyHistogram(),
  }
  readonly #rows = new Map<number, Row>()
  #lastSecond = 0

  /** Adds what one VU saw in one second. */
  add({ second, sockets, sent, latency }: Second): void {
    const row = this.#row(second)
    this.#lastSecond = Math.max(this.#lastSecond, second)
    row.sockets += sockets
    row.sent += sent
    this.sent += sent
    recordBuckets(row.delivery, latency.delivery)
    recordBuckets(row.queue, latency.queue)
    for (const name of NAMES) recordBuckets(this.total[name], latency[name])
  }

  sample(second: number, sample: ProcessSample): void {
    this.#row(second).sample = sample
  }

  /** The latest second that was reported. */
  last(): { readonly second: number; readonly sockets: number; readonly delivered: number } {
    const { sockets, delivery } = this.#row(this.#lastSecond)
    return { second: this.#lastSecond, sockets, delivered: delivery.totalCount }
  }

  points(): SeriesPoint[] {
    return [...this.#rows].sort(([a], [b]) => a - b).map(([second, row]) => pointOf(second, row))
  }

  latencies(): Record<LatencyName, Latency> {
    const { delivery, publish_delay, ack, connect, queue } = this.total
    return {
      delivery: latencyOf(delivery),
      publish_delay: latencyOf(publish_delay),
      ack: latencyOf(ack),
      connect: latencyOf(connect),
      queue: latencyOf(queue),
    }
  }

  #row(second: number): Row {
    const found = this.#rows.get(second)
    if (found !== undefined) return found
    const row: Row = { sockets: 0, sent: 0, delivery: emptyHistogram(), queue: emptyHistogram(), sample: {} }
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
