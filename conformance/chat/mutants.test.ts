/** Every case of the chat pack is proven able to fail: on a reference server with the fault that the case is about. */
import t from 'tap'
import { describeUnproven, playMutants } from '../../cli/mutant-runs.ts'
import { RULE_MUTANTS } from '../../reference-server/mutants.ts'
import { suiteOf } from '../packs.ts'

const { cases, registry, exclusions } = suiteOf(['chat'])

t.test('every case kills a mutant of its requirement, and every mutant is killed for the right reason', async (t) => {
  const runs = await playMutants(RULE_MUTANTS, { cases: 'own', signal: new AbortController().signal })
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
})

t.test('every MUST has a mutant, or an exclusion with its reason', async (t) => {
  const broken = new Set(RULE_MUTANTS.map(({ requirement }) => requirement))
  const unbroken = registry.filter(({ id, level }) => level === 'must' && !broken.has(id) && !exclusions.has(id))
  t.strictSame(
    unbroken.map(({ id }) => id),
    [],
  )
})

t.test('every requirement has a case, or an exclusion with its reason, and never both', async (t) => {
  const tested = new Set(cases.flatMap(({ requirements }) => requirements))
  t.strictSame(
    registry.map(({ id }) => id).filter((id) => tested.has(id) === exclusions.has(id)),
    [],
  )
  t.strictSame(
    [...exclusions.keys()].filter((id) => !registry.some((one) => one.id === id)),
    [],
  )
})

t.test('every mutant breaks a rule of the registry', async (t) => {
  t.strictSame(
    RULE_MUTANTS.filter(({ requirement }) => !registry.some(({ id }) => id === requirement)),
    [],
  )
})
