/** Watches a run from outside: its phase, its processes, its counts so far. */

import { NOTICE_MS } from './coordinator.ts'
import { FrameCheck } from './frame-check.ts'
import { percentileOf } from './histogram.ts'
import { owedAfter } from './ledger.ts'
import { type Reading, readUsage, sampleBetween } from './process-watch.ts'
import type { LoadProgress } from './progress.ts'
import type { Schedule } from './scenarios/schedule.ts'
import type { Ready } from './scenarios/vu-messages.ts'
import { Series } from './series.ts'
import type { PlayedWorkload } from './workload.ts'

export interface ObserverOptions {
  readonly workload: PlayedWorkload
  readonly schedule: Schedule
  readonly serverPid: number | undefined
  readonly onProgress: (progress: LoadProgress) => void
}

const PROGRESS_MS = 500
const SAMPLE_MS = 1000

export class Observer {
  readonly series = new Series()
  readonly frames = new FrameCheck()
  /** Wall clock, in ms since 1970, at which the shared clock was 0; until that is known, when the observer began. */
  epoch = Date.now()
  /** Before anything connected, at the first publish, and when all was counted. */
  readonly readings: { begin: Reading; start?: Reading; end?: Reading }
  readonly #options: ObserverOptions
  readonly #timers: readonly ReturnType<typeof setInterval>[]
  #generator: number | undefined
  #previous: Reading
  #connecting = false
  #publishingFrom: number | undefined
  #subscribers = 0
  #trouble: string | undefined

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#previous = this.#read()
    this.readings = { begin: this.#previous }
    this.#timers = [
      setInterval(() => this.#sample(), SAMPLE_MS),
      setInterval(() => options.onProgress(this.#progress()), PROGRESS_MS),
    ]
  }

  /** The engine runs. */
  watch(generator: number | undefined): void {
    this.#generator = generator
  }

  /** All VUs have arrived; `epoch` as above. */
  connecting(epoch: number): void {
    this.epoch = epoch
    this.#connecting = true
  }

  /** All connections are ready or have failed, and publishing begins. */
  publishing(ready: readonly Ready[]): void {
    this.readings.start = this.#read()
    this.#publishingFrom = Date.now() + NOTICE_MS
    this.#subscribers = ready.reduce((sum, vu) => sum + vu.connections.ready - vu.publishers_ready, 0)
    const troubles = ready.flatMap((vu) => Object.entries(vu.troubles)).sort(([, a], [, b]) => b - a)
    const [worst] = troubles
    this.#trouble = worst && `${worst[1]} × ${worst[0]}`
  }

  /** Everything was counted. */
  finished(): void {
    this.readings.end = this.#read()
  }

  /** What the reports hold: counts as of the last of them, and what was due, and owed, a second before. */
  get known(): { readonly due: number; readonly owed: number; readonly accepted: number; readonly delivered: number } {
    const { series } = this
    const { ack, delivery } = series.total
    const due = this.#dueBy((series.last().second - 1) * 1000)
    return { due, owed: this.#owedFor(due), accepted: ack.totalCount, delivered: delivery.totalCount }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  #read(): Reading {
    return readUsage({ generator: this.#generator, server: this.#options.serverPid })
  }

  #sample(): void {
    const reading = this.#read()
    // The second in which most of the time between the two readings lies.
    const second = Math.floor(((this.#previous.at + reading.at) / 2 - this.epoch) / 1000)
    if (this.#connecting && second >= 0) this.series.sample(second, sampleBetween(this.#previous, reading))
    this.#previous = reading
  }

  #phase(): LoadProgress['phase'] {
    if (!this.#connecting) return 'preparing'
    if (this.#publishingFrom === undefined) return 'connecting'
    return Date.now() < this.#publishingFrom + this.#options.workload.duration_ms ? 'publishing' : 'draining'
  }

  #progress(): LoadProgress {
    const { workload } = this.#options
    const { publishers, subscribers, connect_rate_per_s, duration_ms, drain_ms } = workload
    const planned = publishers + subscribers
    const { series } = this
    const { delivery, queue } = series.total
    const last = series.last()
    return {
      phase: this.#phase(),
      elapsed_ms: Date.now() - this.epoch,
      planned_ms: (planned * 1000) / connect_rate_per_s + duration_ms + drain_ms,
      sockets: last.sockets,
      sockets_planned: planned,
      published: series.sent,
      delivered: delivery.totalCount,
      deliveries_per_s: last.delivered,
      p99: percentileOf(delivery, 99),
      missing: Math.max(0, this.#owedFor(this.#dueBy(last.second * 1000)) - delivery.totalCount),
      queue_p99: percentileOf(queue, 99),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
    }
  }

  /** Messages that were due by then, on the shared clock in ms. */
  #dueBy(ms: number): number {
    if (this.#publishingFrom === undefined) return 0
    const { messages, interval_ms } = this.#options.schedule
    return Math.min(messages, Math.max(0, Math.floor((this.epoch + ms - this.#publishingFrom) / interval_ms)))
  }

  #owedFor(messages: number): number {
    return owedAfter(messages, this.#options.schedule, this.#subscribers)
  }
}
