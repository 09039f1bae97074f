/** Faults in keeping the limits. */
import type { RuleMutant } from '../mutate.ts'

export const LIMITS_MUTANTS: readonly RuleMutant[] = [
  {
    id: 'limits/burst-below-errors',
    requirement: 'limits/relations-hold',
    file: 'connection.ts',
    before: `      limits,
      rooms:`,
    after: `      limits: { ...limits, rate_burst: limits.max_errors },
      rooms:`,
    about: 'The limits are sent as configured, at odds with each other.',
    shows: 'rate_burst over max_errors, got 5',
  },
  {
    id: 'limits/bucket-starts-one-short',
    requirement: 'limits/burst-is-accepted',
    file: 'token-bucket.ts',
    before: `this.tokens = limits.rate_burst
`,
    after: `this.tokens = limits.rate_burst / 2
`,
    about: 'The bucket is half full at `welcome`.',
    shows: 'errors 0, got',
  },
  {
    id: 'limits/rejected-but-done',
    requirement: 'limits/over-rate-is-rate-limited',
    file: 'connection.ts',
    before: `if (rate.verdict === 'reject') return this.slowDown(`,
    after: `if (rate.verdict === 'reject') this.slowDown(`,
    about: 'A message over the rate is refused and done all the same.',
    shows: 'head_seq, where what was refused was not done …, got',
  },
  {
    id: 'limits/rate-is-unlimited',
    requirement: 'limits/over-rate-is-rate-limited',
    file: 'token-bucket.ts',
    before: 'if (this.tokens >= 1) {',
    after: 'if (this.tokens >= -Infinity) {',
    about: 'The rate is told and never enforced.',
    shows: 'messages accepted, got',
  },
  {
    id: 'limits/retry-after-a-minute',
    requirement: 'limits/over-rate-is-rate-limited',
    file: 'token-bucket.ts',
    before: 'retryAfterMs: Math.ceil(((1 - this.tokens) * 1000) / this.limits.rate_per_s)',
    after: 'retryAfterMs: 60_000',
    about: 'Whoever is refused is sent away for a minute, however soon the next token comes.',
    shows: 'a retry_after_ms of at most …, got 60000',
  },
  {
    id: 'limits/refusals-cost-too',
    requirement: 'limits/retry-after-suffices',
    file: 'token-bucket.ts',
    before: `    this.rejections += 1
    if (this.rejections > this.limits.rate_burst) return { verdict: 'close' }
    return {`,
    after: `    this.rejections += 1
    if (this.rejections > this.limits.rate_burst) return { verdict: 'close' }
    setImmediate(() => (this.tokens = -this.limits.rate_burst))
    this.tokens = Math.max(this.tokens, 0)
    return {`,
    about: 'A refusal empties the bucket for a penalty, of which `retry_after_ms` knows nothing.',
    shows: 'a pong…, got error rate_limited',
  },
  {
    id: 'limits/pongs-are-free',
    requirement: 'limits/every-message-costs',
    file: 'connection.ts',
    before: 'const rate = this.bucket.take(performance.now())',
    after: `const rate = envelope.type === 'pong' ? ({ verdict: 'pass' } as const) : this.bucket.take(performance.now())`,
    about: 'Heartbeats bypass the limiter.',
    shows: 'pongs and answered pings, got',
  },
  {
    id: 'limits/flood-is-borne',
    requirement: 'limits/flood-closes-4202',
    file: 'token-bucket.ts',
    before: `if (this.rejections > this.limits.rate_burst) return { verdict: 'close' }`,
    after: '',
    about: 'A client that ignores every refusal is kept.',
    shows: 'close 4202 rate_limited, got an open connection',
  },
  {
    id: 'limits/silent-ones-are-answered',
    requirement: 'limits/over-rate-without-id-is-dropped',
    file: 'connection.ts',
    before: `    if (to.id === undefined) return
`,
    after: '',
    about: 'A message without an id is answered when it is over the rate.',
    shows: 'errors without reply_to 0, got',
  },
]
