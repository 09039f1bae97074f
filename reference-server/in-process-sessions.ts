/** The sessions of a single node. */
import { randomBytes } from 'node:crypto'
import type * as Chat from '../schemas/generated/chat.ts'
import type { Holder, SessionState, Sessions } from './sessions.ts'
import { callLater } from './timer.ts'

interface Session {
  readonly sub: string
  state: SessionState
  holder: Holder | undefined
  keep: () => void
}

/** A client learns later than the server that its connection is gone, and counts from there. */
const SLACK_MS = 300

export class InProcessSessions implements Sessions {
  private readonly windowMs: number
  private readonly sessions = new Map<string, Session>()

  constructor(windowMs: number) {
    this.windowMs = windowMs
  }

  async open(sub: string, holder: Holder): Promise<string> {
    const id = randomBytes(18).toString('base64url')
    this.sessions.set(id, { sub, state: { rooms: [], status: 'online' }, holder, keep: () => {} })
    return id
  }

  async resume(id: string, sub: string, holder: Holder): Promise<SessionState | undefined> {
    const session = this.sessions.get(id)
    if (session === undefined || session.sub !== sub) return undefined
    session.keep()
    const { holder: former } = session
    session.holder = holder
    former?.replaced()
    return session.state
  }

  async save(id: string, holder: Holder, state: SessionState): Promise<void> {
    const session = this.heldBy(id, holder)
    if (session) session.state = state
  }

  async release(id: string, holder: Holder): Promise<void> {
    const session = this.heldBy(id, holder)
    if (session === undefined) return
    session.holder = undefined
    session.keep = callLater(this.windowMs + SLACK_MS, () => this.sessions.delete(id))
  }

  async end(id: string, holder: Holder): Promise<void> {
    if (this.heldBy(id, holder)) this.sessions.delete(id)
  }

  async revoke(whom: Chat.RevokeBody): Promise<void> {
    for (const [id, { sub, state, holder, keep }] of this.sessions) {
      if (holder !== undefined || ('jti' in whom ? state.jti !== whom.jti : sub !== whom.sub)) continue
      keep()
      this.sessions.delete(id)
    }
  }

  private heldBy(id: string, holder: Holder): Session | undefined {
    const session = this.sessions.get(id)
    return session?.holder === holder ? session : undefined
  }
}
