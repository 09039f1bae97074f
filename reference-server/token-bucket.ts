/** The rate limit of one connection. */

export interface RateLimits {
  readonly rate_per_s: number
  readonly rate_burst: number
}

export type Rate =
  | { readonly verdict: 'pass' }
  /** `retryAfterMs`: "the time to the next token". */
  | { readonly verdict: 'reject'; readonly retryAfterMs: number }
  /** "More than rate_burst rejections since the bucket was last full." */
  | { readonly verdict: 'close' }

const PASS: Rate = { verdict: 'pass' }

/** `rate_burst` deep, refilled at `rate_per_s`; every message costs 1. */
export class TokenBucket {
  private readonly limits: RateLimits
  private tokens: number
  private rejections = 0
  private filledAt: number

  /** @param now milliseconds of any clock that only advances */
  constructor(limits: RateLimits, now: number) {
    this.limits = limits
    this.tokens = limits.rate_burst
    this.filledAt = now
  }

  /** @param now of the clock that the constructor was given */
  take(now: number): Rate {
    this.refill(now)
    if (this.tokens >= 1) {
      this.tokens -= 1
      return PASS
    }
    this.rejections += 1
    if (this.rejections > this.limits.rate_burst) return { verdict: 'close' }
    return { verdict: 'reject', retryAfterMs: Math.ceil(((1 - this.tokens) * 1000) / this.limits.rate_per_s) }
  }

  private refill(now: number): void {
    const tokens = this.tokens + ((now - this.filledAt) * this.limits.rate_per_s) / 1000
    this.filledAt = now
    this.tokens = Math.min(tokens, this.limits.rate_burst)
    if (tokens >= this.limits.rate_burst) this.rejections = 0
  }
}
