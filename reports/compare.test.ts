import t from 'tap'
import type { CaseResult, ConformanceResult, Verdict } from '../schemas/generated/results.ts'
import { compareConformance } from './compare.ts'
import { conformanceSample } from './samples/sample.ts'

t.test('a run compared with itself has not changed', async (t) => {
  const run = conformanceSample('conformance-failing')
  t.same(compareConformance(run, run), {
    changed: [],
    regressions: [],
    text: '12 cases compared: 0 changed, 0 regressions',
  })
})

t.test('every change is named, and a pass that became anything else is a regression', async (t) => {
  const before = run({ 'a/holds': 'pass', 'b/breaks': 'pass', 'c/skips': 'pass', 'd/mended': 'fail', 'e/gone': 'pass' })
  const after = run({ 'a/holds': 'pass', 'b/breaks': 'fail', 'c/skips': 'skip', 'd/mended': 'pass', 'f/new': 'warn' })
  const { changed, regressions, text } = compareConformance(before, after)
  t.same(
    changed.map(({ id }) => id),
    ['b/breaks', 'c/skips', 'd/mended', 'e/gone', 'f/new'],
  )
  t.same(regressions, [
    { id: 'b/breaks', before: 'pass', after: 'fail' },
    { id: 'c/skips', before: 'pass', after: 'skip' },
  ])
  t.equal(
    text,
    `regression  b/breaks: pass → fail
regression  c/skips: pass → skip
mended      d/mended: fail → pass
vanished    e/gone: pass → absent
new         f/new: absent → warning
5 cases compared: 5 changed, 2 regressions`,
  )
})

function run(verdicts: Readonly<Record<string, Verdict>>): ConformanceResult {
  const sample = conformanceSample('conformance-passing')
  const [one] = sample.cases as [CaseResult]
  return { ...sample, cases: Object.entries(verdicts).map(([id, verdict]) => ({ ...one, id, verdict })) }
}
