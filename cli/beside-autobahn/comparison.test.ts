import t from 'tap'
import { suiteOf } from '../../conformance/packs.ts'
import { type AutobahnSays, compare, covers, type Difference, isExplained, type WeSay } from './comparison.ts'
import { DIFFERENCES } from './differences.ts'
import { PEER_NAMES, versionOf } from './peers.ts'

const { cases, registry } = suiteOf(['wire', 'deflate'])
const NUMBERS = cases.flatMap(({ aliases = [] }) => aliases.map((alias) => alias.replace('autobahn:', '')))

const OK: AutobahnSays = { behavior: 'OK', behaviorClose: 'OK' }
const LATE: AutobahnSays = { behavior: 'OK', behaviorClose: 'FAILED' }
const we = (verdict: WeSay['verdict']): WeSay => ({ id: 'wire-ping/late', verdict, why: 'no pong' })
const REASON: Difference = {
  ...{ servers: ['ws'], cases: ['2.*'], autobahn: 'OK, close FAILED', ours: 'fail' },
  ...{ why: 'Its side column alone is red.', cites: [] },
}

t.test('the table names cases that we play, and sentences that our cases cite', async (t) => {
  const cited = new Set(cases.flatMap(({ requirements }) => requirements))
  const known = new Set(registry.map(({ id }) => id))
  for (const difference of DIFFERENCES) {
    for (const one of difference.cases)
      t.ok(
        NUMBERS.some((number) => covers({ cases: [one] }, number)),
        `${one} is a case`,
      )
    t.match(difference.why, /^[A-Z].*\.$/, 'the reason is a sentence')
    for (const id of difference.cites) t.ok(cited.has(id) && known.has(id), `${id} is a sentence that a case cites`)
    t.ok(difference.cites.length > 0 && difference.servers.length > 0)
  }
})

t.test('of one server, no two entries of the table are about the same case', async (t) => {
  for (const server of PEER_NAMES) {
    const about = DIFFERENCES.filter(({ servers }) => servers.includes(server))
    const twice = NUMBERS.filter((number) => about.filter((one) => covers(one, number)).length > 1)
    t.strictSame(twice, [], server)
  }
})

t.test('a verdict that says the same is no difference, and one that does not needs its reason', async (t) => {
  const autobahn = new Map([
    ['2.10', LATE],
    ['2.9', OK],
  ])
  const same = compare('ws', new Map([['2.9', OK]]), new Map([['2.9', we('pass')]]), [])
  t.ok(isExplained(same))
  const ours = new Map([
    ['2.9', we('pass')],
    ['2.10', we('fail')],
  ])
  const { rows } = compare('ws', autobahn, ours, [])
  t.strictSame(
    rows.map(({ number, autobahn: word, same }) => [number, word, same]),
    [
      ['2.9', 'OK', true],
      ['2.10', 'OK, close FAILED', false],
    ],
  )
  t.notOk(isExplained(compare('ws', autobahn, ours, [])))
  t.ok(isExplained(compare('ws', autobahn, ours, [{ ...REASON, cases: ['2.10'] }])))
})

t.test('a reason for other verdicts, of another server or without a difference explains nothing', async (t) => {
  const autobahn = new Map([['2.1', LATE]])
  const ours = new Map([['2.1', we('fail')]])
  t.ok(isExplained(compare('ws', autobahn, ours, [REASON])))
  t.notOk(isExplained(compare('ws', autobahn, ours, [{ ...REASON, ours: 'warn' }])))
  t.notOk(isExplained(compare('ws', autobahn, ours, [{ ...REASON, servers: ['gorilla'] }])))
  t.notOk(isExplained(compare('ws', new Map([['2.1', OK]]), new Map([['2.1', we('pass')]]), [REASON])))
})

t.test('a difference by chance may be none this time, but no other than the table says', async (t) => {
  const chance: Difference = { ...REASON, byChance: true }
  const ours = new Map([['2.1', we('fail')]])
  t.ok(isExplained(compare('ws', new Map([['2.1', LATE]]), ours, [chance])))
  t.ok(isExplained(compare('ws', new Map([['2.1', OK]]), new Map([['2.1', we('pass')]]), [chance])))
  t.notOk(isExplained(compare('ws', new Map([['2.1', OK]]), ours, [chance])))
})

t.test('a case that we do not play differs', async (t) => {
  const { rows } = compare('ws', new Map([['2.1', OK]]), new Map(), [])
  t.match(rows, [{ ours: 'absent', same: false }])
})

t.test('a flaky case and a harness at fault say the same as nothing', async (t) => {
  for (const verdict of ['flaky', 'harness_error'] as const)
    t.notOk(isExplained(compare('ws', new Map([['2.1', OK]]), new Map([['2.1', we(verdict)]]), [])))
})

t.test('of each server the lock file says the version', async (t) => {
  for (const server of PEER_NAMES) t.match(await versionOf(server), / \d+\.\d+/)
})
