/**
 * How many cases run at once on a machine that has other things to do too. A server under test ends a client that is
 * late, so what this process cannot keep up with must not be begun: additive increase, multiplicative decrease, as TCP
 * finds its share of a line (RFC 5681).
 */
import { STALL_MS } from './stall.ts'

/** How often the clock is looked at, in ms. */
const TICK_MS = 50
/** For so long nothing must stand still before one more case may run. */
const CALM_MS = 500
const SHARE_KEPT = 0.6
/** Below this little is won by doing less at once. */
const FEWEST = 2

export class Pace {
  readonly #most: number
  readonly #fewest: number
  readonly #waiting: (() => void)[] = []
  #allowed: number
  #tickedAt: number
  #changedAt: number
  #timer: ReturnType<typeof setInterval> | undefined
  #ended = false

  /**
   * @param most that run at once where the machine keeps up.
   * @param now of `performance.now()`, or of any clock that `tick` is told too.
   */
  constructor(most: number, now: number) {
    this.#most = most
    this.#fewest = Math.min(most, FEWEST)
    this.#allowed = most
    this.#tickedAt = now
    this.#changedAt = now
  }

  /** Looks at the clock from now on, until the end. */
  watch(): this {
    this.#timer = setInterval(() => this.tick(performance.now()), TICK_MS).unref()
    return this
  }

  get allowed(): number {
    return this.#allowed
  }

  /** Resolves when the n-th of the workers, from 0, may go on: at once where that many are allowed, or at the end. */
  async turn(n: number): Promise<void> {
    while (n >= this.#allowed && !this.#ended) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** How much later this is than a tick should be tells for how long the process stood still. */
  tick(now: number): void {
    const stalledMs = now - this.#tickedAt - TICK_MS
    this.#tickedAt = now
    if (stalledMs >= STALL_MS / 2) this.#allow(Math.max(this.#fewest, Math.floor(this.#allowed * SHARE_KEPT)), now)
    else if (now - this.#changedAt >= CALM_MS) this.#allow(Math.min(this.#most, this.#allowed + 1), now)
  }

  /** Lets everybody go on, to find that nothing is left. */
  end(): void {
    this.#ended = true
    clearInterval(this.#timer)
    this.#wake()
  }

  #allow(count: number, now: number): void {
    this.#allowed = count
    this.#changedAt = now
    this.#wake()
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }
}
