import t from 'tap'
import type { Told } from './churn.ts'
import { PresenceView } from './presence-view.ts'

const EVER = Number.NEGATIVE_INFINITY
const told: readonly Told[] = [
  { event: 'join', by: 'join', due_ms: 100 },
  { event: 'leave', by: 'leave', due_ms: 500 },
  { event: 'join', by: 'join', due_ms: 700 },
]
const watchers: readonly Told[] = [{ event: 'join', by: 'join', due_ms: EVER }]
const seen = (id: string, rev: number) => ({ user: { id }, rev })
const event = (id: string, name: string, rev: number) => ({ ...seen(id, rev), event: name })

function begun(isWhole = true): PresenceView {
  const view = new PresenceView(
    new Map([
      ['m', told],
      ['w', watchers],
    ]),
    isWhole,
  )
  view.snapshot([seen('w', 1)])
  view.startsAt(1000)
  return view
}

const FLAWLESS = [
  { id: 'm', untrue: [], missed: 0 },
  { id: 'w', untrue: [], missed: 0 },
]

t.test('a room of which everything is told once and in time is as it should be', async (t) => {
  const view = begun()
  t.same(view.event(event('m', 'join', 2), 1103), { by: 'join', latency: 3 })
  t.equal(view.awaited, 1)
  t.same(view.event(event('m', 'leave', 3), 1510), { by: 'leave', latency: 10 })
  t.same(view.event(event('m', 'join', 4), 1700), { by: 'join', latency: 0 })
  t.equal(view.awaited, 0)
  t.same(view.findings(), FLAWLESS)
  t.equal(view.disagreement([seen('w', 1), seen('m', 4)]), '')
})

type Step = readonly [name: string, rev: number, at: number]
const FAULTS: readonly (readonly [title: string, steps: readonly Step[], untrue: readonly string[], missed: number])[] =
  [
    [
      'a flicker',
      [
        ['join', 2, 1100],
        ['leave', 3, 1300],
        ['join', 4, 1301],
        ['leave', 5, 1500],
        ['join', 6, 1700],
      ],
      ['leave at 300 ms', 'join at 301 ms'],
      0,
    ],
    [
      'a second join',
      [
        ['join', 2, 1100],
        ['join', 3, 1300],
        ['leave', 4, 1500],
        ['join', 5, 1700],
      ],
      ['join at 300 ms'],
      0,
    ],
    [
      'a copy',
      [
        ['join', 2, 1100],
        ['leave', 3, 1500],
        ['leave', 3, 1501],
        ['join', 4, 1700],
      ],
      ['leave under rev 3, which is not above 3'],
      0,
    ],
    [
      'a leave that is not told',
      [
        ['join', 2, 1100],
        ['join', 3, 1700],
      ],
      [],
      1,
    ],
    ['an end that is not told', [['join', 2, 1100]], [], 2],
  ]
for (const [title, steps, untrue, missed] of FAULTS) {
  t.test(`${title} is found, and nothing else is`, async (t) => {
    const view = begun()
    for (const [name, rev, at] of steps) view.event(event('m', name, rev), at)
    t.same(view.findings(), [{ id: 'm', untrue, missed }, FLAWLESS[1]])
  })
}

t.test('watchers come before the start, and members do not', async (t) => {
  const view = new PresenceView(
    new Map([
      ['m', told],
      ['w', watchers],
    ]),
    true,
  )
  t.equal(view.event(event('w', 'join', 1), 500), undefined)
  t.equal(view.event(event('m', 'join', 2), 501), undefined)
  t.match(view.findings(), [{ id: 'm', untrue: [/join/] }, FLAWLESS[1]])
})

t.test('of a user with whom the generator was late nothing is held against the server', async (t) => {
  const view = begun()
  view.event(event('m', 'leave', 2), 1100)
  view.excuse('m')
  t.same(view.findings(), [FLAWLESS[1]])
  t.equal(view.awaited, 0)
  t.equal(view.disagreement([seen('w', 1)]), '')
})

t.test('who comes later holds no event against the schedule, but against its rev', async (t) => {
  const view = begun(false)
  view.event(event('m', 'leave', 2), 1700)
  view.event(event('m', 'join', 2), 1701)
  t.same(view.findings()[0], { id: 'm', untrue: ['join under rev 2, which is not above 2'], missed: 0 })
  t.equal(view.awaited, 0)
})

t.test('a list that lacks one, has one twice, or has a stranger does not agree', async (t) => {
  const view = begun()
  for (const [name, rev, at] of [
    ['join', 2, 1100],
    ['leave', 3, 1500],
    ['join', 4, 1700],
  ] as const)
    view.event(event('m', name, rev), at)
  t.equal(view.disagreement([seen('w', 1)]), 'm is there, not listed and told so')
  t.equal(view.disagreement([seen('w', 1), seen('m', 4), seen('m', 4)]), '1 are listed twice')
  t.equal(view.disagreement([seen('w', 1), seen('m', 4), seen('x', 4)]), '1 are of another room')
})
