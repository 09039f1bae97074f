/** Every case of the chat pack is proven able to fail: on a reference server with the fault that the case is about. */
import t from 'tap'
import { isKill, playMutants } from '../../cli/mutant-runs.ts'
import { RULE_MUTANTS } from '../../reference-server/mutants.ts'
import { suiteOf } from '../packs.ts'

const { cases, registry, exclusions } = suiteOf(['chat'])

t.test('every case kills a mutant of its requirement, and every mutant is killed', async (t) => {
  const runs = await playMutants(RULE_MUTANTS, { cases: 'own', signal: new AbortController().signal })
  const killers = runs.map(({ mutant, cases }) => ({ mutant, kills: cases.filter(isKill).map(({ id }) => id) }))
  for (const { mutant, kills } of killers)
    t.comment(`${mutant.id.padEnd(48)} killed by ${kills.join(', ') || 'nobody'}`)
  const survivors = killers.filter(({ kills }) => kills.length === 0)
  t.strictSame(
    survivors.map(({ mutant }) => `${mutant.id} (${mutant.requirement})`),
    [],
    'no mutant survives',
  )
  const proven = new Set(killers.flatMap(({ kills }) => kills))
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
