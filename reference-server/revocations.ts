/** Which tokens were withdrawn, on all nodes. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'

export interface Revocations {
  /** @param now milliseconds of the Unix epoch */
  revoke(whom: Chat.RevokeBody, now: number): Promise<void>
  covers(claims: Claims): Promise<boolean>
  /** @param told of what is withdrawn, on this node or another, unless the broker is away */
  follow(told: (whom: Chat.RevokeBody) => void): Promise<void>
}

/** Whether a connection under this token is to be closed. */
export function isAimedAt(whom: Chat.RevokeBody, { jti, sub }: Claims): boolean {
  return 'jti' in whom ? whom.jti === jti : whom.sub === sub
}

/** Those of a single node: as many as were ever withdrawn, for a token may have any lifetime. */
export class InProcessRevocations implements Revocations {
  private readonly tokens = new Set<string>()
  /** The second of the latest revocation, by `sub`. */
  private readonly users = new Map<string, number>()

  async revoke(whom: Chat.RevokeBody, now: number): Promise<void> {
    if ('jti' in whom) this.tokens.add(whom.jti)
    else this.users.set(whom.sub, Math.floor(now / 1000))
  }

  /** "With an `iat` before the second of the revocation, or with none." */
  async covers({ jti, sub, iat = Number.NEGATIVE_INFINITY }: Claims): Promise<boolean> {
    const second = this.users.get(sub)
    return (jti !== undefined && this.tokens.has(jti)) || (second !== undefined && iat < second)
  }
  /** Who revokes on a single node tells its connections itself. */
  async follow(): Promise<void> {}
}
