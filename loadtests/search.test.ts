import t from 'tap'
import type { SearchAnswer, SearchProbe } from '../schemas/generated/results.ts'
import { answerOfDead, answerSoFar, nextProbe, type SearchSettings } from './search.ts'

type ProbeOutcome = SearchProbe['outcome']

const SETTINGS: SearchSettings = { start: 20, least: 1, most: 1_000_000, step: 1, resolution: 0.05, holds: 3 }

/** Plays the search against a simulated server, which answers to a value and the number of the run. */
function search(server: (value: number, run: number) => ProbeOutcome, settings: Partial<SearchSettings> = {}) {
  const history: SearchProbe[] = []
  const phases: string[] = []
  while (history.length < 200) {
    const step = nextProbe(history, { ...SETTINGS, ...settings })
    if ('answer' in step) return { answer: step.answer, phases, probes: history.map(({ value }) => value) }
    phases.push(step.phase)
    history.push({ value: step.probe, outcome: server(step.probe, history.length) })
  }
  throw new Error('the search does not end')
}

/** Repeatable noise: mulberry32, 0 to 1. */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const ROWS: readonly (readonly [
  sentence: string,
  server: (value: number) => ProbeOutcome,
  answer: Partial<SearchAnswer> & { readonly from: number; readonly to: number },
  settings?: Partial<SearchSettings>,
])[] = [
  [
    'a sharp knee is found to the resolution',
    (value) => (value <= 700 ? 'held' : 'broke'),
    { outcome: 'found', from: 665, to: 700, holds: 3, runs: 3 },
  ],
  [
    'a knee far below the first probe is found',
    (value) => (value <= 13 ? 'held' : 'broke'),
    { outcome: 'found', from: 13, to: 13 },
    { start: 5000 },
  ],
  [
    'a server that never breaks holds at least the most that may be asked',
    () => 'held',
    { outcome: 'at_least', from: 1000, to: 1000 },
    { most: 1000 },
  ],
  ['a server that breaks at once has no capacity', () => 'broke', { outcome: 'none', from: 0, to: 0, holds: 0 }],
  [
    'a generator that is the limit is not taken for the server',
    (value) => (value <= 300 ? 'held' : 'unjudged'),
    { outcome: 'at_least', from: 285, to: 300 },
  ],
  [
    'a knee below the limit of the generator is found all the same',
    (value) => (value <= 90 ? 'held' : value < 400 ? 'broke' : 'unjudged'),
    { outcome: 'found', from: 86, to: 90 },
    { start: 300 },
  ],
  ['a generator that can do nothing finds nothing', () => 'unjudged', { outcome: 'none', from: 0, to: 0 }],
]
for (const [sentence, server, { from, to, ...expected }, settings] of ROWS)
  t.test(sentence, async (t) => {
    const { answer } = search(server, settings)
    t.match(answer, expected)
    t.ok(answer.value >= from && answer.value <= to, `${answer.value} lies in ${from} to ${to}`)
  })

t.test('it brackets, repeats what broke, closes in and confirms, in this order', async (t) => {
  const { phases, probes } = search((value) => (value <= 30 ? 'held' : 'broke'), { resolution: 0.2 })
  t.same(probes, [20, 40, 40, 28, 33, 33, 28, 28])
  t.same(phases, ['bracket', 'bracket', 'repeat', 'bisect', 'bisect', 'repeat', 'confirm', 'confirm'])
})

t.test('one broken run is chance: the value is probed again, and the answer says how often it held', async (t) => {
  const { answer } = search((value, run) => (value <= 40 && run !== 0 ? 'held' : 'broke'), { start: 40 })
  t.match(answer, { outcome: 'found', value: 40, holds: 3, runs: 4 })
})

t.test('a value that breaks twice while it is confirmed is given up for a lower one', async (t) => {
  const held = new Map<number, number>()
  const { answer } = search((value) => {
    held.set(value, (held.get(value) ?? 0) + 1)
    return value <= 50 || (value <= 60 && held.get(value) === 1) ? 'held' : 'broke'
  })
  t.ok(answer.value <= 50 && answer.value >= 47, `${answer.value}`)
})

