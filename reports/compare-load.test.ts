import t from 'tap'
import type { LoadResult, Threshold } from '../schemas/generated/results.ts'
import { randomFrom } from './bootstrap.ts'
import {
  type CompareSettings,
  compareLoad,
  DEFAULT_FIGURES,
  Incomparable,
  regressionsOf,
  whyNothing,
} from './compare-load.ts'
import { renderLoadComparison } from './compare-load-text.ts'
import { loadSample } from './samples/sample.ts'

const SETTINGS: CompareSettings = { figures: DEFAULT_FIGURES, minEffect: 0.1, seed: 1 }
/** What `shakedown compare` plays unless told otherwise. */
const RUNS = 20

const sample = loadSample('load-valid')
const { delivery } = sample.latency as { delivery: LoadResult['latency'][string] }

/** A run that began at that second and measured p50, p99 (in ms) and CPU (in µs a delivery). */
function run(
  at_s: number,
  [p50, p99, cpu]: readonly [number, number, number],
  more: Partial<LoadResult> = {},
): LoadResult {
  return {
    ...sample,
    started_at: new Date(at_s * 1000).toISOString(),
    latency: { delivery: { ...delivery, p50, p99 } },
    server: { cpu_us_per_delivery: cpu },
    ...more,
  }
}

/** Pairs of runs on a machine as machines are, the second server slower by that factor; order as compare plays them. */
function simulate(runs: number, slowdown: number, random: () => number, interleaved = true) {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const trend = 0.01 * gauss()
  let drift = 0
  const play = (at: number, factor: number) => {
    // All figures of a run suffer from the neighbours of that hour, and each for itself from chance.
    drift += trend + 0.01 * gauss()
    const figure = (usual: number, spread: number) => usual * factor * Math.exp(drift + spread * gauss())
    return run(at, [figure(2, 0.05), figure(9, 0.08), figure(40, 0.05)])
  }
  const [a, b]: [LoadResult[], LoadResult[]] = [[], []]
  for (let i = 0; i < runs; i++) {
    const first = i % 2 === 0 ? a : b
    first.push(play(20 * i, first === a ? 1 : slowdown))
    const second = first === a ? b : a
    second.push(play(20 * i + 10, second === a ? 1 : slowdown))
  }
  // Made some other day, so nothing pairs them.
  return { a, b: interleaved ? b : b.map((each) => ({ ...each, started_at: `2027${each.started_at.slice(4)}` })) }
}

/** How many of so many simulated comparisons end in a regression. */
function alarms(comparisons: number, slowdown: number, interleaved = true): number {
  const random = randomFrom(42)
  const found = Array.from({ length: comparisons }, (_, seed) => {
    const { a, b } = simulate(RUNS, slowdown, random, interleaved)
    return regressionsOf(compareLoad(a, b, { ...SETTINGS, seed })).length > 0
  })
  return found.filter(Boolean).length
}

t.test('of 100 comparisons of a server with itself, under 5 % raise an alarm', async (t) => {
  t.ok(alarms(100, 1) < 5)
})

t.test('a difference that is just the minimum effect raises an alarm at most once in twenty times', async (t) => {
  const found = alarms(100, 1.1)
  // 5 % of 100, and two standard deviations for the simulation's own chance.
  t.ok(found <= 9, `${found} of 100`)
})

t.test('a slowdown by 20 % is found at least nine times in ten', async (t) => {
  const found = alarms(60, 1.2)
  t.ok(found >= 54, `${found} of 60`)
})

t.test('sets that were not made by turns raise no more alarms without a difference', async (t) => {
  t.ok(alarms(60, 1, false) < 3)
})

t.test('runs by turns are taken as pairs, whatever order they are given in', async (t) => {
  const { a, b } = simulate(8, 1, randomFrom(1))
  const comparison = compareLoad(a, b, SETTINGS)
  t.equal(comparison.paired, true)
  t.same(compareLoad([...a].reverse(), b, SETTINGS), comparison)
  t.equal(compareLoad(a, simulate(8, 1, randomFrom(1), false).b, SETTINGS).paired, false)
})

t.test('the same runs and seed give the same intervals', async (t) => {
  const { a, b } = simulate(8, 1.2, randomFrom(3))
  t.same(compareLoad(a, b, SETTINGS), compareLoad(a, b, SETTINGS))
})

/** So many pairs by turns, all alike save for what is changed in run i of B. */
function alike(pairs: number, change: (i: number) => Partial<LoadResult>) {
  const at = (i: number) => ({
    a: run(20 * i, [2, 9, 40]),
    b: run(20 * i + 10, [2, 9, 40], change(i)),
  })
  const made = Array.from({ length: pairs }, (_, i) => at(i))
  return [made.map(({ a }) => a), made.map(({ b }) => b)] as const
}

t.test('a count that is missed in B alone is a regression, however fast B is', async (t) => {
  const lost: Threshold = { name: 'lost', limit: 0, value: 1, pass: false }
  const [a, b] = alike(8, (i) => (i === 3 ? { thresholds: [lost] } : {}))
  t.same(regressionsOf(compareLoad(a, b, SETTINGS)), ['lost'])
  t.same(regressionsOf(compareLoad(b, a, SETTINGS)), [], 'and one that A misses is none')
})

