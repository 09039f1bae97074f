/** The credential that a connection holds, until it is refreshed or expires. */
import { createHash } from 'node:crypto'
import type * as Chat from '../schemas/generated/chat.ts'
import type { Limits } from '../schemas/generated/tables.ts'
import type { Claims } from './auth.ts'
import { timestamp } from './messages.ts'
import { callAt } from './timer.ts'

/** What becomes of the connection whose credential it is. */
export interface Holder {
  /** `auth_warn_ms` before the expiry, once a token. */
  warn(payload: Chat.AuthExpiring['payload']): void
  /** Leeway after `exp`, without a refresh. */
  expire(): void
}

export class Credential {
  private readonly limits: Pick<Limits, 'auth_leeway_ms' | 'auth_warn_ms'>
  private readonly holder: Holder
  private held: Claims | undefined
  private digest = ''
  /** Digests of the tokens that were warned of, with their `exp`: a client may go back to one. */
  private readonly warned = new Map<string, number>()
  private cancelExpiry = () => {}
  private cancelWarning = () => {}

  constructor(limits: Pick<Limits, 'auth_leeway_ms' | 'auth_warn_ms'>, holder: Holder) {
    this.limits = limits
    this.holder = holder
  }

  /** Undefined until a token was verified. */
  get claims(): Claims | undefined {
    return this.held
  }

  /** "The new claims hold from there on." */
  hold(token: string, claims: Claims): void {
    this.digest = createHash('sha256').update(token).digest('base64')
    this.held = claims
    this.cancelExpiry()
    this.cancelExpiry = callAt(claims.exp * 1000 + this.limits.auth_leeway_ms, () => this.holder.expire())
  }

  /** "`auth_expiring` once per token at exp − auth_warn, or at once where already inside that window." */
  warnInTime(claims: Claims): void {
    this.cancelWarning()
    const { digest } = this
    if (this.warned.has(digest)) return
    this.cancelWarning = callAt(claims.exp * 1000 - this.limits.auth_warn_ms, () => {
      this.forgetExpired()
      this.warned.set(digest, claims.exp)
      this.holder.warn({ expires_at: timestamp(claims.exp * 1000) })
    })
  }

  /** The part of `welcome` and of the `ok` to a refresh that says how long it holds. */
  describe(claims: Claims): Chat.Auth {
    return { expires_at: timestamp(claims.exp * 1000), refresh_before_ms: this.limits.auth_warn_ms }
  }

  /** No timer fires any more. */
  drop(): void {
    this.cancelExpiry()
    this.cancelWarning()
  }

  private forgetExpired(): void {
    for (const [digest, exp] of this.warned) {
      if (exp * 1000 + this.limits.auth_leeway_ms < Date.now()) this.warned.delete(digest)
    }
  }
}
