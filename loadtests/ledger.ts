/** The exact account of a run, from what each publisher and each subscription handed over. */
import type { Ledger, Publishes } from '../schemas/generated/results.ts'
import { publishersOf, roomOf, type Schedule } from './scenarios/schedule.ts'
import type { Received, SubscriptionRecord } from './scenarios/subscription.ts'
import type { PublisherRecord } from './scenarios/vu-messages.ts'

/** What became of the messages whose time came: a publisher that is gone leaves them unanswered. */
export function publishesOf(publishers: readonly PublisherRecord[]): Publishes {
  const scheduled = sum(publishers, ({ due }) => due)
  const accepted = sum(publishers, (publisher) => publisher.accepted)
  const refused = sum(publishers, (publisher) => publisher.refused.length)
  return {
    scheduled,
    sent: sum(publishers, ({ sent }) => sent),
    accepted,
    refused,
    unanswered: scheduled - accepted - refused,
  }
}

/**
 * Counts deliveries: each subscription is owed every message that came due in its room and was not refused, until the
 * planned end, whatever became of its connection. A refused message that arrives all the same is unexpected.
 */
export function ledgerOf(
  schedule: Schedule,
  publishers: readonly PublisherRecord[],
  subscriptions: readonly SubscriptionRecord[],
): Ledger {
  const byNumber = new Map(publishers.map((publisher) => [publisher.publisher, publisher]))
  const owed = (room: number) =>
    sum(publishersOf(schedule, room), (number) => {
      const publisher = byNumber.get(number)
      return publisher === undefined ? 0 : publisher.due - publisher.refused.length
    })
  const arrivedThoughRefused = (received: Received) => {
    const holes = new Set(received.holes)
    const refused = byNumber.get(received.publisher)?.refused ?? []
    return refused.filter((number) => number < received.next && !holes.has(number)).length
  }
  const all = subscriptions.flatMap(({ received }) => received)
  const expected = sum(subscriptions, ({ subscriber }) => owed(roomOf(schedule, subscriber)))
  const refusedArrivals = sum(all, arrivedThoughRefused)
  const delivered = sum(all, ({ next, holes }) => next - holes.length) - refusedArrivals
  return {
    expected,
    delivered,
    lost: expected - delivered,
    duplicate: sum(subscriptions, ({ duplicate }) => duplicate),
    reordered: sum(subscriptions, ({ reordered }) => reordered),
    late: sum(subscriptions, ({ late }) => late),
    unexpected: sum(subscriptions, ({ unexpected }) => unexpected) + refusedArrivals,
  }
}

/**
 * Deliveries that are owed once the first `messages` of the plan were sent, with nothing refused.
 * @param subscribers ready ones, dealt to the rooms in turn.
 */
export function owedAfter(messages: number, schedule: Schedule, subscribers: number): number {
  const { publishers } = schedule
  const inRoom = (room: number) => Math.max(0, Math.ceil((subscribers - room) / schedule.rooms))
  const audience = Array.from({ length: publishers }, (_, publisher) => inRoom(roomOf(schedule, publisher)))
  const rounds = Math.floor(messages / publishers)
  return rounds * sum(audience, Number) + sum(audience.slice(0, messages % publishers), Number)
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
