/** A connection that watches who is in its room, and says at the end whether it was told the truth. */
import type { OkPresenceGet, OkSubscribe, ServerMessage, Welcome } from '../../schemas/generated/chat.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { type ChatSocket, openChat, type Reply } from './chat-socket.ts'
import { churnOf, type Told, toldOf } from './churn.ts'
import { unfit } from './presence-fitness.ts'
import { PresenceView } from './presence-view.ts'
import type { Member } from './roster.ts'
import type { Stage } from './stage.ts'
import { giveUp } from './subscriber.ts'
import type { Seat } from './vu-messages.ts'

type PresenceStage = Stage<PlayedWorkload<'presence'>>

/** Every other watcher of a room comes when members do already, in the middle half of the time. */
export function lateOf({ number }: Seat, { rooms, watchers, duration_ms }: PlayedWorkload<'presence'>) {
  const isLate = Math.floor(number / rooms) % 2 === 1
  return isLate ? duration_ms * (0.25 + (0.5 * number) / watchers) : undefined
}

export class Watcher {
  /** When it subscribes, if that is in the midst of the coming and going; in ms after the start. */
  readonly late_ms: number | undefined
  readonly #seat: Seat
  readonly #stage: PresenceStage
  readonly #member: Member
  readonly #socket: ChatSocket
  readonly #began: number
  #view: PresenceView | undefined
  #isTruncated = false

  /** Begins to connect. */
  constructor(seat: Seat, stage: PresenceStage) {
    this.late_ms = lateOf(seat, stage.share.workload)
    this.#seat = seat
    this.#stage = stage
    this.#member = stage.roster.member(seat.role)
    this.#began = stage.now()
    this.#socket = openChat({ ...seat, origin: stage.share.origin }, stage, {
      welcome: (welcome, arrivedAt) => this.#welcomed(welcome, arrivedAt),
      message: ({ payload }) => this.#view?.excuse(payload.from.id),
      event: (event, arrivedAt) => this.#told(event, arrivedAt),
      lost: this.#member.leave,
    })
  }

  startsAt(startAt: number): void {
    this.#view?.startsAt(startAt)
  }

  /** Subscribes; to be called where it does so late. */
  look(): void {
    this.#socket.command('subscribe', { room: this.#seat.room, presence: true }, (reply) => {
      const { presence } = reply.payload as Partial<OkSubscribe>
      if (presence === undefined) return this.#member.leave('subscribe was answered without presence')
      this.#view?.snapshot(presence.users)
      this.#isTruncated ||= presence.truncated
      this.#member.arrive()
    })
  }

  /** Users of whom it is still to be told something. */
  awaited(): number {
    return this.#member.ready ? (this.#view?.awaited ?? 0) : 0
  }

  /** Asks for the list of the present, and judges; resolves when that is done. */
  async judge(): Promise<void> {
    if (!this.#member.ready || this.#view === undefined) return
    this.#judgeEvents(this.#view)
    await this.#judgeList(this.#view)
  }

  giveUp(): void {
    giveUp(this.#member, this.#socket)
  }

  close(): void {
    this.#socket.close()
  }

  #welcomed({ payload }: Welcome, arrivedAt: number) {
    const { tally, share, now } = this.#stage
    tally.count('connect', arrivedAt - this.#began, now())
    const fault = unfit(payload, share.workload)
    if (fault !== undefined) return this.#member.leave(fault)
    const expected = expectedIn(this.#seat, this.#stage, payload.limits.presence_grace_ms)
    this.#view = new PresenceView(expected, this.late_ms === undefined)
    if (this.late_ms === undefined) this.look()
    else this.#member.arrive()
  }

  #told(event: ServerMessage, arrivedAt: number) {
    if (event.type !== 'presence') return
    const { tally, now } = this.#stage
    const at = now()
    tally.count('queue', at - arrivedAt, at)
    const told = this.#view?.event(event.payload, arrivedAt)
    if (told !== undefined) tally.count(told.by, told.latency, at)
  }

  #judgeEvents(view: PresenceView): void {
    const { checks } = this.#stage
    for (const { id, untrue, missed } of view.findings()) {
      checks.judge('told_only_what_is', untrue.length === 0, () => `${this.#who} was told of ${id}: ${untrue[0]}`)
      if (this.late_ms === undefined)
        checks.judge('nobody_is_missed', missed === 0, () => `${this.#who} was not told ${missed} times of ${id}`)
    }
  }

  /** Resolves when the list has come, or cannot be asked for. */
  #judgeList(view: PresenceView): Promise<void> {
    return new Promise((resolve) => {
      const isAsked = this.#socket.command('presence_get', { room: this.#seat.room }, (reply) => {
        this.#compare(reply, view)
        resolve()
      })
      if (!isAsked) resolve()
    })
  }

  #compare(reply: Reply, view: PresenceView) {
    const { checks, roster } = this.#stage
    if (reply.type === 'error') return checks.judge('lists_agree', false, () => `${this.#who}: ${reply.payload.code}`)
    const { users, truncated } = reply.payload as OkPresenceGet
    if (truncated || this.#isTruncated)
      return roster.note('more are present than presence_max: their list says nothing')
    const difference = view.disagreement(users) ?? ''
    checks.judge('lists_agree', difference === '', () => `${this.#who}: ${difference}`)
  }

  get #who(): string {
    return `watcher ${this.#seat.number}`
  }
}

/** What is to be told of all who are ever in the room: of watchers only that they come. */
function expectedIn({ room }: Seat, { share }: PresenceStage, grace_ms: number): Map<string, readonly Told[]> {
  const { workload, traffic } = share
  const { rooms, watchers, members } = workload
  const prefix = traffic.sender_prefix
  const numberOfRoom = Number(room.slice(prefix.length))
  const churn = churnOf(workload)
  const ofRoom = (all: number) =>
    Array.from({ length: all }, (_, number) => number).filter((n) => n % rooms === numberOfRoom)
  const arrival: readonly Told[] = [{ event: 'join', by: 'join', due_ms: Number.NEGATIVE_INFINITY }]
  return new Map<string, readonly Told[]>([
    ...ofRoom(watchers).map((number) => [`${prefix}w${number}`, arrival] as const),
    ...ofRoom(members).map((number) => [`${prefix}m${number}`, toldOf(churn, number, grace_ms)] as const),
  ])
}
