/** What an actor may still send without going over the server's rate: a cautious picture of the server's token bucket. */
import type { Limits } from '../../schemas/generated/tables.ts'
import { Skip } from '../runner/case.ts'

/** The part of the refill that is counted on: messages can arrive closer together than they were sent. */
const CERTAIN_REFILL = 0.5

export class Allowance {
  readonly #depth: number
  readonly #perMs: number
  #tokens: number
  #asOf: number

  /** @param asOf `performance.now()` of the welcome, with which the bucket is full. */
  constructor({ rate_burst: depth, rate_per_s: rate }: Limits, asOf: number) {
    this.#depth = depth
    this.#perMs = (rate / 1000) * CERTAIN_REFILL
    this.#tokens = depth
    this.#asOf = asOf
  }

  /** Takes one token, and goes into debt where there is none. */
  spend(now: number): void {
    this.#tokens = Math.min(this.#depth, this.#tokens + (now - this.#asOf) * this.#perMs) - 1
    this.#asOf = now
  }

  /** @throws Skip where the server may rightly refuse the next message for its rate: the case needs more than it allows. */
  require(now: number): void {
    if (this.#tokens + (now - this.#asOf) * this.#perMs >= 1) return
    throw new Skip(`sends more messages at once than rate_burst = ${this.#depth} and rate_per_s of the server allow`)
  }
}
