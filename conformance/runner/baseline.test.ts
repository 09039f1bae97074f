import t from 'tap'
import type {
  Baseline,
  BaselineEntry,
  CaseResult,
  ConformanceResult,
  Verdict,
} from '../../schemas/generated/results.ts'
import { validateBaseline } from '../../schemas/generated/validators.js'
import { heldAgainst, isExpected, renewed, type Scope } from './baseline.ts'

const scope: Scope = { today: '2026-11-23', root: 'a/root', exists: (id) => id !== 'a/gone', selects: () => true }
const known: BaselineEntry = { reason: 'known', issue: 'https://tracker.example/7' }
const lapsed: BaselineEntry = { reason: 'known', expires: '2026-11-22' }
const lasting: BaselineEntry = { reason: 'known', expires: '2026-11-23' }

const baseline = (cases: Baseline['cases']): Baseline => ({ format: 'shakedown.baseline/1', cases })
const result = (verdicts: Readonly<Record<string, Verdict>>) =>
  ({ cases: Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict })) }) as unknown as ConformanceResult

t.test('what an entry does to its case', async (t) => {
  type Row = [sentence: string, entry: BaselineEntry, verdict: Verdict, excused: boolean, stale: RegExp | undefined]
  const rows: Row[] = [
    ['a known failure is excused', known, 'fail', true, undefined],
    ['so is a warning, which a stricter level counts', known, 'warn', true, undefined],
    ['so is a case that fails now and then', known, 'flaky', true, undefined],
    ['on its last day an entry still excuses', lasting, 'fail', true, undefined],
    ['after it no more', lapsed, 'fail', false, /expired on 2026-11-22/],
    ['an entry whose case passes is stale', known, 'pass', false, /passes now/],
    ['also one that has expired', lapsed, 'pass', false, /passes now/],
    ['a skip says nothing', known, 'skip', false, undefined],
    ['a fault of the harness is not excused', known, 'harness_error', false, undefined],
  ]
  for (const [sentence, entry, verdict, excused, stale] of rows) {
    const held = heldAgainst(baseline({ 'a/b': entry }), result({ 'a/b': verdict }), scope)
    t.strictSame(held.cases[0]?.baseline, excused ? entry : undefined, sentence)
    t.equal(held.stale_baseline?.length, stale && 1, sentence)
    if (stale) t.match(held.stale_baseline, [{ id: 'a/b', why: stale }], sentence)
  }
})

t.test('an entry without a case is stale where there is no such case, and nothing filters it out', async (t) => {
  const stale = (id: string, more: Partial<Scope> = {}) =>
    heldAgainst(baseline({ [id]: known }), result({ 'a/b': 'pass' }), { ...scope, ...more }).stale_baseline
  t.match(stale('a/gone'), [{ id: 'a/gone', why: /no such case/ }])
  t.equal(stale('a/gone', { selects: () => false }), undefined, 'filtered out')
  t.equal(stale('a/other'), undefined, 'not run, but there')
})

t.test('other cases are as they were', async (t) => {
  const held = heldAgainst(baseline({}), result({ 'a/b': 'fail', 'a/constructor': 'fail' }), scope)
  t.strictSame(held, result({ 'a/b': 'fail', 'a/constructor': 'fail' }))
  t.equal(isExpected(baseline({}), 'constructor', scope), false)
})

t.test('a renewed baseline expects what failed, keeps what stays and drops what is mended or gone', async (t) => {
  const before = baseline({
    'a/stays': known,
    'a/lapsed': lapsed,
    'a/mended': known,
    'a/gone': known,
    'a/unasked': known,
  })
  const ran = result({
    'a/stays': 'fail',
    'a/lapsed': 'fail',
    'a/mended': 'pass',
    'a/error': 'harness_error',
    'a/1': 'fail',
  })
  const counts = ({ id }: CaseResult) => id !== 'a/warned'
  const after = renewed(
    before,
    { ...ran, cases: [...ran.cases, ...result({ 'a/warned': 'warn' }).cases] },
    scope,
    counts,
  )
  t.strictSame(after, {
    format: 'shakedown.baseline/1',
    cases: {
      'a/1': { reason: 'recorded automatically on 2026-11-23' },
      'a/lapsed': lapsed,
      'a/stays': known,
      'a/unasked': known,
    },
  })
  t.strictSame(Object.keys(after.cases), ['a/1', 'a/lapsed', 'a/stays', 'a/unasked'], 'in the order of their ids')
  t.ok(validateBaseline(after))
})

t.test('what all cases rest on is never expected, nor recorded', async (t) => {
  const listed: Baseline = { format: 'shakedown.baseline/1', cases: { 'a/root': { reason: 'known' } } }
  t.equal(isExpected(listed, 'a/root', scope), false)
})
