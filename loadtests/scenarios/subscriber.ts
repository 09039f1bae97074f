/** A connection that is subscribed to one room and keeps the record of what it receives. */
import { type ChatSocket, openChat } from './chat-socket.ts'
import type { Clock } from './clock.ts'
import type { Roster } from './roster.ts'
import { messagesOf, publishersOf, roomOf } from './schedule.ts'
import { readStamp, type Stamped, scanFrame } from './stamp.ts'
import { Subscription, type SubscriptionRecord } from './subscription.ts'
import type { Tally } from './tally.ts'
import type { Seat, Share } from './vu-messages.ts'

/** What all connections of a VU share. */
export interface Stage {
  readonly share: Share
  readonly clock: Clock
  readonly roster: Roster
  readonly tally: Tally
}

export interface Subscriber {
  /** Messages that may still come. */
  missing(): number
  /** Gives up on a connection that is not ready by now. */
  giveUp(): void
  /** What it received; undefined where it was never subscribed. */
  record(): SubscriptionRecord | undefined
  close(): void
}

export function subscribe(seat: Seat, { share, clock, roster, tally }: Stage): Subscriber {
  const subscription = new Subscription(seat.number, plannedFor(seat, share))
  const member = roster.member('subscriber')
  const began = clock.now()
  let subscribed = false

  const receive = (stamped: Stamped, arrivedAt: number) => {
    const latency = arrivedAt - stamped.due
    const now = clock.now()
    tally.count('queue', now - arrivedAt, now)
    if (subscription.arrived(stamped, latency > share.late_ms)) tally.count('delivery', latency, now)
    return true
  }
  const socket: ChatSocket = openChat({ ...seat, origin: share.origin }, clock, {
    welcome(_welcome, arrivedAt) {
      tally.count('connect', arrivedAt - began, clock.now())
      socket.command('subscribe', { room: seat.room }, (reply) => {
        if (reply.type === 'error') return member.leave(`subscribe answered with ${reply.payload.code}`)
        subscribed = true
        member.arrive()
      })
    },
    frame(frame, arrivedAt) {
      const stamped = scanFrame(frame)
      return stamped !== undefined && receive(stamped, arrivedAt)
    },
    message(message, arrivedAt) {
      const stamped = readStamp(message)
      if (stamped === undefined) subscription.stray()
      else receive(stamped, arrivedAt)
    },
    lost: member.leave,
  })
  return {
    missing: () => (member.ready ? subscription.missing : 0),
    giveUp: () => giveUp(member, socket),
    record: () => (subscribed ? subscription.record() : undefined),
    close: socket.close,
  }
}

/** Ends a connection that did not get ready in time. */
export function giveUp(member: ReturnType<Roster['member']>, socket: ChatSocket): void {
  if (member.ready) return
  member.leave('not ready in time')
  socket.close()
}

function plannedFor({ number }: Seat, { schedule }: Share): Map<number, number> {
  const publishers = publishersOf(schedule, roomOf(schedule, number))
  return new Map(publishers.map((publisher) => [publisher, messagesOf(schedule, publisher)]))
}
