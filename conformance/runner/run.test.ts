import t from 'tap'
import type { Manifest } from '../../schemas/generated/results.ts'
import { validateConformanceResult } from '../../schemas/generated/validators.js'
import type { Target } from '../../schemas/target.ts'
import { type Case, Finding, Missed, Skip, type Stage } from './case.ts'
import { runSuite, type SuiteOptions } from './run.ts'
import { select } from './select.ts'
import { STALL_MS } from './stall.ts'
import { judge, reconcile } from './verdict.ts'

const target: Target = {
  description: { kind: 'url', urls: ['ws://127.0.0.1/ws'] },
  urls: ['ws://127.0.0.1/ws'],
  mint: async () => 'a.b.c',
  output: () => undefined,
  stop: async () => {},
}
const manifest: Manifest = {
  shakedown: '0',
  node: '0',
  platform: 'test',
  cpu_model: 'test',
  cpu_count: 1,
  memory_bytes: 1,
  limits: {},
  command: 'test',
}
const registry = (['must', 'should', 'may'] as const).map((level, n) => ({
  id: `a/${level}`,
  level,
  text: level,
  file: 'schemas/PROTOCOL.md',
  line: n + 1,
}))
/** With a second one of level MUST. */
const wider = [...registry, ...registry.slice(0, 1).map((one) => ({ ...one, id: 'a/other' }))]

const make = (id: string, run: (stage: Stage) => Promise<void>, requirements = ['a/must']): Case => ({
  id,
  pack: 'chat',
  title: id,
  requirements,
  run,
})
const suite = (cases: readonly Case[], options: Partial<SuiteOptions> = {}) =>
  runSuite({
    target,
    cases,
    registry,
    manifest,
    exclusions: new Map(),
    jobs: 4,
    patience: 1000,
    maxWaitMs: 1000,
    replay: (id) => `replay ${id}`,
    signal: new AbortController().signal,
    ...options,
  })
const verdicts = async (...cases: Case[]) => (await suite(cases)).cases.map(({ verdict }) => verdict)
const broken = async () => {
  throw new Finding('this', 'that')
}

t.test('a broken MUST fails, a broken SHOULD warns, a MAY is a notice', async (t) => {
  t.strictSame(await verdicts(make('a/1', broken), make('a/2', broken, ['a/should']), make('a/3', broken, ['a/may'])), [
    'fail',
    'warn',
    'notice',
  ])
})

t.test('a finding says which requirement it is about, where that is not all that the case checks', async (t) => {
  const finds = (breaks?: string) => async () => {
    throw new Finding('this', 'that', breaks)
  }
  const rows: [sentence: string, breaks: string | undefined, cites: string[], named: string[], found: object][] = [
    ['none is named', undefined, ['a/must', 'a/other'], [], { verdict: 'fail', broken: undefined }],
    ['one only by name', undefined, ['a/must', 'a/other'], ['a/other'], { verdict: 'fail', broken: ['a/must'] }],
    ['that, by name', 'a/other', ['a/must', 'a/other'], ['a/other'], { verdict: 'fail', broken: ['a/other'] }],
    ['all only by name', undefined, ['a/other'], ['a/other'], { verdict: 'fail', broken: undefined }],
    ['one of every case', 'a/must', ['a/may'], [], { verdict: 'fail', level: 'must', broken: ['a/must'] }],
    [
      'one that is not in the registry',
      'b/must',
      ['a/may'],
      [],
      { verdict: 'notice', level: 'may', broken: undefined },
    ],
  ]
  for (const [sentence, breaks, cites, named, found] of rows) {
    const result = await suite([{ ...make('a/1', finds(breaks), cites), named }], { registry: wider })
    const [{ verdict, level, broken } = {}] = result.cases
    t.match({ verdict, level, broken }, found, sentence)
    t.ok(validateConformanceResult(result), JSON.stringify(validateConformanceResult.errors))
  }
})

t.test('a requirement of another pack can be found broken, and stands in the result only then', async (t) => {
  const elsewhere = registry.slice(0, 1).map((one) => ({ ...one, id: 'b/must' }))
  const run = async (breaks?: string) => {
    const finds = async () => {
      throw new Finding('this', 'that', breaks)
    }
    const { cases, requirements } = await suite([make('a/1', finds, ['a/may'])], { elsewhere })
    return [cases[0]?.verdict, cases[0]?.broken, requirements.some(({ id }) => id === 'b/must')]
  }
  t.strictSame(await run('b/must'), ['fail', ['b/must'], true])
  t.strictSame(await run(), ['notice', undefined, false])
})