/** Eight pairs, in which run i of A and of B loses so many. */
function losing(ofA: (i: number) => number, ofB: (i: number) => number) {
  const at = (value: number) => ({ thresholds: [{ name: 'lost', limit: 0, value, pass: value === 0 }] })
  const [a] = alike(8, () => ({}))
  const [, b] = alike(8, (i) => at(ofB(i)))
  return [a.map((each, i) => ({ ...each, ...at(ofA(i)) })), b] as const
}

t.test('one loss in A does not excuse what B loses', async (t) => {
  const once = (lost: number) => (i: number) => (i === 3 ? lost : 0)
  const rows: [sentence: string, ofA: (i: number) => number, ofB: (i: number) => number, expected: string[]][] = [
    ['B loses thousands in every run', once(1), () => 1500, ['lost']],
    ['B loses one in every run', once(1), () => 1, ['lost']],
    ['B loses thousands in one run', once(1), once(1500), ['lost']],
    ['B loses one in two runs', once(1), (i) => (i < 2 ? 1 : 0), []],
    ['B loses as much as A', () => 1500, () => 1500, []],
    ['B loses a little more than A', () => 1500, () => 1600, []],
    ['B loses in fewer runs, and less', () => 1, once(9), []],
  ]
  for (const [sentence, ofA, ofB, expected] of rows)
    t.same(regressionsOf(compareLoad(...losing(ofA, ofB), SETTINGS)), expected, sentence)
})

t.test('a regression in a count says in how many runs, and how much of what was expected', async (t) => {
  const { expected } = sample.ledger
  const [a, b] = losing(
    (i) => (i === 3 ? 1 : 0),
    () => expected / 4,
  )
  const ofA = Number((100 / (8 * expected)).toPrecision(3))
  const text = renderLoadComparison(compareLoad(a, b, SETTINGS))
  t.match(text, `(1 in all, ${ofA} % of the deliveries) of A\n`)
  t.match(
    text,
    /regression {3}lost missed in 8 of 8 runs \([\d,]+ in all, 25 % of the deliveries\) of B, and in 1 of 8 runs/,
  )
})

t.test('INVALID and partial runs do not count, nor do their partners', async (t) => {
  const invalid = { validity: { verdict: 'invalid' as const, reasons: [] } }
  const [a, b] = alike(8, (i) => (i === 0 ? invalid : i === 5 ? { partial: true } : {}))
  t.match(compareLoad(a, b, SETTINGS), { runs: [6, 6], unusable: 4, paired: true, unmeasured: [] })
})

t.test('too few runs to tell is said, and is no regression', async (t) => {
  const [a, b] = alike(5, () => ({ latency: { delivery: { ...delivery, p50: 20, p99: 90 } } }))
  const comparison = compareLoad(a, b, SETTINGS)
  t.same(regressionsOf(comparison), [])
  t.match(renderLoadComparison(comparison), /unmeasured {3}delivery\.p99: it takes 6 runs of each that count\n/)
  t.match(renderLoadComparison(comparison), /no figure was compared: it takes 6 runs of each that count$/)
  t.equal(whyNothing(comparison), 'few')
})

t.test('where nothing was compared, INVALID runs are told from too few and from what nobody measured', async (t) => {
  const invalid = { validity: { verdict: 'invalid' as const, reasons: [] } }
  const whyOf = (change: (i: number) => Partial<LoadResult>) => whyNothing(compareLoad(...alike(8, change), SETTINGS))
  t.equal(
    whyOf((i) => (i > 0 ? invalid : {})),
    'invalid',
  )
  t.equal(
    whyOf((i) => (i > 0 ? { partial: true } : {})),
    'few',
  )
  t.equal(
    whyOf(() => ({ latency: {}, server: {} })),
    'unmeasured',
  )
  t.equal(
    whyOf(() => ({ latency: {} })),
    undefined,
    'the CPU was compared',
  )
})

t.test('an interval that reaches over the minimum effect tells neither way', async (t) => {
  const [a, b] = alike(8, (i) => ({ server: { cpu_us_per_delivery: i % 2 === 0 ? 38 : 55 } }))
  const { figures } = compareLoad(a, b, { ...SETTINGS, figures: ['cpu_us_per_delivery'] })
  t.match(figures, [{ verdict: 'unclear' }])
})

t.test('runs of different workloads are refused', async (t) => {
  const [a, b] = alike(6, () => ({ manifest: { ...sample.manifest, workload_hash: 'other' } }))
  t.throws(() => compareLoad(a, b, SETTINGS), { constructor: Incomparable, message: /2 different workloads/ })
})

t.test('on a terminal, regressions stand first and each line has its interval', async (t) => {
  const [a, b] = alike(8, () => ({ latency: { delivery: { ...delivery, p50: 2, p99: 12 } } }))
  t.equal(
    renderLoadComparison(compareLoad(a, b, SETTINGS)),
    `8 pairs of runs by turns; intervals of 96.7 %, differences up to 10 % do not count
regression   delivery.p99         9.00 ms → 12.0 ms, +33.3 % (+33.3 % to +33.3 %)
same         delivery.p50         2.00 ms → 2.00 ms, +0.0 % (+0.0 % to +0.0 %)
same         cpu_us_per_delivery  40 → 40, +0.0 % (+0.0 % to +0.0 %)
3 figures compared: 1 regression`,
  )
})
