import t from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { holdsMissed, missedOf, playerOf } from '../fixtures/play.ts'
import { playable } from '../workload.ts'
import { connections } from './connections.ts'

const playOn = playerOf(openTarget)
t.setTimeout(600_000)

const workload = {
  scenario: 'connections',
  connections: 60,
  plateaus: 3,
  settle_ms: 2500,
  connect_rate_per_s: 60,
  duration_ms: 2500,
}

t.test('each step is held before the next, and all nodes get their part', async (t) => {
  const played = playable({ ...workload, connections: 6 }, {}, 'of the test') as Parameters<typeof connections.deal>[0]
  const { places } = connections.deal(played, { urls: ['ws://a', 'ws://b'], run: 'x' })
  t.same(
    places.map(({ connect_ms }) => Math.round(connect_ms)),
    [0, 17, 2533, 2550, 5067, 5083],
  )
  t.same(new Set(places.map(({ url }) => url)), new Set(['ws://a', 'ws://b']))
})

t.test('all are welcomed, held and closed by us, and their cost is told with its fit', async (t) => {
  const { checks = [], latency, server, ...result } = await playOn(t, workload)
  t.same(missedOf(result), [])
  t.match(checks, [{ name: 'close_answered', judged: 60 }])
  t.match(result.connections, { ready: 60, failed: 0, dropped: 0 })
  const counts = ['connect', 'upgrade', 'close'].map((name) => latency[name]?.count)
  t.same(counts, [60, 60, 60])
  if (process.platform !== 'linux') return
  t.same(
    server?.connection_fit?.plateaus.map(({ connections }) => connections),
    [20, 40, 60],
  )
  t.type(server?.bytes_per_connection, 'number')
})

const FAULTS: readonly (readonly [title: string, mutant: string, missed: readonly string[]])[] = [
  ['leaves closes unanswered', 'close/client-close-is-ignored', ['close_answered']],
  ['drops connections that it welcomed', 'close/drops-one-in-20', ['dropped']],
]
for (const [title, mutant, missed] of FAULTS) {
  t.test(`a server that ${title} does not pass`, async (t) => {
    const changed = { ...workload, plateaus: 1, connect_rate_per_s: 120, duration_ms: 2000 }
    holdsMissed(t, await playOn(t, changed, mutant), missed)
  })
}
