import t from 'tap'
import type { CaseResult, Level } from '../schemas/generated/results.ts'
import { type ExitCode, foremost, ofConformance, ofLoad } from './exit-codes.ts'
import { ofSearch } from './load-search.ts'

t.test('the first exit code that applies wins', async (t) => {
  const rows: [string, ExitCode[], ExitCode][] = [
    ['nothing happened', [], 0],
    ['all is well twice', [0, 0], 0],
    ['one half passed, the other selected nothing', [0, 4], 4],
    ['a case failed and the other half selected nothing', [4, 1], 1],
    ['the generator was measured, and a case failed', [1, 5], 5],
    ['the harness is at fault, and so is the generator', [5, 6], 6],
    ['the second target could not be reached', [1, 6, 3], 3],
    ['a file is wrong', [3, 2], 2],
    ['it was interrupted, whatever else', [0, 1, 2, 3, 4, 5, 6, 130], 130],
  ]
  for (const [sentence, codes, expected] of rows) t.equal(foremost(codes), expected, sentence)
})

t.test('verdicts become an exit code by the asked level', async (t) => {
  type Row = [sentence: string, cases: string[], level: Level, allowFlaky: boolean, expected: ExitCode]
  const rows: Row[] = [
    ['no case at all', [], 'must', false, 4],
    ['every case was skipped', ['skip must', 'skip should'], 'must', false, 4],
    ['a skip beside a pass', ['skip must', 'pass must'], 'must', false, 0],
    ['a broken MUST', ['pass must', 'fail must'], 'must', false, 1],
    ['a broken SHOULD at the default level', ['pass must', 'warn should'], 'must', false, 0],
    ['a broken SHOULD where SHOULDs were asked for', ['warn should'], 'should', false, 1],
    ['an unused MAY where SHOULDs were asked for', ['notice may'], 'should', false, 0],
    ['an unused MAY where MAYs were asked for', ['notice may'], 'may', false, 1],
    ['a flaky MUST', ['flaky must'], 'must', false, 1],
    ['a flaky MUST that is allowed', ['flaky must'], 'must', true, 0],
    ['a flaky SHOULD at the default level', ['flaky should'], 'must', false, 0],
    ['a fault of the harness beside a broken MUST', ['fail must', 'harness_error must'], 'must', false, 6],
  ]
  for (const [sentence, cases, level, allowFlaky, expected] of rows) {
    const results = cases.map((words) => {
      const [verdict, ofCase] = words.split(' ') as [CaseResult['verdict'], Level]
      return { verdict, level: ofCase }
    })
    t.equal(ofConformance({ cases: results }, { level, allowFlaky }), expected, sentence)
  }
})

t.test('what the baseline expects is well, and what is stale there is not', async (t) => {
  const strict = { level: 'must', allowFlaky: false } as const
  const failed = { verdict: 'fail', level: 'must' } as const
  const expected = { ...failed, baseline: { reason: 'known' } }
  const stale_baseline = [{ id: 'a/b', why: 'its case passes now' }]
  t.equal(ofConformance({ cases: [expected] }, strict), 0, 'an expected failure')
  t.equal(ofConformance({ cases: [expected, failed] }, strict), 1, 'beside another')
  t.equal(ofConformance({ cases: [expected], stale_baseline }, strict), 1, 'a stale entry')
  t.equal(ofConformance({ cases: [], stale_baseline }, strict), 1, 'a stale entry where nothing ran')
})

t.test('a load run passes by its thresholds, unless the generator was measured', async (t) => {
  const missed = { name: 'lost', limit: 0, value: 3, pass: false }
  const met = { name: 'lost', limit: 0, value: 0, pass: true }
  const valid = { verdict: 'valid' as const, reasons: [] }
  t.equal(ofLoad({ validity: valid, thresholds: [met] }), 0, 'all thresholds met')
  t.equal(
    ofLoad({ validity: { ...valid, verdict: 'suspect' }, thresholds: [met] }),
    0,
    'suspect is still a measurement',
  )
  t.equal(ofLoad({ validity: valid, thresholds: [met, missed] }), 1, 'a threshold missed')
  t.equal(ofLoad({ validity: { ...valid, verdict: 'invalid' }, thresholds: [missed] }), 5, 'an INVALID run')
})

t.test('a search is well where it ends at a limit, and not where it ends because the server is gone', async (t) => {
  const beyond = (outcome: 'broke' | 'unjudged') => ({ beyond: { value: 40, outcome } })
  const held = { value: 20, holds: 3, runs: 3 }
  t.equal(ofSearch({ partial: false, answer: { outcome: 'found', ...held, ...beyond('broke') } }), 0)
  t.equal(ofSearch({ partial: false, answer: { outcome: 'at_least', ...held, ...beyond('unjudged') } }), 0)
  t.equal(ofSearch({ partial: false, answer: { outcome: 'at_least', ...held, ...beyond('broke') } }), 3)
})
