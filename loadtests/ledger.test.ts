import t from 'tap'
import type { Integrity, Ledger } from '../schemas/generated/results.ts'
import { integrityOf, ledgerOf, owedAfter, publishesOf } from './ledger.ts'
import type { Schedule } from './scenarios/schedule.ts'
import type { Received, SubscriptionRecord } from './scenarios/subscription.ts'
import type { PublisherRecord } from './scenarios/vu-messages.ts'

/** Two rooms, a publisher in each, five messages of each. */
const schedule: Schedule = { messages: 10, publishers: 2, rooms: 2, interval_ms: 10 }
const publisher = (number: number, changed: Partial<PublisherRecord> = {}): PublisherRecord => ({
  publisher: number,
  due: 5,
  sent: 5,
  accepted: 5,
  refused: [],
  unexpected: 0,
  ...changed,
})
const subscription = (subscriber: number, received: Partial<Received>, changed: Partial<SubscriptionRecord> = {}) => ({
  subscriber,
  received: [{ publisher: subscriber % 2, next: 5, holes: [], ...received }],
  duplicate: 0,
  reordered: 0,
  out_of_sender_order: 0,
  seq_taken: 0,
  seq_missing: 0,
  seq_gaps: 0,
  late: 0,
  unexpected: 0,
  ...changed,
})

interface Row {
  readonly title: string
  readonly publishers?: readonly PublisherRecord[]
  readonly subscriptions: readonly SubscriptionRecord[]
  readonly ledger: Partial<Ledger>
}
const ROWS: readonly Row[] = [
  {
    title: 'each subscription is owed what is published in its own room',
    subscriptions: [subscription(0, {}), subscription(1, {}), subscription(2, {})],
    ledger: { expected: 15, delivered: 15 },
  },
  {
    title: 'a hole and what is missing at the end are lost',
    subscriptions: [subscription(0, { next: 4, holes: [1] })],
    ledger: { expected: 5, delivered: 3, lost: 2 },
  },
  {
    title: 'a subscription that was cut off is owed the rest all the same',
    subscriptions: [subscription(0, { next: 0 })],
    ledger: { expected: 5, delivered: 0, lost: 5 },
  },
  {
    title: 'a message that was sent and never answered is owed',
    publishers: [publisher(0, { accepted: 4 })],
    subscriptions: [subscription(0, { next: 4 })],
    ledger: { expected: 5, delivered: 4, lost: 1 },
  },
  {
    title: 'a message that could not be sent because the connection was gone is owed',
    publishers: [publisher(0, { sent: 2, accepted: 2 })],
    subscriptions: [subscription(0, { next: 2 })],
    ledger: { expected: 5, delivered: 2, lost: 3 },
  },
  {
    title: 'a message that was refused is owed to nobody',
    publishers: [publisher(0, { accepted: 3, refused: [1, 4] })],
    subscriptions: [subscription(0, { next: 4, holes: [1] })],
    ledger: { expected: 3, delivered: 3 },
  },
  {
    title: 'a message that was refused and arrives all the same is unexpected, and makes up for no other',
    publishers: [publisher(0, { accepted: 4, refused: [1] })],
    subscriptions: [subscription(0, { holes: [2] })],
    ledger: { expected: 4, delivered: 3, lost: 1, unexpected: 1 },
  },
  {
    title: 'a message that reaches a publisher, which subscribed to nothing, is unexpected',
    publishers: [publisher(0, { unexpected: 2 })],
    subscriptions: [subscription(0, {})],
    ledger: { expected: 5, delivered: 5, unexpected: 2 },
  },
  {
    title: 'what was not due when the run was called off is owed to nobody',
    publishers: [publisher(0, { due: 2, sent: 2, accepted: 2 })],
    subscriptions: [subscription(0, { next: 2 })],
    ledger: { expected: 2, delivered: 2 },
  },
  {
    title: 'copies, disorder, lateness and strays are summed',
    subscriptions: [
      subscription(0, {}, { duplicate: 1, reordered: 2, late: 3, unexpected: 4 }),
      subscription(1, {}, { duplicate: 10, reordered: 20, late: 30, unexpected: 40 }),
    ],
    ledger: { expected: 10, delivered: 10, duplicate: 11, reordered: 22, late: 33, unexpected: 44 },
  },
]
const NOTHING: Ledger = { expected: 0, delivered: 0, lost: 0, duplicate: 0, reordered: 0, late: 0, unexpected: 0 }
for (const { title, publishers = [publisher(0), publisher(1)], subscriptions, ledger } of ROWS) {
  t.test(title, async (t) => t.same(ledgerOf(schedule, publishers, subscriptions), { ...NOTHING, ...ledger }))
}

const INTEGRITY: readonly (readonly [
  title: string,
  subscription: SubscriptionRecord,
  integrity: Partial<Integrity>,
  publisher?: PublisherRecord,
])[] = [
  [
    'a gap in seq is explained by a lost message',
    subscription(0, { next: 5, holes: [1] }, { seq_missing: 1, seq_gaps: 1 }),
    {},
  ],
  ['a gap in seq is explained by a stray', subscription(0, {}, { unexpected: 1, seq_missing: 1, seq_gaps: 1 }), {}],
  [
    'a gap in seq is not explained by a refused message',
    subscription(0, { holes: [1] }, { seq_missing: 1, seq_gaps: 1 }),
    { misnumbered: 1 },
    publisher(0, { accepted: 4, refused: [1] }),
  ],
  ['each gap counts once, however wide', subscription(0, {}, { seq_missing: 4995, seq_gaps: 5 }), { misnumbered: 5 }],
  [
    'only what lost messages leave over counts',
    subscription(0, { holes: [1, 2] }, { seq_missing: 3, seq_gaps: 3 }),
    { misnumbered: 1 },
  ],
  [
    'a seq that was taken and a disorder of the sender are summed',
    subscription(0, {}, { seq_taken: 4, out_of_sender_order: 2 }),
    { misnumbered: 4, out_of_sender_order: 2 },
  ],
]
for (const [title, record, integrity, refusing = publisher(0)] of INTEGRITY) {
  t.test(title, async (t) => {
    const counted = integrityOf(schedule, [refusing, publisher(1)], [record], 7)
    t.same(counted, { malformed: 7, misnumbered: 0, out_of_sender_order: 0, ...integrity })
  })
}

t.test('what was scheduled was accepted, refused or left unanswered', async (t) => {
  const publishers = [publisher(0, { sent: 4, accepted: 2, refused: [3] }), publisher(1)]
  t.same(publishesOf(publishers), { scheduled: 10, sent: 9, accepted: 7, refused: 1, unanswered: 2 })
})

t.test('what is owed so far grows with each message by the audience of its room', async (t) => {
  t.same(
    [0, 1, 2, 3, 10].map((messages) => owedAfter(messages, schedule, 5)),
    [0, 3, 5, 8, 25],
  )
})
