/** A connection that watches who is in its room, and says at the end whether it was told the truth. */
import type { OkPresenceGet, OkSubscribe } from '../../schemas/generated/chat.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { openChat, type Reply } from './chat-socket.ts'
import { churnOf, type Told, toldOf } from './churn.ts'
import { unfit } from './presence-fitness.ts'
import { PresenceView } from './presence-view.ts'
import type { Stage } from './stage.ts'
import { giveUp } from './subscriber.ts'
import type { Seat } from './vu-messages.ts'

type PresenceStage = Stage<PlayedWorkload<'presence'>>

export interface Watcher {
  /** When it subscribes, if that is in the midst of the coming and going; in ms after the start. */
  readonly late_ms: number | undefined
  startsAt(startAt: number): void
  /** Subscribes, where it does so late. */
  look(): void
  /** Users of whom it is still to be told something. */
  awaited(): number
  /** Asks for the list of the present, and judges; resolves when that is done. */
  judge(): Promise<void>
  giveUp(): void
  close(): void
}

/** Every other watcher of a room comes when members do already, in the middle half of the time. */
export function lateOf({ number }: Seat, { rooms, watchers, duration_ms }: PlayedWorkload<'presence'>) {
  const isLate = Math.floor(number / rooms) % 2 === 1
  return isLate ? duration_ms * (0.25 + (0.5 * number) / watchers) : undefined
}

export function watch(seat: Seat, stage: PresenceStage): Watcher {
  const { share, clock, roster, tally, checks } = stage
  const { room } = seat
  const member = roster.member(seat.role)
  const late_ms = lateOf(seat, share.workload)
  const began = clock.now()
  const who = `watcher ${seat.number}`
  let view: PresenceView | undefined
  let isTruncated = false

  const look = () => {
    socket.command('subscribe', { room, presence: true }, (reply) => {
      const { presence } = reply.payload as Partial<OkSubscribe>
      if (presence === undefined) return member.leave('subscribe was answered without presence')
      view?.snapshot(presence.users)
      isTruncated ||= presence.truncated
      member.arrive()
    })
  }
  const socket = openChat({ ...seat, origin: share.origin }, stage, {
    welcome({ payload }, arrivedAt) {
      tally.count('connect', arrivedAt - began, clock.now())
      const fault = unfit(payload, share.workload)
      if (fault !== undefined) return member.leave(fault)
      view = new PresenceView(expectedIn(seat, stage, payload.limits.presence_grace_ms), late_ms === undefined)
      if (late_ms === undefined) look()
      else member.arrive()
    },
    message({ payload }) {
      view?.excuse(payload.from.id)
    },
    event(event, arrivedAt) {
      if (event.type !== 'presence') return
      const now = clock.now()
      tally.count('queue', now - arrivedAt, now)
      const told = view?.event(event.payload, arrivedAt)
      if (told !== undefined) tally.count(told.by, told.latency, now)
    },
    lost: member.leave,
  })
  const compare = (reply: Reply) => {
    if (reply.type === 'error') return checks.judge('lists_agree', false, () => `${who}: ${reply.payload.code}`)
    const { users, truncated } = reply.payload as OkPresenceGet
    if (truncated || isTruncated) return roster.note('more are present than presence_max: their list says nothing')
    const difference = view?.disagreement(users) ?? ''
    checks.judge('lists_agree', difference === '', () => `${who}: ${difference}`)
  }
  return {
    late_ms,
    startsAt: (startAt) => view?.startsAt(startAt),
    look,
    awaited: () => (member.ready ? (view?.awaited ?? 0) : 0),
    async judge() {
      if (!member.ready || view === undefined) return
      for (const { id, untrue, missed } of view.findings()) {
        checks.judge('told_only_what_is', untrue.length === 0, () => `${who} was told of ${id}: ${untrue[0]}`)
        if (late_ms === undefined)
          checks.judge('nobody_is_missed', missed === 0, () => `${who} was not told ${missed} times of ${id}`)
      }
      await new Promise<void>((resolve) => {
        const isAsked = socket.command('presence_get', { room }, (reply) => {
          compare(reply)
          resolve()
        })
        if (!isAsked) resolve()
      })
    },
    giveUp: () => giveUp(member, socket),
    close: () => socket.close(),
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