t.test('a server that ends breaks all that a case checks, and no less than was found before', async (t) => {
  let tellEnd: (how: string) => void = () => {}
  const ended = new Promise<string>((resolve) => {
    tellEnd = resolve
  })
  const ends = (breaks?: string) => async () => {
    tellEnd('SIGSEGV')
    await ended
    throw new Finding('this', 'that', breaks)
  }
  const run = async (run: () => Promise<void>, cites: string[]) => {
    const one = { ...make('a/1', run, cites), named: ['a/other'] }
    const [{ verdict, broken, reason } = {}] = (await suite([one], { registry: wider, target: { ...target, ended } }))
      .cases
    t.match(reason, /SIGSEGV/)
    return [verdict, broken]
  }
  t.strictSame(await run(ends('a/must'), ['a/should']), ['fail', ['a/must']])
  t.strictSame(await run(ends(), ['a/must', 'a/other']), ['fail', undefined])
})

t.test('what is neither a finding nor a skip is the fault of the harness', async (t) => {
  const crash = async () => {
    throw new TypeError('undefined is not a function')
  }
  const skip = async () => {
    throw new Skip('not here')
  }
  t.strictSame(
    await verdicts(
      make('a/1', crash),
      make('a/2', skip),
      make('a/3', async () => {}),
    ),
    ['harness_error', 'skip', 'pass'],
  )
})

t.test('a case that breaks once and holds when run again is flaky, never a pass', async (t) => {
  let runs = 0
  const now = async () => {
    if (runs++ === 0) throw new Finding('always', 'not this time')
  }
  const result = await suite([make('a/1', now)])
  t.equal(result.cases[0]?.verdict, 'flaky')
  t.match(result.cases[0]?.reason, /not this time/)
  t.equal(result.summary.flaky, 1)
})

