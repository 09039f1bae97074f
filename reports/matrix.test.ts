import t from 'tap'
import type { CaseResult, ConformanceResult, Verdict } from '../schemas/generated/results.ts'
import { matrixOf, rowsBySection } from './matrix.ts'
import { conformanceSample } from './samples/sample.ts'

t.test('a row for each case of any result, grouped by section', async (t) => {
  const { rows } = matrixOf([run({ 'a/one': 'pass', 'b/two': 'pass' }), run({ 'a/three': 'pass', 'b/two': 'pass' })])
  t.same(
    rowsBySection(rows).map(([section, members]) => [section, members.map(({ id }) => id)]),
    [
      ['chat.a', ['a/one', 'a/three']],
      ['chat.b', ['b/two']],
    ],
  )
  t.same(
    rows[1]?.cells.map((cell) => cell?.verdict),
    [undefined, 'pass'],
  )
})

t.test('a case differs where the implementations that it ran against disagree', async (t) => {
  const matrix = matrixOf([
    run({ 'a/agreed': 'fail', 'a/disputed': 'pass', 'a/absent': 'pass' }),
    run({ 'a/agreed': 'fail', 'a/disputed': 'skip' }),
  ])
  t.same(
    matrix.rows.map(({ id, differs }) => [id, differs]),
    [
      ['a/agreed', false],
      ['a/disputed', true],
      ['a/absent', false],
    ],
  )
})

t.test('columns of the same name are numbered', async (t) => {
  const [one, other] = [conformanceSample('conformance-passing'), conformanceSample('conformance-failing')]
  t.same(matrixOf([one, other, one]).columns, [
    'shakedown reference server 0.1.0 (1)',
    'my-server <b>2.0</b>',
    'shakedown reference server 0.1.0 (2)',
  ])
})

function run(verdicts: Readonly<Record<string, Verdict>>): ConformanceResult {
  const sample = conformanceSample('conformance-passing')
  const [one] = sample.cases as [CaseResult]
  return { ...sample, cases: Object.entries(verdicts).map(([id, verdict]) => ({ ...one, id, verdict })) }
}
