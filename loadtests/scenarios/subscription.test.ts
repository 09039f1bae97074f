import t from 'tap'
import type { Stamped } from './message-reader.ts'
import { Subscription } from './subscription.ts'

/** Arrivals as `number` or `[number, seq]` of publisher 0; the seq is the number + 1 unless given. */
type Arrival = number | readonly [number: number, seq: number]
const stamp = (arrival: Arrival): Stamped => {
  const [number, seq] = typeof arrival === 'number' ? [arrival, arrival + 1] : arrival
  return { publisher: 0, number, due: 0, seq }
}

const NOTHING = {
  next: 5,
  holes: [],
  duplicate: 0,
  reordered: 0,
  sender: 0,
  taken: 0,
  gaps: 0,
  unexpected: 0,
  missing: 0,
}
const ROWS: readonly (readonly [
  title: string,
  arrivals: readonly Arrival[],
  record: Partial<typeof NOTHING> | object,
])[] = [
  ['all in order', [0, 1, 2, 3, 4], {}],
  ['one lost in the middle', [0, 1, 3, 4], { holes: [2], missing: 1, gaps: 1 }],
  ['the last ones lost', [0, 1], { next: 2, missing: 3 }],
  ['nothing at all', [], { next: 0, missing: 5 }],
  ['one twice', [0, 1, 1, 2, 3, 4], { duplicate: 1 }],
  ['one three times, the last one late', [0, 1, 1, 2, 3, 4, 1], { duplicate: 2 }],
  ['one twice under a new seq', [0, 1, 2, [2, 4], [3, 5], [4, 6]], { duplicate: 1 }],
  ['two swapped', [0, 2, 1, 3, 4], { reordered: 1 }],
  ['two swapped and numbered in the order of arrival', [0, [2, 2], [1, 3], 3, 4], { sender: 1 }],
  ['one seq for all', [0, [1, 1], [2, 1], [3, 1], [4, 1]], { taken: 4 }],
  ['a seq that another had before', [0, 1, 2, [3, 2], [4, 4]], { taken: 1 }],
  [
    'seqs with gaps',
    [
      [0, 1000],
      [1, 2000],
      [2, 3000],
      [3, 4000],
      [4, 5000],
    ],
    { gaps: 5 },
  ],
  [
    'a seq from before the subscription',
    [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ],
    { taken: 1 },
  ],
  ['the first one last', [1, 2, 3, 4, 0], { reordered: 1 }],
  ['all in reverse', [4, 3, 2, 1, 0], { reordered: 4 }],
  ['a copy that comes before what it overtook', [0, 2, 2, 1, 3, 4], { duplicate: 1, reordered: 1 }],
  ['one that was never planned', [0, 1, 2, 3, 4, 5], { unexpected: 1 }],
]
for (const [title, arrivals, record] of ROWS) {
  t.test(`a subscription keeps account of ${title}`, async (t) => {
    const subscription = new Subscription(7, new Map([[0, 5]]))
    for (const arrival of arrivals) subscription.arrived(stamp(arrival), false)
    const { received, duplicate, reordered, unexpected, ...more } = subscription.record()
    const [stream] = received
    const { missing } = subscription
    t.same(
      {
        next: stream?.next,
        holes: stream?.holes,
        duplicate,
        reordered,
        sender: more.out_of_sender_order,
        taken: more.seq_taken,
        gaps: more.seq_gaps,
        unexpected,
        missing,
      },
      { ...NOTHING, ...record },
    )
  })
}

t.test('publishers are told apart, and those of other rooms are unexpected', async (t) => {
  const subscription = new Subscription(
    7,
    new Map([
      [0, 1],
      [2, 1],
    ]),
  )
  const first = (publisher: number) => ({ publisher, number: 0, due: 0, seq: publisher + 1 })
  t.equal(subscription.arrived(first(0), false), true)
  t.equal(subscription.arrived(first(2), true), true)
  t.equal(subscription.arrived(first(1), false), false)
  t.match(subscription.record(), { subscriber: 7, late: 1, unexpected: 1, duplicate: 0 })
})

t.test('a subscription goes on from the head of its room', async (t) => {
  const subscription = new Subscription(7, new Map([[0, 2]]))
  subscription.startAfter(41)
  subscription.arrived({ publisher: 0, number: 0, due: 0, seq: 42 }, false)
  subscription.arrived({ publisher: 0, number: 1, due: 0, seq: 41 }, false)
  t.match(subscription.record(), { seq_missing: 0, seq_gaps: 0, seq_taken: 1 })
})
