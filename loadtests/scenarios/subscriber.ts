/** A connection that is subscribed to one room and keeps the record of what it receives. */
import type { OkSubscribe } from '../../schemas/generated/chat.ts'
import { type ChatEvents, type ChatSocket, openChat } from './chat-socket.ts'
import { MessageReader, type Stamped } from './message-reader.ts'
import type { Member } from './roster.ts'
import { messagesOf, publishersOf, roomOf } from './schedule.ts'
import type { Stage } from './stage.ts'
import { Subscription, type SubscriptionRecord } from './subscription.ts'
import type { Seat, Traffic } from './vu-messages.ts'

export interface Subscriber {
  /** Messages that may still come. */
  missing(): number
  /** Gives up on a connection that is not ready by now. */
  giveUp(): void
  /** What it received; undefined where it was never subscribed. */
  record(): SubscriptionRecord | undefined
  close(): void
}

/** Hears of a subscriber's connection, too. */
export interface SubscriberListener extends Partial<Pick<ChatEvents, 'opened' | 'welcome'>> {
  /** Answers whether the end is to be held against nobody. */
  lost?(...end: Parameters<ChatEvents['lost']>): boolean
}

export function subscribe(
  seat: Seat,
  stage: Stage,
  listener: SubscriberListener = {},
): Subscriber & Pick<ChatSocket, 'command'> {
  const { share, clock, roster, tally } = stage
  const { traffic } = share
  const reader = new MessageReader({ ...traffic, room: seat.room })
  const subscription = new Subscription(seat.number, plannedFor(seat, traffic))
  const member = roster.member(seat.role)
  const began = clock.now()
  let subscribed = false

  const receive = (stamped: Stamped, arrivedAt: number) => {
    const latency = arrivedAt - stamped.due
    const now = clock.now()
    tally.count('queue', now - arrivedAt, now)
    if (subscription.arrived(stamped, latency > traffic.late_ms)) tally.count('delivery', latency, now)
    return true
  }
  const socket: ChatSocket = openChat({ ...seat, origin: share.origin }, stage, {
    opened: (at) => listener.opened?.(at),
    welcome(welcome, arrivedAt) {
      listener.welcome?.(welcome, arrivedAt)
      tally.count('connect', arrivedAt - began, clock.now())
      socket.command('subscribe', { room: seat.room }, (reply) => {
        if (reply.type === 'error') return member.leave(`subscribe answered with ${reply.payload.code}`)
        const { head_seq } = reply.payload as Partial<OkSubscribe>
        if (!Number.isSafeInteger(head_seq)) return member.leave('subscribe answered without a head_seq')
        subscription.startAfter(Number(head_seq))
        subscribed = true
        member.arrive()
      })
    },
    frame(frame, arrivedAt) {
      const stamped = reader.scan(frame)
      return stamped !== undefined && receive(stamped, arrivedAt)
    },
    message(message, arrivedAt) {
      const stamped = reader.read(message)
      if (stamped === undefined) subscription.stray()
      else receive(stamped, arrivedAt)
    },
    lost(reason, code, at) {
      if (listener.lost?.(reason, code, at)) member.dismiss()
      else member.leave(reason)
    },
  })
  return {
    command: (...command) => socket.command(...command),
    missing: () => (member.ready ? subscription.missing : 0),
    giveUp: () => giveUp(member, socket),
    record: () => (subscribed ? subscription.record() : undefined),
    close: () => socket.close(),
  }
}

/** Ends a connection that did not get ready in time. */
export function giveUp(member: Member, socket: ChatSocket): void {
  if (member.ready) return
  member.leave('not ready in time')
  socket.close()
}

/** How many messages each publisher of its room is to send. */
export function plannedFor({ number }: Seat, { schedule }: Traffic): Map<number, number> {
  const publishers = publishersOf(schedule, roomOf(schedule, number))
  return new Map(publishers.map((publisher) => [publisher, messagesOf(schedule, publisher)]))
}
