/** The rooms of one connection. */
import type * as Chat from '../schemas/generated/chat.ts'
import { ME, streamOf } from './bus.ts'
import { fitting } from './fitting.ts'
import type { Parting } from './presence.ts'
import type { Membership, Recovery, Subscriber } from './rooms.ts'
import { encodeEntry } from './stored-message.ts'
import type { World } from './world.ts'

/** Where a subscription begins, and what of the room it is told. */
export interface Wanted {
  readonly position?: Chat.Position | undefined
  readonly presence?: boolean | undefined
}

/** A subscription that waits for its answer to be sent. */
export interface Opened {
  readonly answer: Chat.OkSubscribe
  /** Sends the replay, one frame after the other, and lets the live events follow. */
  begin(send: (frame: string) => Promise<void> | undefined): Promise<void>
}

interface Subscription {
  readonly member: Membership
  readonly presence: boolean
}

const LIVE: Recovery = { recovered: false, replay: [] }

export class Subscriptions {
  /** "What becomes of one that is set in no room is free": the next room is entered with it. */
  idleStatus: Chat.Status = 'online'
  private readonly world: World
  private readonly subscriber: Subscriber
  /** By room, the user's `@me` among them. */
  private readonly open = new Map<string, Subscription>()
  private ended = false

  constructor(world: World, subscriber: Subscriber) {
    this.world = world
    this.subscriber = subscriber
  }

  has(room: string): boolean {
    return this.open.has(room)
  }

  /** As a session remembers them, without `@me`: "it does not count in max_rooms". */
  get rooms(): readonly { readonly room: string; readonly presence: boolean }[] {
    return [...this.open].flatMap(([room, { presence }]) => (room === ME ? [] : [{ room, presence }]))
  }

  /** "A duplicate subscribe is answered as a new one." One that fails, with the broker away, changes nothing. */
  async enter(room: string, user: Chat.User, wanted: Wanted): Promise<Opened> {
    const former = this.open.get(room)
    try {
      return await this.begin(room, user, wanted)
    } catch (error) {
      await this.undo(room, user.id, former)
      throw error
    }
  }

  private async begin(room: string, user: Chat.User, { position, presence: watches = false }: Wanted): Promise<Opened> {
    // "Where the feature is not served, that flag has no effect."
    const presence = watches && this.world.features.includes('presence')
    const { rooms, bus } = this.world
    const stream = streamOf(room, user.id)
    const member = await rooms.join(stream, this.subscriber, this.open.get(room)?.member)
    this.open.set(room, { member, presence })
    const { replay, ...recovery } = position ? await rooms.recover(stream, member, position) : LIVE
    const read_seq = await bus.markOf(stream, user.id)
    const snapshot = room === ME ? undefined : await this.appear(room, user, presence ? member : undefined)
    if (this.ended) await this.leave(room, user.id, 'lost')
    const answer: Chat.OkSubscribe = {
      room,
      epoch: member.epoch,
      head_seq: member.head,
      ...recovery,
      replay_count: replay.length,
      ...(read_seq !== undefined && { read_seq }),
      ...(snapshot && { presence: snapshot }),
    }
    const begin: Opened['begin'] = async (send) => {
      for (const entry of replay) await send(encodeEntry(entry, true))
      member.release()
    }
    return { answer, begin }
  }

  /** A membership that has taken the place of another goes on where that one ended. */
  private async undo(room: string, sub: string, former: Subscription | undefined): Promise<void> {
    const present = this.open.get(room)
    if (present === undefined || present === former) return
    if (former === undefined) return this.leave(room, sub, 'lost')
    const { member } = present
    this.open.set(room, { member, presence: former.presence })
    if (former.presence) member.watch(0)
    member.release()
  }

  async leave(room: string, sub: string, how: Parting): Promise<void> {
    const subscription = this.open.get(room)
    if (subscription === undefined) return
    this.open.delete(room)
    this.world.rooms.leave(streamOf(room, sub), subscription.member)
    if (room !== ME) await this.world.presence.exit(room, sub, this.subscriber.id, how)
  }

  async leaveAll(sub: string, how: Parting): Promise<void> {
    this.ended = true
    await Promise.all([...this.open.keys()].map((room) => this.leave(room, sub, how)))
  }

  /** Enters the presence of a room; a watcher is given who else is there. */
  private async appear(
    room: string,
    user: Chat.User,
    watcher: Membership | undefined,
  ): Promise<Chat.PresenceSnapshot | undefined> {
    const { presence } = this.world
    await presence.enter(room, user, this.subscriber.id, this.idleStatus)
    this.idleStatus = 'online'
    if (watcher === undefined) return undefined
    const { rev, ...listing } = await listPresent(this.world, room)
    watcher.watch(rev)
    return listing
  }
}

/** "A snapshot beyond presence_max: `truncated: true`, `count`"; it fits a frame, too. */
export async function listPresent(
  { presence, limits }: World,
  room: string,
): Promise<Chat.PresenceSnapshot & { rev: number }> {
  const { users: listed, count, rev } = await presence.list(room, limits.presence_max)
  const users = fitting(listed, limits.max_server_frame_bytes)
  return { users, count, truncated: users.length < count, rev }
}
