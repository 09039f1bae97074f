/** What a VU counts, told to the coordinator second by second. */
import { type Buckets, record } from './buckets.ts'
import type { Second } from './vu-messages.ts'

/** A second in which nothing happened is reported late, but no later than this, in ms. */
const TURN_MS = 250

export class Tally {
  readonly #sockets: () => number
  readonly #tell: (second: Second) => void
  readonly #turning: ReturnType<typeof setInterval>
  #second: number
  #sent = 0
  #latency = new Map<string, Buckets>()

  /** @param sockets how many connections are ready at the time. */
  constructor(now: () => number, sockets: () => number, tell: (second: Second) => void) {
    this.#sockets = sockets
    this.#tell = tell
    this.#second = secondOf(now())
    this.#turning = setInterval(() => this.#turn(now()), TURN_MS)
  }

  /** Counts a latency, in ms, in the second of `now`. */
  count(name: string, ms: number, now: number): void {
    this.#turn(now)
    let buckets = this.#latency.get(name)
    if (buckets === undefined) {
      buckets = new Map()
      this.#latency.set(name, buckets)
    }
    record(buckets, ms)
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
    this.#tell({
      type: 'second',
      second: this.#second,
      sockets: this.#sockets(),
      sent: this.#sent,
      latency: Object.fromEntries([...this.#latency].map(([name, buckets]) => [name, [...buckets]])),
    })
    this.#sent = 0
    this.#latency = new Map()
  }
}

const secondOf = (ms: number) => Math.floor(ms / 1000)