t.test('what breaks while this process stands still is played again, and only that', async (t) => {
  let runs = 0
  const stands = async () => {
    // The loop must turn before and after, or there is nothing to measure by.
    await turn()
    for (const until = performance.now() + 2 * STALL_MS; performance.now() < until; );
    await turn()
  }
  const busy = make('a/1', async () => {
    if (runs++ > 0) return
    await stands()
    throw new Missed('in time', 'late')
  })
  t.equal((await suite([busy])).cases[0]?.verdict, 'pass')
  let wrong = 0
  const late = make('a/1', async () => {
    wrong += 1
    await stands()
    throw new Missed('always', 'never')
  })
  const [missed] = (await suite([late], { confirm: false })).cases
  t.match(missed, { verdict: 'fail', actual: /^never \(this process stood still for \d+ ms/ })
  t.equal(wrong, 4, 'three more times, and then it counts, with its doubt')
  let plays = 0
  const other = make('a/1', async () => {
    plays += 1
    await stands()
    throw new Finding('this', 'that')
  })
  t.equal((await suite([other], { confirm: false })).cases[0]?.verdict, 'fail')
  t.equal(plays, 1, 'what came and was wrong counts at once')
})

t.test('a second run that says nothing does not excuse the first', async (t) => {
  const failed = judge(new Finding('a', 'b'), 'must')
  t.equal(reconcile(failed, { verdict: 'skip' }).verdict, 'fail')
  t.equal(reconcile(failed, { verdict: 'harness_error' }).verdict, 'fail')
})

t.test(
  'the result keeps the order of the cases, fits its schema and says what each requirement rests on',
  async (t) => {
    const gates = Array.from({ length: 3 }, () => defer())
    const cases = gates.map((gate, n) =>
      make(`a/${n}`, async () => {
        // The last case ends first.
        gates[n - 1]?.resolve()
        if (n < 2) await gate.promise
      }),
    )
    const result = await suite(cases, { exclusions: new Map([['a/may', 'cannot be seen']]) })
    t.strictSame(
      result.cases.map(({ id }) => id),
      ['a/0', 'a/1', 'a/2'],
    )
    t.ok(validateConformanceResult(result), JSON.stringify(validateConformanceResult.errors))
    t.strictSame(
      result.requirements.map(({ cases, excluded }) => [cases.length, excluded]),
      [
        [3, undefined],
        [0, undefined],
        [0, 'cannot be seen'],
      ],
    )
  },
)

t.test('an interrupt keeps what ended and marks the result as partial', async (t) => {
  const interrupt = new AbortController()
  const hangs = make('a/2', () => {
    interrupt.abort()
    return new Promise(() => {})
  })
  const result = await suite([make('a/1', async () => {}), hangs, make('a/3', broken)], {
    jobs: 1,
    signal: interrupt.signal,
  })
  t.equal(result.partial, true)
  t.strictSame(
    result.cases.map(({ id }) => id),
    ['a/1'],
  )
})

t.test('cleanups run whatever the case did, the last registered first', async (t) => {
  const order: string[] = []
  await suite([
    make('a/1', async (stage) => {
      stage.cleanup(() => void order.push('first'))
      stage.cleanup(() => void order.push('second'))
      throw new TypeError('broken harness')
    }),
  ])
  t.strictSame(order, ['second', 'first'])
})

t.test('once it is to bail, no case starts', async (t) => {
  const result = await suite([make('a/1', broken), make('a/2', async () => {})], {
    jobs: 1,
    bail: ({ verdict }) => verdict === 'fail',
  })
  t.strictSame(
    result.cases.map(({ id }) => id),
    ['a/1'],
  )
})

t.test('where the root of all fails it is the one finding, and the others are skipped', async (t) => {
  const root = make('a/root', broken)
  const result = await suite([make('a/1', broken), { ...root, run: async () => {} }], { root })
  t.strictSame(
    result.cases.map(({ id, verdict }) => [id, verdict]),
    [
      ['a/root', 'fail'],
      ['a/1', 'skip'],
    ],
  )
  t.equal(result.cases[1]?.reason, 'rests on a/root, which failed: expected this, got that')
  t.equal(result.partial, false)
})

t.test('a root that holds leaves no trace', async (t) => {
  const result = await suite([make('a/1', broken)], { root: make('a/root', async () => {}) })
  t.strictSame(
    result.cases.map(({ id, verdict }) => [id, verdict]),
    [['a/1', 'fail']],
  )
})

t.test('once the server has ended, what ran says so and what is left fails at once', async (t) => {
  const end = defer<string>()
  const dies = async () => {
    end.resolve('SIGSEGV')
    throw new TypeError('fetch failed')
  }
  const never = make('a/2', async () => void t.fail('no case is played on a server that has ended'))
  const result = await suite([make('a/1', dies), never, make('a/3', broken, ['a/should'])], {
    target: { ...target, ended: end.promise },
    jobs: 1,
  })
  t.match(result.cases, [
    { verdict: 'fail', actual: 'the server ended (SIGSEGV) while this case ran' },
    { verdict: 'fail', actual: 'one that had ended (SIGSEGV)' },
    { verdict: 'warn', actual: 'one that had ended (SIGSEGV)' },
  ])
})

t.test('a case that cites no rule has a level of its own', async (t) => {
  t.strictSame(await verdicts({ ...make('a/1', broken, []), level: 'should' }), ['warn'])
})

t.test('a case whose requirements differ in level, or are not in the registry, is refused', async (t) => {
  await t.rejects(suite([make('a/1', broken, ['a/must', 'a/may'])]), /share one level/)
  await t.rejects(suite([make('a/1', broken, ['a/none'])]), /share one level/)
})

t.test('cases are selected by prefixes of their ids and aliases', async (t) => {
  const cases = [
    make('echo/a', broken),
    make('echo/b', broken),
    { ...make('ping/a', broken), aliases: ['autobahn:2.1'] },
  ]
  const ids = (selection: Parameters<typeof select>[1]) => select(cases, selection).map(({ id }) => id)
  t.strictSame(ids({}), ['echo/a', 'echo/b', 'ping/a'])
  t.strictSame(ids({ only: ['echo'] }), ['echo/a', 'echo/b'])
  t.strictSame(ids({ only: ['autobahn:2'] }), ['ping/a'])
  t.strictSame(ids({ only: ['echo', 'ping'], skip: ['echo/b'] }), ['echo/a', 'ping/a'])
  t.strictSame(ids({ only: ['nothing-like-this'] }), [])
})

function defer<T = void>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** A turn of the event loop in which timers fire. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 30))
