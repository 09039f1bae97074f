/** The presence of many nodes: leases in Redis, which each node renews for its own connections. */
import type * as Chat from '../../schemas/generated/chat.ts'
import { inTurns } from '../in-turns.ts'
import type { Listing, Parting, Presence } from '../presence.ts'
import { callLater } from '../timer.ts'
import { orWhenBack, Unavailable } from '../unavailable.ts'
import type { Argument, Broker, Script } from './broker.ts'
import { channelOf } from './bus.ts'
import { BE_IN, BE_OUT, ENTER, EXIT, LAPSE, LIST, SET_STATUS, STATUS_OF, UPDATE } from './presence-scripts.ts'

export interface PresenceTimes {
  /** From a lost connection to the leave. */
  readonly graceMs: number
  /** For how long a presence holds that nobody renews. */
  readonly leaseMs: number
}

/** A connection of this node in a room. */
interface Stay {
  readonly room: string
  readonly user: Chat.User
  readonly connection: string
  status: Chat.Status
  /** Before that, a renewal would be its first entry, which may be told to nobody. */
  isEntered: boolean
}

/** A connection that has left, of which Redis may not know yet. */
interface Exit {
  readonly room: string
  readonly sub: string
  readonly connection: string
  readonly how: Parting
}

/** A grace is over in Redis once it is over here: the clocks run apart by less. */
const SLACK_MS = 10
/** What EXIT answers instead of a time. */
const HAS_LEFT = 1

export class RedisPresence implements Presence {
  private readonly broker: Broker
  private readonly times: PresenceTimes
  private readonly stays = new Map<string, Stay>()
  private readonly exits = new Map<string, Exit>()
  /** By room, when this node entered or renewed somebody there, by the clock of Redis (ms). */
  private readonly renewals = new Map<string, number>()
  /** Since when every renewal was done, by performance.now(). */
  private steadySince = Number.NEGATIVE_INFINITY
  /** When the latest renewal began. */
  private renewedAt = Number.POSITIVE_INFINITY

  constructor(broker: Broker, times: PresenceTimes) {
    this.broker = broker
    this.times = times
  }

  async enter(room: string, user: Chat.User, connection: string, status: Chat.Status): Promise<void> {
    const key = keyOf(room, connection)
    const isThere = this.stays.has(key)
    const stay = { room, user, connection, status, isEntered: isThere }
    this.exits.delete(key)
    this.stays.set(key, stay)
    try {
      await this.assert(stay, false)
      stay.isEntered = true
    } catch (error) {
      // It may have been entered all the same; who was there before stays.
      if (!isThere && this.stays.get(key) === stay) await this.exit(room, user.id, connection, 'lost')
      throw error
    }
  }

  /** Where the broker is away, the leave is told when it is back. */
  async exit(room: string, sub: string, connection: string, how: Parting): Promise<void> {
    const key = keyOf(room, connection)
    if (!this.stays.delete(key)) return
    const exit = { room, sub, connection, how }
    this.exits.set(key, exit)
    await orWhenBack(this.tellExit(key, exit))
  }

  async list(room: string, most: number): Promise<Listing> {
    type Listed = readonly [user: string, status: Chat.Status, rev: string]
    // One after the other, as they are sent.
    const [, answer] = await Promise.all([this.lapse(room, this.asOf(room)), this.inRoom(LIST, room, [most])])
    const [count, rev, listed] = answer as [number, string, Listed[]]
    const users = listed.map(([user, status, rev]) => ({ user: JSON.parse(user), status, rev: Number(rev) }))
    return { users, count, rev: Number(rev) }
  }

  async setStatus(sub: string, status: Chat.Status): Promise<boolean> {
    const answer = (await this.ofPerson(SET_STATUS, sub, [status])) as [Chat.Status, string[]] | null
    if (answer === null) return false
    const [former, rooms] = answer
    if (former !== status) for (const room of rooms) await this.inRoom(UPDATE, room, [sub, status])
    return true
  }

  /** Without the broker, what this node knows. */
  async statusOf(sub: string): Promise<Chat.Status | undefined> {
    try {
      return ((await this.ofPerson(STATUS_OF, sub, [])) as Chat.Status | null) ?? undefined
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      return [...this.stays.values()].find(({ user }) => user.id === sub)?.status
    }
  }

