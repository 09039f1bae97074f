/** What a server remembers of connections that are gone, on all nodes. */
import type * as Chat from '../schemas/generated/chat.ts'

/** "Its rooms and with which presence flag, and its status", and the token that it was last used with. */
export interface SessionState {
  readonly rooms: readonly { readonly room: string; readonly presence: boolean }[]
  readonly status: Chat.Status
  readonly jti?: string
}

/** The connection that has a session. */
export interface Holder {
  readonly id: string
  /** Another connection has taken the session over. */
  replaced(): void
}

/** What any but the present holder does to a session has no effect: "the old one's end must not touch it". */
export interface Sessions {
  /** @returns the id of a new one */
  open(sub: string, holder: Holder): Promise<string>
  /** Undefined where it is unknown, expired or another user's: nobody can tell which. The former holder is replaced. */
  resume(id: string, sub: string, holder: Holder): Promise<SessionState | undefined>
  save(id: string, holder: Holder, state: SessionState): Promise<void>
  /** The connection is gone; the resume window begins. */
  release(id: string, holder: Holder): Promise<void>
  end(id: string, holder: Holder): Promise<void>
  /** Ends those without a connection that were last used with the token, or are of the user; the others end with theirs. */
  revoke(whom: Chat.RevokeBody): Promise<void>
}
