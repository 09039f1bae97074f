/** A subscriber that loses its connection, comes back as a client should, and resumes where it was. */
import type { RestoredRoom, Welcome } from '../../schemas/generated/chat.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import type { Reply } from './chat-socket.ts'
import { MessageReader, type Stamped } from './message-reader.ts'
import { ReturningSocket } from './returning-socket.ts'
import type { Member } from './roster.ts'
import type { Stage } from './stage.ts'
import { giveUp, plannedFor, type Subscriber } from './subscriber.ts'
import { Subscription, type SubscriptionRecord } from './subscription.ts'
import type { Seat } from './vu-messages.ts'

/** What the `ok` to a subscribe and `welcome.rooms` tell of a room, as far as a server keeps to it. */
type Restored = Partial<Pick<RestoredRoom, 'epoch' | 'head_seq' | 'recovered' | 'replay_count'>>

export class ReturningSubscriber implements Subscriber {
  readonly socket: ReturningSocket
  readonly #seat: Seat
  readonly #stage: Stage<PlayedWorkload<'reconnect'>>
  readonly #subscription: Subscription
  readonly #member: Member
  readonly #reader: MessageReader
  #epoch: string | undefined
  /** The last seq of the replay; nothing is replayed at first. */
  #replayedTo = 0

  /** Begins to connect. */
  constructor(seat: Seat, stage: Stage<PlayedWorkload<'reconnect'>>) {
    const { traffic } = stage.share
    this.#seat = seat
    this.#stage = stage
    this.#subscription = new Subscription(seat.number, plannedFor(seat, traffic))
    this.#member = stage.roster.member(seat.role)
    this.#reader = new MessageReader({ ...traffic, room: seat.room })
    this.socket = new ReturningSocket(seat, stage, this.#member, {
      entered: () => this.#subscribe({}, (answer) => this.#begin(answer)),
      returned: (welcome) => this.#resume(welcome),
      positions: () => ({ [seat.room]: this.#position() }),
      frame: (frame, arrivedAt) => {
        const stamped = this.#reader.scan(frame)
        return stamped !== undefined && this.#receive(stamped, arrivedAt)
      },
      message: (message, arrivedAt) => {
        const stamped = this.#reader.read(message)
        if (stamped === undefined) this.#subscription.stray()
        else this.#receive(stamped, arrivedAt)
      },
    })
  }

  /** Whether all that was announced as replay has come. */
  get hasCaughtUp(): boolean {
    return this.#subscription.position >= this.#replayedTo
  }

  missing(): number {
    return this.#member.ready ? this.#subscription.missing : 0
  }

  giveUp(): void {
    giveUp(this.#member, this.socket)
  }

  record(): SubscriptionRecord | undefined {
    return this.#epoch === undefined ? undefined : this.#subscription.record()
  }

  close(): void {
    this.socket.close()
  }

  #position() {
    return { epoch: this.#epoch ?? '', seq: this.#subscription.position }
  }

  #subscribe(more: object, answered: (answer: Restored) => void): void {
    this.socket.command('subscribe', { room: this.#seat.room, ...more }, (reply: Reply) => {
      if (reply.type === 'error') return this.#member.leave(`subscribe answered with ${reply.payload.code}`)
      const answer = reply.payload as Restored
      if (Number.isSafeInteger(answer.head_seq)) answered(answer)
      else this.#member.leave('subscribe answered without a head_seq')
    })
  }

  #begin({ epoch, head_seq }: Restored): void {
    this.#epoch = `${epoch}`
    this.#subscription.startAfter(Number(head_seq))
    this.#member.arrive()
  }

  #resume({ payload }: Welcome): void {
    const restored = payload.rooms.find(({ room }) => room === this.#seat.room)
    if (restored !== undefined && 'head_seq' in restored) this.#judgeRecovery(restored)
    // "Otherwise the server has forgotten the session, though not the rooms."
    else this.#subscribe({ position: this.#position() }, (answer) => this.#judgeRecovery(answer))
  }

  #judgeRecovery({ recovered, replay_count, head_seq = 0, epoch }: Restored): void {
    const { seq } = this.#position()
    const holds = recovered === true && epoch === this.#epoch && replay_count === head_seq - seq
    this.#stage.checks.judge(
      'room_recovered',
      holds,
      () =>
        `${this.socket.who} came from seq ${seq}: head_seq ${head_seq}, recovered ${recovered}, replay_count ${replay_count}`,
    )
    this.#replayedTo = head_seq
    if (this.hasCaughtUp) this.#countCaughtUp()
  }

  #countCaughtUp(): void {
    this.#stage.tally.count('caught_up', this.socket.sinceLoss, this.#stage.now())
  }

  #receive(stamped: Stamped, arrivedAt: number): true {
    const { tally, share, now } = this.#stage
    const latency = arrivedAt - stamped.due
    const at = now()
    tally.count('queue', at - arrivedAt, at)
    if (!this.#subscription.arrived(stamped, latency > share.traffic.late_ms)) return true
    tally.count('delivery', latency, at)
    if (stamped.seq > this.#replayedTo) return true
    tally.count('replay', latency, at)
    if (stamped.seq === this.#replayedTo) this.#countCaughtUp()
    return true
  }
}
