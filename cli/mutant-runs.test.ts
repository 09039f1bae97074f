import t from 'tap'
import type { CaseResult } from '../schemas/generated/results.ts'
import { describeUnproven, isProven, runOf } from './mutant-runs.ts'

const mutant = {
  ...{ id: 'a/mutant', requirement: 'a/rule', about: 'It is wrong.', file: 'x.ts', before: 'x', after: 'y' },
  shows: ['close 4100, got …then close 4102', 'warnings 1, got'],
}

const broken = (reason: string, requirement = 'a/rule'): CaseResult => ({
  ...{ id: 'a/case', pack: 'chat', requirements: [requirement], level: 'must', title: 'It is right.' },
  ...{ verdict: 'fail', reason, duration_ms: 1, replay: '', transcript: [] },
})

t.test('a case of the rule kills a mutant by a finding that holds what the mutant shows', async (t) => {
  for (const reason of ['expected close 4100, got ping, then close 4102', 'expected warnings 1, got 2']) {
    const run = runOf(mutant, [broken(reason)])
    t.ok(isProven(run), reason)
    t.strictSame(describeUnproven(run), [])
  }
})

t.test('any other finding is told beside what the mutant shows, and kills nothing', async (t) => {
  const reasons = ['expected close 4100, got a timeout', 'then close 4102; expected close 4100, got ', '']
  for (const reason of reasons) {
    const run = runOf(mutant, [broken('expected warnings 1, got 2'), broken(reason)])
    t.notOk(isProven(run), reason)
    t.strictSame(describeUnproven(run), [
      `a/mutant is killed for another reason by a/case: ${reason}; it shows: ${mutant.shows.join(' | ')}`,
    ])
  }
})

t.test('a mutant survives what breaks on cases of other rules', async (t) => {
  const run = runOf(mutant, [broken('expected warnings 1, got 2', 'a/other-rule')])
  t.notOk(isProven(run))
  t.strictSame(describeUnproven(run), ['a/mutant survives: no case of a/rule broke'])
})
