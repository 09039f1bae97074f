/** For tests: what a list of faults has to prove of the cases of a pack. */
import type { Test } from 'tap'
import type { Case } from '../conformance/runner/case.ts'
import type { RuleMutant } from '../reference-server/mutate.ts'
import { describeUnproven, playMutants } from './mutant-runs.ts'

/** Plays the cases of each mutant's rule on it: all are seen, for the right reason, and no case has seen none. */
export async function proveAll(t: Test, mutants: readonly RuleMutant[], cases: readonly Case[]): Promise<void> {
  const runs = await playMutants(mutants, { cases: 'own', signal: new AbortController().signal })
  for (const { mutant, kills } of runs)
    t.comment(`${mutant.id.padEnd(48)} killed by ${kills.map(({ id }) => id).join(', ') || 'nobody'}`)
  t.strictSame(runs.flatMap(describeUnproven), [], 'no mutant survives, and none is killed for another reason')
  const proven = new Set(runs.flatMap(({ kills }) => kills.map(({ id }) => id)))
  t.strictSame(
    cases.map(({ id }) => id).filter((id) => !proven.has(id)),
    [],
    'every case has killed a mutant',
  )
  const errors = runs.flatMap(({ mutant, cases }) =>
    cases
      .filter(({ verdict }) => verdict === 'harness_error')
      .map(({ id, reason }) => `${id} on ${mutant.id}: ${reason}`),
  )
  t.strictSame(errors, [], 'no case fails by a fault of its own')
}
