/** The cluster pack on the server that is right: three nodes on a broker of their own. */
import t from 'tap'
import { launchCluster } from '../../cli/target/cluster.ts'
import { embeddedServer } from '../../cli/target/embedded.ts'
import { WITHOUT_REDIS } from '../../cli/target/redis-under-test.ts'
import type { CaseResult, Manifest } from '../../schemas/generated/results.ts'
import type { Target } from '../../schemas/target.ts'
import { suiteOf } from '../packs.ts'
import { calibratePatience } from '../runner/patience.ts'
import { runSuite } from '../runner/run.ts'

const { cases, registry, exclusions } = suiteOf(['cluster'])
const { signal } = new AbortController()

/** Every case that did not pass, with its verdict and reason; but for those for which this machine was too slow to tell. */
async function play(target: Target) {
  const patience = await calibratePatience(target.urls[0] ?? '')
  const result = await runSuite({
    ...{ target, cases, registry, exclusions, signal, patience },
    manifest: {} as Manifest,
    jobs: 16,
    maxWaitMs: 10_000,
    replay: (id) => `npx shakedown conform --pack cluster --only ${id}`,
  })
  const tooSlow = ({ verdict, reason = '' }: CaseResult) => verdict === 'skip' && reason.startsWith('took longer than')
  const others = result.cases.filter((one) => one.verdict !== 'pass' && !tooSlow(one))
  return others.map(({ id, verdict, reason = '' }) => ({ id, verdict, reason }))
}

t.test('three nodes', { skip: WITHOUT_REDIS }, async (t) => {
  const target = await launchCluster(await embeddedServer(), { nodes: 3 }, { profile: 'test' }, signal)
  t.teardown(() => target.stop())

  await t.test('that were started for it keep every rule', async (t) => {
    t.strictSame(await play(target), [])
  })

  await t.test('that were found running keep every rule for which none of them has to end', async (t) => {
    const { nodes: _, join: __, broker: ___, launchCluster: ____, ...found } = target
    const left = await play(found)
    t.ok(left.length > 0 && left.length < cases.length / 2)
    for (const { id, verdict, reason } of left)
      t.match({ verdict, reason }, { verdict: 'skip', reason: /^needs a node/ }, id)
  })

  await t.test('behind one address keep every rule that does not ask on which one a user is', async (t) => {
    const { nodes: _, join: __, broker: ___, launchCluster: ____, ...found } = target
    const [first = ''] = target.urls
    const left = await play({ ...found, urls: [first], capabilities: { control: true, cluster: true } })
    t.ok(left.length > 0 && left.length < cases.length)
    for (const { id, verdict, reason } of left)
      t.match({ verdict, reason }, { verdict: 'skip', reason: /^(needs a node|has to choose)/ }, id)
    const nothingSaid = await play({ ...found, urls: [first] })
    t.strictSame([...new Set(nothingSaid.map(({ verdict }) => verdict))], ['skip'])
    t.equal(nothingSaid.length, cases.length, 'where nothing says that there are several nodes, no case says so either')
  })
})
