/** The sessions of many nodes: in Redis, and renewed by the node that has the connection. */
import { randomBytes } from 'node:crypto'
import type * as Chat from '../../schemas/generated/chat.ts'
import { inTurns } from '../in-turns.ts'
import type { Holder, SessionState, Sessions } from '../sessions.ts'
import { orWhenBack } from '../unavailable.ts'
import type { Argument, Broker, Script } from './broker.ts'
import { END, RELEASE, RESUME, REVOKE_SESSIONS, REVOKED_AT, SAVE, TELL } from './session-scripts.ts'

export interface SessionTimes {
  /** How long a session waits for its client. */
  readonly windowMs: number
  /** For how long one with a connection is kept that nobody renews. */
  readonly leaseMs: number
}

/** A session whose connection is on this node. */
interface Held {
  readonly sub: string
  readonly holder: Holder
  state: SessionState
}

interface Replaced {
  readonly session: string
  readonly connection: string
}

/** A client learns later than the server that its connection is gone, and counts from there. */
const SLACK_MS = 300
const NEW: SessionState = { rooms: [], status: 'online' }

export class RedisSessions implements Sessions {
  private readonly broker: Broker
  private readonly times: SessionTimes
  private readonly node = randomBytes(9).toString('base64url')
  private readonly held = new Map<string, Held>()

  constructor(broker: Broker, times: SessionTimes) {
    this.broker = broker
    this.times = times
  }

  /** From here on this node hears which of its sessions were taken over on others. */
  async listen(): Promise<void> {
    await this.broker.listen(channelOf(this.node), (message) => {
      const { session, connection } = JSON.parse(message) as Replaced
      this.replace(session, connection)
    })
  }

  async open(sub: string, holder: Holder): Promise<string> {
    const id = randomBytes(18).toString('base64url')
    await this.write(id, { sub, holder, state: NEW })
    this.held.set(id, { sub, holder, state: NEW })
    return id
  }

  async resume(id: string, sub: string, holder: Holder): Promise<SessionState | undefined> {
    const answer = await this.run(RESUME, id, [sub, this.nameOf(holder), this.attachedMs])
    if (answer === null) return undefined
    const [written, former, since] = answer as [string, string, string]
    const state: SessionState = JSON.parse(written)
    if (await this.wasRevoked(sub, state.jti, Number(since))) {
      await this.run(END, id, [this.nameOf(holder)])
      return undefined
    }
    const [node, connection] = former.split(' ')
    // Whoever had it here has lost it: to this holder, or to one elsewhere whose node is yet to tell, and would find this one.
    this.held.get(id)?.holder.replaced()
    this.held.set(id, { sub, holder, state })
    if (node && node !== this.node) await orWhenBack(this.tell(node, { session: id, connection: connection ?? '' }))
    return state
  }

  /** Where the broker is away, it is saved when that is back. */
  async save(id: string, holder: Holder, state: SessionState): Promise<void> {
    const held = this.heldBy(id, holder)
    if (held === undefined) return
    held.state = state
    await orWhenBack(this.write(id, held))
  }

  /** Where the broker is away, it lapses: nobody renews it. */
  async release(id: string, holder: Holder): Promise<void> {
    if (this.heldBy(id, holder)) this.held.delete(id)
    await orWhenBack(this.run(RELEASE, id, [this.nameOf(holder), this.times.windowMs + SLACK_MS]))
  }

  async end(id: string, holder: Holder): Promise<void> {
    if (this.heldBy(id, holder)) this.held.delete(id)
    await orWhenBack(this.run(END, id, [this.nameOf(holder)]))
  }

  /** Those that end by it are found when somebody asks for them: one that began before is not resumed. */
  async revoke(whom: Chat.RevokeBody): Promise<void> {
    await this.broker.run(REVOKE_SESSIONS, [revocationKey(whom)], [this.attachedMs])
  }

  /**
   * Keeps the sessions of this node, and finds those that were taken over. To be called more often than the lease.
   * @throws Unavailable
   */
  async renew(): Promise<void> {
    await inTurns(this.held, async ([id, held]) => {
      if (this.held.get(id) === held) await this.write(id, held)
    })
  }

  private async write(id: string, held: Held): Promise<void> {
    const { sub, holder, state } = held
    const isOurs = await this.run(SAVE, id, [sub, this.nameOf(holder), JSON.stringify(state), this.attachedMs])
    if (isOurs === 0) this.replace(id, holder.id)
  }

  private replace(id: string, connection: string | undefined): void {
    const held = this.held.get(id)
    if (held === undefined || held.holder.id !== connection) return
    this.held.delete(id)
    held.holder.replaced()
  }

  private async wasRevoked(sub: string, jti: string | undefined, since: number): Promise<boolean> {
    const asked: Chat.RevokeBody[] = [{ sub }, ...(jti === undefined ? [] : [{ jti }])]
    const revokedAt = await Promise.all(asked.map((whom) => this.broker.run(REVOKED_AT, [revocationKey(whom)], [])))
    return revokedAt.some((at) => at !== null && Number(at) >= since)
  }

  private tell(node: string, replaced: Replaced): Promise<unknown> {
    return this.broker.run(TELL, [channelOf(node)], [channelOf(node), JSON.stringify(replaced)])
  }

  private heldBy(id: string, holder: Holder): Held | undefined {
    const held = this.held.get(id)
    return held?.holder === holder ? held : undefined
  }

  private get attachedMs(): number {
    return this.times.windowMs + this.times.leaseMs + SLACK_MS
  }

  private nameOf({ id }: Holder): string {
    return `${this.node} ${id}`
  }

  private run(script: Script, id: string, args: readonly Argument[]): Promise<unknown> {
    return this.broker.run(script, [`chat:{session ${id}}`], args)
  }
}

function channelOf(node: string): string {
  return `chat:{node ${node}}`
}

function revocationKey(whom: Chat.RevokeBody): string {
  return 'jti' in whom ? `chat:{revoked token ${whom.jti}}` : `chat:{revoked user ${whom.sub}}`
}