t.test('what was not judged twice says why in the answer', async (t) => {
  const probe = (value: number, outcome: ProbeOutcome, why?: string) => ({ value, outcome, ...(why && { why }) })
  const held = [probe(100, 'held'), probe(100, 'held'), probe(100, 'held')]
  const history = [...held, probe(104, 'unjudged', 'the CPU was busy'), probe(104, 'unjudged', 'frames waited')]
  t.same(nextProbe(history, SETTINGS), {
    answer: {
      outcome: 'at_least',
      value: 100,
      holds: 3,
      runs: 3,
      beyond: { value: 104, outcome: 'unjudged', why: 'frames waited' },
    },
  })
})

t.test('a noisy knee: 300 searches end, and hardly one answers what fails more often than not', async (t) => {
  const random = noise(7)
  // Holds with a probability that falls from 1 to 0 around 500 (logistic, 5 % wide).
  const holdsAt = (value: number) => 1 / (1 + Math.exp(Math.log(value / 500) / 0.05))
  const answers = Array.from({ length: 300 }, () => search((value) => (random() < holdsAt(value) ? 'held' : 'broke')))
  const within = answers.filter(({ answer }) => answer.value >= 400 && answer.value <= 500)
  t.ok(within.length >= 270, `${within.length} of 300 lie between 400 and 500`)
  t.ok(
    answers.every(({ answer }) => answer.outcome === 'found' && answer.holds === 3 && answer.runs <= 4),
    'each held three times, and broke at most once',
  )
  const longest = Math.max(...answers.map(({ probes }) => probes.length))
  t.ok(longest < 60, `at most ${longest} runs`)
})

t.test('a run that breaks by chance once in twenty hardly moves the answer', async (t) => {
  const random = noise(11)
  const answers = Array.from({ length: 300 }, () =>
    search((value) => (value <= 700 && random() >= 0.05 ? 'held' : 'broke')),
  )
  const near = answers.filter(({ answer }) => answer.value >= 630)
  t.ok(near.length >= 285, `${near.length} of 300 are within 10 %`)
})

t.test('a search that is called off claims no more than what held', async (t) => {
  const history: SearchProbe[] = [
    { value: 20, outcome: 'held' },
    { value: 40, outcome: 'broke' },
    { value: 40, outcome: 'broke' },
  ]
  t.same(answerSoFar(history, SETTINGS), { outcome: 'at_least', value: 20, holds: 1, runs: 1 })
  t.match(answerSoFar([], SETTINGS), { outcome: 'none', value: 0 })
})

t.test('a server that is gone had held what it held', async (t) => {
  const history: SearchProbe[] = [
    { value: 20, outcome: 'held' },
    { value: 40, outcome: 'broke', why: 'no server answers' },
    { value: 40, outcome: 'broke', why: 'no server answers' },
  ]
  const beyond = { value: 40, outcome: 'broke', why: 'no server answers' } as const
  t.same(answerOfDead(history, 2, SETTINGS), { outcome: 'at_least', value: 20, holds: 1, runs: 1, beyond })
})

t.test('a value that had held is not forgotten where the server is gone when it is to hold again', async (t) => {
  const history: SearchProbe[] = [
    { value: 20, outcome: 'held' },
    { value: 20, outcome: 'broke', why: 'no server answers' },
    { value: 20, outcome: 'broke', why: 'no server answers' },
  ]
  t.match(answerOfDead(history, 2, SETTINGS), { outcome: 'at_least', value: 20, holds: 1 })
})

t.test('a value has no more digits than its step', async (t) => {
  const settings = { start: 20.9, least: 0.2, most: 1_000_000, step: 0.2, resolution: 0.05, holds: 3 }
  t.same(nextProbe([], { ...settings, start: 41.8 }), { probe: 41.8, phase: 'bracket' })
  t.same(nextProbe([{ value: 20.9, outcome: 'held' }], settings), { probe: 41.8, phase: 'bracket' })
})
