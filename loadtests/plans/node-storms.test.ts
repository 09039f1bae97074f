import t, { type Test } from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { WITHOUT_REDIS } from '../../cli/target/redis-under-test.ts'
import type { LoadResult } from '../../schemas/generated/results.ts'
import { holdsMissed, missedOf, playAt } from '../fixtures/play.ts'
import { playable } from '../workload.ts'
import { reconnect } from './reconnect.ts'

t.setTimeout(600_000)

type Workload = Parameters<typeof reconnect.deal>[0]
const workloadOf = (found: object) => playable(found, {}, 'of the test') as Workload

const killed = {
  ...{ scenario: 'reconnect', rooms: 4, subscribers: 24, publishers: 8, rate_per_s: 200, connect_rate_per_s: 300 },
  ...{ storm: 'kill-node', storm_at_ms: 500, base_ms: 300, duration_ms: 1500, drain_ms: 10_000 },
}
const rolled = {
  ...{ scenario: 'reconnect', rooms: 4, subscribers: 56, publishers: 4, rate_per_s: 60, connect_rate_per_s: 300 },
  ...{ storm: 'rolling-drain', storm_at_ms: 300, backoff: 'advised', drain_deadline_ms: 200, advised_max_ms: 600 },
  ...{ duration_ms: 3000, drain_ms: 10_000 },
}

async function playOn(t: Test, nodes: number, found: object, mutant?: string): Promise<LoadResult> {
  const { signal } = new AbortController()
  const choice = { kind: 'embedded' as const, ...(mutant === undefined ? {} : { mutant }), cluster: { nodes } }
  const limits = reconnect.limits(workloadOf(found))
  const target = await openTarget(choice, { profile: 'default', limits }, signal)
  try {
    return await playAt(t, found, target)
  } finally {
    await target.stop()
  }
}

const judgedOf = ({ checks = [] }: LoadResult, name: string) => checks.find((check) => check.name === name)?.judged ?? 0

t.test(
  'of a node that is killed everybody goes on elsewhere, and hears all once',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const result = await playOn(t, 3, killed)
    const { ledger, publishes, connections, latency } = result
    t.same(missedOf(result), [])
    t.equal(ledger.delivered, 300 * 6)
    t.match(publishes, { scheduled: 300, sent: 300, accepted: 300 })
    t.match(connections, { ready: 32, failed: 0, dropped: 0 })
    // A third of 24 subscribers and 8 publishers, as they are dealt to the nodes.
    const moved = judgedOf(result, 'session_resumed')
    t.ok(moved >= 10 && moved <= 11, `${moved} were on it`)
    t.equal(latency.recover?.count, moved)
    t.equal(latency.caught_up?.count, 8, 'of each subscriber it is told when it had caught up')
  },
)

t.test('by a rolling drain everybody is moved as advised, and hears all once', { skip: WITHOUT_REDIS }, async (t) => {
  const result = await playOn(t, 2, rolled)
  t.same(missedOf(result), [])
  t.equal(result.ledger.delivered, 180 * 14)
  t.equal(judgedOf(result, 'node_replaced'), 2)
  t.equal(judgedOf(result, 'came_back'), 60)
  t.ok(judgedOf(result, 'session_resumed') >= 90, 'half of them twice')
})

const FAULTS: readonly (readonly [mutant: string, nodes: number, workload: object, missed: readonly string[]])[] = [
  ['cluster/sessions-of-each-node', 2, killed, ['session_resumed']],
  ['cluster/ok-before-the-broker', 2, { ...killed, drain_ms: 500 }, ['lost']],
  ['cluster/replays-what-its-node-heard', 2, { ...rolled, drain_ms: 500 }, ['lost', 'room_recovered']],
]
for (const [mutant, nodes, workload, missed] of FAULTS) {
  t.test(`${mutant} is seen as ${missed.join(' and ')}`, { skip: WITHOUT_REDIS }, async (t) => {
    holdsMissed(t, await playOn(t, nodes, workload, mutant), missed)
  })
}

const three = { urls: ['ws://a/ws', 'ws://b/ws', 'ws://c/ws'], run: 'x', nodes: 3 }

t.test('only who is on the node that is killed has a way back, to the others first', (t) => {
  const { places } = reconnect.deal(workloadOf(killed), three)
  const doomed = places.filter(({ failover }) => failover !== undefined)
  const [victim] = new Set(doomed.map(({ url }) => url))
  t.equal(doomed.length, places.filter(({ url }) => url === victim).length)
  for (const { failover = [] } of doomed) {
    t.equal(failover.at(-1), victim)
    t.same([...failover].sort(), three.urls)
  }
  t.equal(new Set(doomed.map(({ failover }) => failover?.[0])).size, 2, 'they spread over the others')
  t.end()
})

t.test('behind a balancer everybody may be hit, and comes back to its address', (t) => {
  const { places } = reconnect.deal(workloadOf(killed), { ...three, urls: ['ws://all/ws'] })
  for (const { failover } of places) t.same(failover, ['ws://all/ws'])
  t.end()
})

const WRONG: readonly (readonly [workload: object, nodes: number, message: RegExp])[] = [
  [killed, 0, /"kill-node" needs other nodes .*give --nodes 2 or more, and no --url/],
  [killed, 1, /"kill-node" needs other nodes/],
  [rolled, 0, /"rolling-drain" needs nodes that are started for the run and share a broker.*--nodes 2 or more/],
  [rolled, 1, /"advised" needs another node to go to/],
  [{ ...killed, backoff: 'advised' }, 2, /backoff "advised" needs storm "drain" or "rolling-drain"/],
]
for (const [workload, nodes, message] of WRONG) {
  t.test(`on ${nodes} nodes it is refused with ${message.source}`, async (t) => {
    t.throws(() => reconnect.deal(workloadOf(workload), { ...three, nodes }), { name: 'WorkloadError', message })
  })
}
