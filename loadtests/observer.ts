/** Watches a run from outside: its phase, its processes, its counts so far. */

import { FrameCheck } from './frame-check.ts'
import { percentileOf } from './histogram.ts'
import { owedAfter } from './ledger.ts'
import type { Deal } from './plans/plan.ts'
import { type Usage, usageOf } from './process-usage.ts'
import { type Reading, type Readings, readUsage, sampleBetween } from './process-watch.ts'
import type { LoadProgress } from './progress.ts'
import type { Ready } from './scenarios/vu-messages.ts'
import { Series } from './series.ts'
import { ServerWatch } from './server-watch.ts'

export interface ObserverOptions {
  /** Names of what the scenario measures. */
  readonly latencies: readonly string[]
  readonly deal: Deal
  readonly serverPid: number | undefined
  /** Of the nodes, where they have other addresses than the one that connections go to; those of the deal unless given. */
  readonly nodeUrls?: readonly string[] | undefined
  readonly onProgress: (progress: LoadProgress) => void
}

const PROGRESS_MS = 500
const SAMPLE_MS = 1000

export class Observer {
  readonly series: Series
  readonly frames = new FrameCheck()
  readonly server: ServerWatch
  /** Wall clock, in ms since 1970, at which the run's clock was 0; until that is known, when the observer began. */
  epoch = Date.now()
  readonly readings: Readings
  readonly #options: ObserverOptions
  readonly #timers: readonly ReturnType<typeof setInterval>[]
  #generators: readonly (number | undefined)[] = []
  /** As last read of each engine: what one has used that is gone. */
  #used: readonly (Usage | undefined)[] = []
  #previous: Reading
  #connecting = false
  #playingFrom: number | undefined
  #subscribers = 0
  readonly #ramp_ms: number
  #trouble: string | undefined

  constructor(options: ObserverOptions) {
    this.#options = options
    this.series = new Series(options.latencies)
    const urls = options.nodeUrls ?? [...new Set(options.deal.places.map(({ url }) => url))]
    this.server = new ServerWatch({ urls, pid: options.serverPid })
    this.#ramp_ms = options.deal.places.reduce((latest, { connect_ms }) => Math.max(latest, connect_ms), 0)
    this.#previous = this.#read()
    this.readings = { begin: this.#previous }
    this.#timers = [
      setInterval(() => this.#sample(), SAMPLE_MS),
      setInterval(() => options.onProgress(this.#progress()), PROGRESS_MS),
    ]
  }

  /** The engines run, as these processes. */
  watch(generators: readonly (number | undefined)[]): void {
    this.#generators = generators
  }

  /** Counts a latency, in ms, that was seen outside the engines, in the second of now. */
  count(name: string, ms: number): void {
    this.series.count(name, ms, Math.floor((Date.now() - this.epoch) / 1000))
  }

  /** Connections that are ready and not away, as last told, where that is of the end of a second after `time`, in ms since 1970. */
  present(time: number): number | undefined {
    const { second, sockets } = this.series.last()
    return this.epoch + (second + 1) * 1000 >= time ? sockets : undefined
  }

  /** All VUs have arrived; `epoch` as above. */
  connecting(epoch: number): void {
    this.epoch = epoch
    this.#connecting = true
    this.readings.ramp = this.#read()
  }

  /** All connections are ready or have failed, and what is to be played begins at `startsAt`, on the wall clock. */
  playing(ready: readonly Ready[], startsAt: number): void {
    this.readings.start = this.#read()
    this.#playingFrom = startsAt
    this.#subscribers = ready.reduce((sum, vu) => sum + (vu.roles.subscriber ?? 0), 0)
    const troubles = ready.flatMap((vu) => Object.entries(vu.troubles)).sort(([, a], [, b]) => b - a)
    const [worst] = troubles
    this.#trouble = worst && `${worst[1]} × ${worst[0]}`
  }

  /** When playing began, on the run's clock, in ms. */
  get startAt(): number {
    return (this.#playingFrom ?? Date.now()) - this.epoch
  }

  /** Everything was counted. */
  finished(): void {
    this.readings.end = this.#read()
  }

  /** What the reports hold: counts as of the last of them, and what was due, and owed, a second before. */
  get known(): { readonly due: number; readonly owed: number; readonly accepted: number; readonly delivered: number } {
    const { series } = this
    const due = this.#dueBy((series.last().second - 1) * 1000)
    const [accepted, delivered] = [series.total('ack').totalCount, series.total('delivery').totalCount]
    return { due, owed: this.#owedFor(due), accepted, delivered }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.server.close()
  }

  #read(): Reading {
    const reading = readUsage({ generator: undefined, server: this.#options.serverPid })
    this.#used = this.#generators.map((pid, shard) => usageOf(pid) ?? this.#used[shard])
    return { ...reading, generator: total(this.#used) }
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
    if (this.#playingFrom === undefined) return 'connecting'
    const { play_ms, traffic } = this.#options.deal
    if (Date.now() >= this.#playingFrom + play_ms) return 'draining'
    return traffic.schedule.messages > 0 ? 'publishing' : 'playing'
  }

  #progress(): LoadProgress {
    const { places, play_ms, traffic } = this.#options.deal
    const { series } = this
    const [delivery, queue] = [series.total('delivery'), series.total('queue')]
    const last = series.last()
    return {
      phase: this.#phase(),
      elapsed_ms: Date.now() - this.epoch,
      planned_ms: this.#ramp_ms + play_ms + traffic.drain_ms,
      sockets: last.sockets,
      sockets_planned: places.length,
      published: series.sent,
      delivered: delivery.totalCount,
      deliveries_per_s: last.delivered,
      p99: percentileOf(delivery, 99),
      missing: Math.max(0, this.#owedFor(this.#dueBy(last.second * 1000)) - delivery.totalCount),
      queue_p99: percentileOf(queue, 99),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
    }
  }

  /** Messages that were due by then, on the run's clock in ms. */
  #dueBy(ms: number): number {
    if (this.#playingFrom === undefined) return 0
    const { messages, interval_ms } = this.#options.deal.traffic.schedule
    return Math.min(messages, Math.max(0, Math.floor((this.epoch + ms - this.#playingFrom) / interval_ms)))
  }

  #owedFor(messages: number): number {
    return owedAfter(messages, this.#options.deal.traffic.schedule, this.#subscribers)
  }
}

/** Of several processes together; undefined where one of them could never be read. */
function total(usages: readonly (Usage | undefined)[]): Usage | undefined {
  if (usages.length === 0 || !usages.every((usage) => usage !== undefined)) return undefined
  const sum = (of: keyof Usage) => usages.reduce((sum, usage) => sum + usage[of], 0)
  return { cpu_s: sum('cpu_s'), rss_bytes: sum('rss_bytes') }
}
