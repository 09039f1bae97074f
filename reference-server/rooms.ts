/** The rooms of this node: one subscription to the bus each, fanned out to the connections that joined. */
import type { Gap, Position } from '../schemas/generated/chat.ts'
import type { Bus, Draft, Entry, Listener, Passing, Receipt } from './bus.ts'
import { encodeEntry } from './stored-message.ts'

/** Who joins rooms. */
export interface Subscriber {
  readonly id: string
  /** One text frame, the same buffer for all. */
  deliver(frame: Buffer): void
  /** One text frame that is dropped where the subscriber falls behind. */
  offer(frame: Buffer): void
  /** The numbering of a room that it joined has ended. */
  resync(): void
  /** It has not read all that was delivered, and is reading on. */
  isBehind(): boolean
  /** Resolves when it has read some of it, or seems to have stopped. */
  caughtUp(): Promise<void>
}

/** What the `ok` to a subscribe carries, and the entries that follow it. */
export interface Recovery {
  readonly recovered: boolean
  readonly replay: readonly Entry[]
  readonly gap?: Gap
}

interface Room {
  readonly opened: Promise<void>
  readonly listener: Listener
  epoch: string
  head: number
  readonly members: Set<Membership>
  /** Members, and those about to join: a leave meanwhile must not close the room under them. */
  claims: number
}

/** A publisher is not delayed longer than this. */
const LONGEST_DELAY_MS = 500

/** One subscription of one connection. What comes before `release` is held, "`ok` precedes every event". */
export class Membership {
  readonly epoch: string
  /** The seq after which this subscription is live. */
  readonly head: number
  private readonly subscriber: Subscriber
  private held: (() => void)[] | undefined = []
  private watchedFrom = Number.POSITIVE_INFINITY

  constructor(subscriber: Subscriber, epoch: string, head: number) {
    this.subscriber = subscriber
    this.epoch = epoch
    this.head = head
  }

  deliver(frame: Buffer): void {
    if (this.held === undefined) this.subscriber.deliver(frame)
    else this.held.push(() => this.subscriber.deliver(frame))
  }

  pass(passing: Passing, frame: Buffer): void {
    if (this.held !== undefined) this.held.push(() => this.pass(passing, frame))
    else if (passing.cause === this.subscriber.id) return
    else if (passing.event.type !== 'presence') this.subscriber.offer(frame)
    else if (passing.event.payload.rev > this.watchedFrom) this.subscriber.deliver(frame)
  }

  /** @param rev of the snapshot that the subscriber is given: "an event after a snapshot has a higher rev" */
  watch(rev: number): void {
    this.watchedFrom = rev
  }

  release(): void {
    const held = this.held ?? []
    this.held = undefined
    for (const tell of held) tell()
  }

  resync(): void {
    this.subscriber.resync()
  }

  /** The subscriber, where it makes a publisher wait. */
  get slow(): Subscriber | undefined {
    return this.subscriber.isBehind() ? this.subscriber : undefined
  }
}

export class Rooms {
  private readonly bus: Bus
  private readonly replayMax: number
  private readonly rooms = new Map<string, Room>()

  /** @param replayMax most entries that a position can ask for */
  constructor(bus: Bus, replayMax: number) {
    this.bus = bus
    this.replayMax = replayMax
  }

  /** "May delay publishers a little for a subscriber that makes progress": a burst must not cut off those who read. */
  async publish(name: string, draft: Draft): Promise<Receipt> {
    const until = performance.now() + LONGEST_DELAY_MS
    for (let slow = this.slowest(name); slow && performance.now() < until; slow = this.slowest(name)) {
      await slow.caughtUp()
    }
    return this.bus.publish(name, draft)
  }

  /**
   * From the membership's head on, every entry is delivered in order, without a hole, once it is released.
   * @param replaced the same connection's earlier one, which ends in the instant in which this one begins
   */
  async join(name: string, subscriber: Subscriber, replaced?: Membership): Promise<Membership> {
    const room = this.rooms.get(name) ?? this.open(name)
    room.claims += 1
    await this.untilHeard(name, room)
    const member = new Membership(subscriber, room.epoch, room.head)
    room.members.add(member)
    if (replaced !== undefined) this.leave(name, replaced)
    return member
  }

  leave(name: string, member: Membership): void {
    const room = this.rooms.get(name)
    if (!room?.members.delete(member)) return
    this.release(name, room)
  }

  /** What a member missed since its position: all of it, or the first reason why not, "never a part". */
  async recover(name: string, member: Membership, position: Position): Promise<Recovery> {
    if (position.epoch !== member.epoch) return gap('epoch')
    if (position.seq > member.head) return gap('ahead')
    const missed = member.head - position.seq
    const stored = await this.bus.read(name, position.seq)
    const replay = stored.filter((entry) => entry.seq <= member.head)
    if (replay.length < missed) return gap('evicted')
    if (missed > this.replayMax) return gap('too_large')
    return { recovered: true, replay }
  }

  /** What another node has acknowledged is heard here before anybody is told where the room is. */
  private async untilHeard(name: string, room: Room): Promise<void> {
    try {
      await room.opened
      await this.bus.catchUp(name)
    } catch (error) {
      this.release(name, room)
      throw error
    }
  }

  private release(name: string, room: Room): void {
    room.claims -= 1
    if (room.claims > 0 || this.rooms.get(name) !== room) return
    this.rooms.delete(name)
    this.bus.unsubscribe(name, room.listener)
  }

  private slowest(name: string): Subscriber | undefined {
    for (const { slow } of this.rooms.get(name)?.members ?? []) if (slow) return slow
    return undefined
  }

  private open(name: string): Room {
    const room: Room = {
      opened: Promise.resolve().then(async () => {
        const head = await this.bus.subscribe(name, room.listener)
        room.epoch = head.epoch
        room.head = Math.max(room.head, head.seq)
      }),
      listener: {
        stored: (entry) => fanOut(room, entry),
        passing: (passing) => passOn(room, passing),
        reset: ({ epoch, seq }) => {
          room.epoch = epoch
          room.head = seq
          for (const member of room.members) member.resync()
        },
      },
      epoch: '',
      head: 0,
      members: new Set(),
      claims: 0,
    }
    this.rooms.set(name, room)
    return room
  }
}

/** The hot path: a message is serialised once, for all subscribers. */
function fanOut(room: Room, entry: Entry): void {
  room.head = entry.seq
  if (room.members.size === 0) return
  const frame = Buffer.from(encodeEntry(entry, false))
  for (const member of room.members) member.deliver(frame)
}

function passOn(room: Room, passing: Passing): void {
  if (room.members.size === 0) return
  const frame = Buffer.from(JSON.stringify(passing.event))
  for (const member of room.members) member.pass(passing, frame)
}

function gap(reason: Gap['reason']): Recovery {
  return { recovered: false, replay: [], gap: { reason } }
}
