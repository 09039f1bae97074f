/** Every case of the chat pack is proven able to fail: on a reference server with the fault that the case is about. */
import t from 'tap'
import { proveAll } from '../../cli/mutants-under-test.ts'
import { RULE_MUTANTS } from '../../reference-server/mutants.ts'
import { suiteOf } from '../packs.ts'

const { cases, registry, exclusions } = suiteOf(['chat'])

t.test('every case kills a mutant of its requirement, and every mutant is killed for the right reason', (t) =>
  proveAll(t, RULE_MUTANTS, cases),
)

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
