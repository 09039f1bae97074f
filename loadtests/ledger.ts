/** The exact account of a run, from what each publisher and each subscription handed over. */
import type { Integrity, Ledger, Publishes } from '../schemas/generated/results.ts'
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
  const accounts = accountsOf(schedule, publishers, subscriptions)
  const expected = sum(accounts, ({ owed }) => owed)
  const delivered = sum(accounts, (account) => account.delivered)
  return {
    expected,
    delivered,
    lost: expected - delivered,
    duplicate: sum(subscriptions, ({ duplicate }) => duplicate),
    reordered: sum(subscriptions, ({ reordered }) => reordered),
    late: sum(subscriptions, ({ late }) => late),
    unexpected:
      sum([...subscriptions, ...publishers], (record) => record.unexpected) + sum(accounts, ({ refused }) => refused),
  }
}

/**
 * Counts what arrived and is not as it should be. A seq under which nothing arrived stands for a message that was lost,
 * or for one that was unexpected: the gaps that neither explains are numbers that the server should not have given.
 * @param malformed frames that could not be taken.
 */
export function integrityOf(
  schedule: Schedule,
  publishers: readonly PublisherRecord[],
  subscriptions: readonly SubscriptionRecord[],
  malformed: number,
): Integrity {
  const unexplained = sum(accountsOf(schedule, publishers, subscriptions), ({ owed, delivered, record }) => {
    const explained = Math.max(0, owed - delivered) + record.unexpected
    return Math.min(record.seq_gaps, Math.max(0, record.seq_missing - explained))
  })
  return {
    malformed,
    misnumbered: sum(subscriptions, ({ seq_taken }) => seq_taken) + unexplained,
    out_of_sender_order: sum(subscriptions, ({ out_of_sender_order }) => out_of_sender_order),
  }
}

interface SubscriptionAccount {
  readonly record: SubscriptionRecord
  readonly owed: number
  readonly delivered: number
  /** Arrivals of messages that the server had refused. */
  readonly refused: number
}

function accountsOf(
  schedule: Schedule,
  publishers: readonly PublisherRecord[],
  subscriptions: readonly SubscriptionRecord[],
): SubscriptionAccount[] {
  const byNumber = new Map(publishers.map((publisher) => [publisher.publisher, publisher]))
  const owedIn = (room: number) =>
    sum(publishersOf(schedule, room), (number) => {
      const publisher = byNumber.get(number)
      return publisher === undefined ? 0 : publisher.due - publisher.refused.length
    })
  const arrivedThoughRefused = (received: Received) => {
    const holes = new Set(received.holes)
    const refused = byNumber.get(received.publisher)?.refused ?? []
    return refused.filter((number) => number < received.next && !holes.has(number)).length
  }
  const owed = Array.from({ length: schedule.rooms }, (_, room) => owedIn(room))
  return subscriptions.map((record) => {
    const refused = sum(record.received, arrivedThoughRefused)
    const arrived = sum(record.received, ({ next, holes }) => next - holes.length)
    return { record, owed: owed[roomOf(schedule, record.subscriber)] ?? 0, delivered: arrived - refused, refused }
  })
}

/**
 * Deliveries that are owed once the first `messages` of the plan were sent, with nothing refused.
 * @param subscribers ready ones, dealt to the rooms in turn.
 */
export function owedAfter(messages: number, schedule: Schedule, subscribers: number): number {
  const { publishers } = schedule
  if (publishers === 0) return 0
  const inRoom = (room: number) => Math.max(0, Math.ceil((subscribers - room) / schedule.rooms))
  const audience = Array.from({ length: publishers }, (_, publisher) => inRoom(roomOf(schedule, publisher)))
  const rounds = Math.floor(messages / publishers)
  return rounds * sum(audience, Number) + sum(audience.slice(0, messages % publishers), Number)
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
