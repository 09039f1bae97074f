/** What a VU counts, told to the coordinator second by second. */
import { type Buckets, record } from './buckets.ts'
import type { LatencyName, Second } from './vu-messages.ts'

/** A second in which nothing happened is reported late, but no later than this, in ms. */
const TURN_MS = 250

export class Tally {
  readonly #sockets: () => number
  readonly #tell: (second: Second) => void
  readonly #turning: ReturnType<typeof setInterval>
  #second: number
  #sent = 0
  #latency = emptyLatency()

  /** @param sockets how many connections are ready at the time. */
  constructor(now: () => number, sockets: () => number, tell: (second: Second) => void) {
    this.#sockets = sockets
    this.#tell = tell
    this.#second = secondOf(now())
    this.#turning = setInterval(() => this.#turn(now()), TURN_MS)
  }

  /** Counts a latency, in ms, in the second of `now`. */
  count(name: LatencyName, ms: number, now: number): void {
    this.#turn(now)
    record(this.#latency[name], ms)
  }

  /** Counts a message that was sent at `now`, and how long after its time, in ms. */
  sent(delay: number, now: number): void {
    this.count('publish_delay', delay, now)
    this.#sent++
  }

  /** Reports what is not reported yet, and ends. */
  close(): void {
    clearInterval(this.#turning)
    this.#report()
  }

  #turn(now: number): void {
    if (secondOf(now) === this.#second) return
    this.#report()
    this.#second = secondOf(now)
  }

  #report(): void {
    const { delivery, publish_delay, ack, connect, queue } = this.#latency
    this.#tell({
      type: 'second',
      second: this.#second,
      sockets: this.#sockets(),
      sent: this.#sent,
      latency: {
        delivery: [...delivery],
        publish_delay: [...publish_delay],
        ack: [...ack],
        connect: [...connect],
        queue: [...queue],
      },
    })
    this.#sent = 0
    this.#latency = emptyLatency()
  }
}

const secondOf = (ms: number) => Math.floor(ms / 1000)

const emptyLatency = (): Record<LatencyName, Buckets> => ({
  delivery: new Map(),
  publish_delay: new Map(),
  ack: new Map(),
  connect: new Map(),
  queue: new Map(),
})