  /** The broker was away, and leases lapsed that nobody could renew: their nodes are given the time to do so. */
  pause(): void {
    this.steadySince = Number.POSITIVE_INFINITY
  }

  /**
   * Renews what this node has, and tells who has left since its node is gone. To be called more often than the lease.
   * @throws Unavailable
   */
  async renew(): Promise<void> {
    const began = performance.now()
    await inTurns(this.exits, ([key, exit]) => this.tellExit(key, exit))
    await inTurns(this.stays.values(), async (stay) => stay.isEntered && this.assert(stay, true))
    const now = performance.now()
    // What took this node too long, since its machine stood still or its broker is slow, may take others as long.
    if (now - this.renewedAt > this.times.leaseMs) this.pause()
    this.renewedAt = began
    this.steadySince = Math.min(this.steadySince, now)
    const rooms = new Set([...this.stays.values()].map(({ room }) => room))
    for (const room of this.renewals.keys()) if (!rooms.has(room)) this.renewals.delete(room)
    if (this.isSteady) await inTurns(rooms, (room) => this.lapse(room, this.asOf(room)))
  }

  /** Leases that have lapsed say something: others had the time to renew theirs. */
  private get isSteady(): boolean {
    return performance.now() - this.steadySince >= this.times.leaseMs
  }

  /** When a lease that had lapsed by then said that its node was gone, by the clock of Redis (ms): a command may be done late. */
  private asOf(room: string): number {
    return this.isSteady ? (this.renewals.get(room) ?? 0) : 0
  }

  private async assert(stay: Stay, isRenewal: boolean): Promise<void> {
    const { room, user, connection } = stay
    const { leaseMs, graceMs } = this.times
    const isOver = () => this.stays.get(keyOf(room, connection)) !== stay
    const beIn = async () => {
      const args = [room, stay.status, leaseMs + graceMs]
      stay.status = (await this.ofPerson(BE_IN, user.id, args)) as Chat.Status
    }
    const enter = async () => {
      const args = [user.id, JSON.stringify(user), stay.status, connection, leaseMs, graceMs, isRenewal ? 1 : 0]
      const now = Number(await this.inRoom(ENTER, room, args))
      this.renewals.set(room, Math.max(now, this.renewals.get(room) ?? 0))
    }
    if (isOver()) return
    // Who is there already has a status there.
    if (isRenewal) await Promise.all([beIn(), enter()])
    else {
      await beIn()
      if (!isOver()) await enter()
    }
  }

  private async tellExit(key: string, exit: Exit): Promise<void> {
    const { room, sub, connection, how } = exit
    const { graceMs } = this.times
    const until = Number(await this.inRoom(EXIT, room, [sub, connection, graceMs, how, this.asOf(room)]))
    if (this.exits.get(key) === exit) this.exits.delete(key)
    if (until === HAS_LEFT) await this.ofPerson(BE_OUT, sub, [room])
    if (how !== 'lost') return
    callLater(graceMs + SLACK_MS, () => {
      // Otherwise, a renewal does it.
      if (this.isSteady) this.lapse(room, until, sub).catch(() => {})
    })
  }

  private async lapse(room: string, asOf: number, ...only: readonly string[]): Promise<void> {
    const left = (await this.inRoom(LAPSE, room, [asOf, ...only])) as string[]
    await Promise.all(left.map((sub) => this.ofPerson(BE_OUT, sub, [room])))
  }

  private inRoom(script: Script, room: string, args: readonly Argument[]): Promise<unknown> {
    const channel = channelOf(room)
    const keys = ['users', 'untils', 'statuses', 'connections', 'revs', 'born'].map(
      (name) => `${channel}:present:${name}`,
    )
    return this.broker.run(script, keys, [channel, room, ...args])
  }

  private ofPerson(script: Script, sub: string, args: readonly Argument[]): Promise<unknown> {
    return this.broker.run(script, [`chat:{person ${sub}}`], args)
  }
}

/** A room's name holds no space. */
function keyOf(room: string, connection: string): string {
  return `${room} ${connection}`
}
