/** When the generator itself stood still: a timer that is set for a while ahead tells how late it came. */

/** How far ahead the timer is set, and the lateness from which on it is kept in mind, in ms. */
export const TICK_MS = 20
const STALL_MS = 20

export class Stalls {
  readonly #stalls: { readonly at: number; readonly ms: number }[] = []
  #dueAt: number

  constructor(now: number) {
    this.#dueAt = now + TICK_MS
  }

  /**
   * The timer came. Returns how late, in ms, and after it how late those would have been that were not set meanwhile:
   * without them a standstill of a second would weigh no more than a good tick (coordinated omission).
   */
  tick(now: number): number[] {
    const late = Math.max(0, now - this.#dueAt)
    if (late >= STALL_MS) this.#stalls.push({ at: now, ms: late })
    this.#dueAt = now + TICK_MS
    return Array.from({ length: 1 + Math.floor(late / TICK_MS) }, (_, missed) => late - missed * TICK_MS)
  }

  /** The longest since then, in ms: of those that are over, and of one that is not seen to be yet. */
  worstSince(since: number, now: number): number {
    const over = this.#stalls.filter(({ at }) => at >= since).map(({ ms }) => ms)
    return Math.max(0, now - this.#dueAt, ...over)
  }
}
