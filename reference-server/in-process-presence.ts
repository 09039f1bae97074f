/** The presence of a single node. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Bus } from './bus.ts'
import type { Listing, Parting, Presence } from './presence.ts'
import { callLater } from './timer.ts'

/** A user in one room. */
interface Attendee {
  user: Chat.User
  /** Empty within the grace. */
  readonly connections: Set<string>
  /** Of the latest event. */
  rev: number
  endGrace: () => void
}

interface Person {
  status: Chat.Status
  readonly rooms: Set<string>
}

export class InProcessPresence implements Presence {
  private readonly bus: Bus
  private readonly graceMs: number
  private readonly rooms = new Map<string, Map<string, Attendee>>()
  /** Everybody who is present anywhere, by `sub`. */
  private readonly people = new Map<string, Person>()
  /** One counter for all rooms, so that none has to be remembered once a room is empty. */
  private rev = 0

  constructor(bus: Bus, graceMs: number) {
    this.bus = bus
    this.graceMs = graceMs
  }

  async enter(room: string, user: Chat.User, connection: string, status: Chat.Status): Promise<void> {
    const present = this.rooms.get(room)?.get(user.id)
    if (present !== undefined) {
      present.endGrace()
      present.user = user
      present.connections.add(connection)
      return
    }
    const person = this.people.get(user.id) ?? { status, rooms: new Set() }
    const attendee = { user, connections: new Set([connection]), rev: 0, endGrace: () => {} }
    this.people.set(user.id, person)
    person.rooms.add(room)
    this.rooms.set(room, (this.rooms.get(room) ?? new Map()).set(user.id, attendee))
    await this.tell('join', room, attendee, person, connection)
  }

  async exit(room: string, sub: string, connection: string, how: Parting): Promise<void> {
    const attendee = this.rooms.get(room)?.get(sub)
    if (!attendee?.connections.delete(connection) || attendee.connections.size > 0) return
    if (how === 'left') await this.leave(room, attendee)
    else attendee.endGrace = callLater(this.graceMs, () => void this.leave(room, attendee))
  }

  async list(room: string, most: number): Promise<Listing> {
    const attendees = [...(this.rooms.get(room)?.values() ?? [])]
    const users = attendees.slice(0, most).map(({ user, rev }) => ({ user, status: this.statusIn(user.id), rev }))
    return { users, count: attendees.length, rev: this.rev }
  }

  async setStatus(sub: string, status: Chat.Status): Promise<boolean> {
    const person = this.people.get(sub)
    if (person === undefined) return false
    if (person.status === status) return true
    person.status = status
    for (const room of person.rooms) {
      const attendee = this.rooms.get(room)?.get(sub)
      if (attendee) await this.tell('update', room, attendee, person)
    }
    return true
  }

  async statusOf(sub: string): Promise<Chat.Status | undefined> {
    return this.people.get(sub)?.status
  }

  private async leave(room: string, attendee: Attendee): Promise<void> {
    const sub = attendee.user.id
    const person = this.people.get(sub)
    const attendees = this.rooms.get(room)
    if (person === undefined || !attendees?.delete(sub)) return
    if (attendees.size === 0) this.rooms.delete(room)
    person.rooms.delete(room)
    if (person.rooms.size === 0) this.people.delete(sub)
    await this.tell('leave', room, attendee, person)
  }

  private statusIn(sub: string): Chat.Status {
    return this.people.get(sub)?.status ?? 'online'
  }

  private async tell(
    event: Chat.PresenceEvent['payload']['event'],
    room: string,
    attendee: Attendee,
    { status }: Person,
    cause?: string,
  ): Promise<void> {
    this.rev += 1
    attendee.rev = this.rev
    const payload = { room, user: attendee.user, status, rev: this.rev, event }
    await this.bus.pass(room, { event: { type: 'presence', payload }, ...(cause !== undefined && { cause }) })
  }
}
