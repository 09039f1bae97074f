import { readFileSync } from 'node:fs'
import t from 'tap'
import { PROTOCOL, readRequirements } from '../schemas/requirements.ts'
import { MUTANTS } from './mutants.ts'
import { applyMutant, mutatedCode } from './mutate.ts'

const registry = readRequirements(readFileSync(PROTOCOL, 'utf8'))
const requirements = new Set(registry.map(({ id }) => id))
/** What binds clients, or several nodes, no mutant of one server can break. */
const ELSEWHERE = /^(client|cluster)\//

t.test('every mutant has an id of its own', async (t) => {
  const ids = MUTANTS.map(({ id }) => id)
  t.strictSame([...new Set(ids)], ids)
})

t.test('every mutant breaks a rule of the protocol', async (t) => {
  t.strictSame(
    MUTANTS.filter(({ requirement }) => !requirements.has(requirement)).map(({ id }) => id),
    [],
  )
})

t.test('every MUST that one server can break has a mutant', async (t) => {
  const broken = new Set(MUTANTS.map(({ requirement }) => requirement))
  t.strictSame(
    registry.filter(({ id, level }) => level === 'must' && !ELSEWHERE.test(id) && !broken.has(id)).map(({ id }) => id),
    [],
  )
})

t.test('every mutant finds its text once, and what comes of it is a program', async (t) => {
  for (const mutant of MUTANTS) t.doesNotThrow(() => mutatedCode(mutant), mutant.id)
})

t.test('a text that is not there, or there twice, is an error that names the mutant', async (t) => {
  const mutant = { id: 'a/b', requirement: 'a/b', file: 'x.ts', before: 'one', after: '$&two', about: '' }
  t.equal(applyMutant('has one', mutant), 'has $&two')
  t.throws(() => applyMutant('has none of them', { ...mutant, before: 'any' }), /a\/b.*0 times/)
  t.throws(() => applyMutant('one one', mutant), /a\/b.*2 times/)
})
