import { readFileSync } from 'node:fs'
import t from 'tap'
import { readRequirements } from '../../schemas/requirements.ts'
import { suiteOf } from '../packs.ts'
import { DEFLATE_CASES, WIRE_CASES } from './pack.ts'

const read = (rfc: string) =>
  readRequirements(readFileSync(new URL(`../../schemas/${rfc}.md`, import.meta.url), 'utf8'))
const [framing, compression] = [read('RFC6455'), read('RFC7692')]
const levels = new Map([...framing, ...compression].map(({ id, level }) => [id, level]))
const CASES = [...WIRE_CASES, ...DEFLATE_CASES]

t.test('every case cites sentences that share one level, and every sentence has a case of its pack', async (t) => {
  for (const { id, requirements } of CASES)
    t.equal(new Set(requirements.map((cited) => levels.get(cited) ?? `${cited} is unknown`)).size, 1, id)
  const cited = (pack: typeof CASES) => new Set(pack.flatMap(({ requirements }) => requirements))
  const ids = (registry: typeof framing) => registry.map(({ id }) => id)
  t.strictSame(cited([...WIRE_CASES]), new Set(ids(framing)))
  t.strictSame([...cited([...DEFLATE_CASES])].filter((id) => id.startsWith('rfc7692/')).sort(), ids(compression).sort())
})

t.test('what holds in every case is a requirement, whichever of the two packs finds it broken', async (t) => {
  for (const pack of ['wire', 'deflate'] as const) {
    const { registry, elsewhere = [] } = suiteOf([pack])
    const known = [...registry, ...elsewhere].map(({ id }) => id)
    t.strictSame(known.sort(), [...levels.keys()].sort(), pack)
  }
})

t.test('ids are unique, and so are the numbers of Autobahn', async (t) => {
  const ids = CASES.map(({ id }) => id)
  const aliases = CASES.flatMap(({ aliases = [] }) => aliases)
  t.strictSame([new Set(ids).size, new Set(aliases).size], [ids.length, aliases.length])
  for (const id of ids) t.match(id, /^(wire|deflate)-[a-z0-9-]+\/[a-z0-9-]+$/)
})
