import t from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import { holdsMissed, missedOf, playerOf } from '../fixtures/play.ts'
import { playable } from '../workload.ts'
import { reconnect } from './reconnect.ts'

const playOn = playerOf(openTarget)
t.setTimeout(600_000)

const closed = {
  scenario: 'reconnect',
  rooms: 2,
  subscribers: 20,
  publishers: 2,
  rate_per_s: 200,
  connect_rate_per_s: 200,
  storm_at_ms: 500,
  backoff: 'full-jitter',
  base_ms: 300,
  duration_ms: 2000,
}
const drained = {
  ...closed,
  subscribers: 100,
  rate_per_s: 10,
  storm: 'drain',
  backoff: 'advised',
  drain_deadline_ms: 200,
  advised_max_ms: 4000,
  duration_ms: 5500,
}

t.test('on the right server everybody resumes, and every message comes once', async (t) => {
  const { thresholds, ledger, latency, connections, checks = [] } = await playOn(t, closed)
  t.same(missedOf({ thresholds }), [])
  t.equal(ledger.delivered, 400 * 10)
  t.equal(latency.recover?.count, 20)
  t.ok((latency.replay?.count ?? 0) > 0, 'some of it as a replay')
  t.match(connections, { ready: 22, dropped: 0 })
  const judged = checks.map(({ name, judged }) => [name, judged])
  t.same(judged, [
    ['came_back', 20],
    ['session_resumed', 20],
    ['room_recovered', 20],
  ])
})

t.test('arrivals after a drain follow the window that the server was told to advise', async (t) => {
  t.same(missedOf(await playOn(t, drained)), [])
})

const FAULTS: readonly (readonly [mutant: string, workload: object, missed: readonly string[]])[] = [
  ['session/any-end-ends-it', closed, ['session_resumed']],
  ['session/positions-are-ignored', closed, ['lost', 'room_recovered']],
  ['resume/position-is-inclusive', closed, ['duplicate', 'room_recovered']],
  ['resume/replays-then-subscribes', closed, ['lost']],
  [
    'drain/node-follows-the-user',
    { ...closed, storm: 'drain', drain_deadline_ms: 100, drain_ms: 300 },
    ['lost', 'came_back', 'session_resumed', 'room_recovered'],
  ],
  ['drain/own-window', drained, ['arrivals_as_advised']],
]
for (const [mutant, workload, missed] of FAULTS) {
  t.test(`${mutant} is seen as ${missed.join(' and ')}`, async (t) => {
    holdsMissed(t, await playOn(t, workload, mutant), missed)
  })
}

const WRONG: readonly (readonly [fields: object, message: RegExp])[] = [
  [{ storm_at_ms: 2000 }, /storm_at_ms 2000 is not before the end of the 2000 ms/],
  [{ backoff: 'advised' }, /backoff "advised" needs storm "drain"/],
  [{ storm: 'drain', backoff: 'advised' }, /20 subscribers make no curve of arrivals: use at least 50/],
  [{ ...drained, advised_min_ms: 4000 }, /advised_min_ms 4000 must be below advised_max_ms/],
]
for (const [fields, message] of WRONG) {
  t.test(`a workload is refused with ${message.source}`, async (t) => {
    const workload = playable({ ...closed, ...fields }, {}, 'of the test') as Parameters<typeof reconnect.describe>[0]
    t.throws(() => reconnect.deal(workload, { urls: [''], run: 'x' }), { name: 'WorkloadError', message })
  })
}

t.test('a drain is refused where nobody can tell the server to', async (t) => {
  const found = { ...closed, storm: 'drain', backoff: 'none' }
  const drain = playable(found, {}, 'of the test') as Parameters<typeof reconnect.deal>[0]
  const setting = { urls: [''], run: 'x' }
  t.throws(() => reconnect.deal(drain, { ...setting, hasControl: false }), {
    name: 'WorkloadError',
    message: /storm "drain" needs .* give --control-token, or .*"storm": "close"/,
  })
  t.doesNotThrow(() => reconnect.deal(drain, { ...setting, hasControl: true }))
})
