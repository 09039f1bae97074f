import { readFileSync } from 'node:fs'
import t from 'tap'
import { readRequirements } from '../../schemas/requirements.ts'
import { fuzzCases, SHORT_CAMPAIGN } from './pack.ts'
import { OUT_OF_REACH, whyOutOfReach } from './reach.ts'

const registry = readRequirements(readFileSync(new URL('../../schemas/PROTOCOL.md', import.meta.url), 'utf8'))

t.test('what is out of reach are rules and sections of PROTOCOL.md, each named once', async (t) => {
  const named = OUT_OF_REACH.flatMap(({ rules }) => rules)
  for (const rule of named) {
    const meant = registry.filter(({ id }) => id === rule || (rule.endsWith('/') && id.startsWith(rule)))
    t.not(meant.length, 0, rule)
  }
  t.equal(new Set(named).size, named.length)
})

t.test('no rule that a case of the pack cites is out of reach', async (t) => {
  const cited = fuzzCases(SHORT_CAMPAIGN).flatMap(({ requirements }) => requirements)
  t.strictSame(
    cited.filter((id) => whyOutOfReach(id) !== undefined),
    [],
  )
})

t.test('every rule below MUST is out of reach', async (t) => {
  const lower = registry.filter(({ level, id }) => level !== 'must' && whyOutOfReach(id) === undefined)
  t.strictSame(
    lower.map(({ id }) => id),
    [],
  )
})
