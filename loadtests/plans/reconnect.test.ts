import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { openTarget } from '../../cli/target/open.ts'
import type { Target } from '../../schemas/target.ts'
import { startChatServer } from '../fixtures/chat-server.ts'
import { holdsMissed, missedOf, playAt, playerOf } from '../fixtures/play.ts'
import { type CheckCounts, Checks } from '../scenarios/checks.ts'
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

t.test('a server that ends before it is told to drain has failed, and the run keeps what it has', async (t) => {
  let end: (how: string) => void = () => {}
  const ended = new Promise<string>((resolve) => {
    end = resolve
  })
  const server = await startChatServer({
    ratePerS: 200,
    onMessage(count) {
      if (count !== 10) return
      server.kill()
      end('SIGKILL')
    },
  })
  t.teardown(server.close)
  const target = { ...server.target, controlToken: 'c', ended }
  const result = await playAt(t, { ...closed, storm: 'drain', drain_ms: 200 }, target)
  const { ledger, troubles, checks = [], partial } = result
  t.ok(ledger.delivered > 0)
  t.equal(ledger.lost, ledger.expected - ledger.delivered)
  holdsMissed(t, result, ['lost', 'dropped', 'drain_accepted', 'came_back'])
  t.match(checks.find(({ name }) => name === 'drain_accepted')?.examples, [/not answered: .*ECONNREFUSED/])
  t.match(troubles?.[0], { what: 'the server ended (SIGKILL) before the run was over', count: 1 })
  t.equal(partial, false, 'it was played to its end')
})

/** What comes of the drain where the server answers it with that status. */
async function drainWith(t: Test, status: number): Promise<CheckCounts> {
  const http = createServer((_, response) => response.writeHead(status).end('{}'))
  t.teardown(() => http.close())
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const urls = [`ws://127.0.0.1:${(http.address() as AddressInfo).port}/ws`]
  const target: Target = {
    ...{ urls, description: { kind: 'url', urls }, controlToken: 'c', mint: async () => '' },
    ...{ output: () => undefined, stop: async () => {} },
  }
  const workload = playable(drained, {}, 'of the test') as Parameters<typeof reconnect.deal>[0]
  const checks = new Checks()
  const deal = reconnect.deal(workload, { urls, run: 'x' })
  const { signal } = new AbortController()
  await reconnect.beside?.(workload, {
    target,
    deal,
    startsAt: 0,
    signal,
    checks,
    count() {},
    present: () => undefined,
  })
  return checks.counts()
}

t.test('a drain is accepted, fails, or is refused, and then the run says nothing', async (t) => {
  t.match(await drainWith(t, 202), { drain_accepted: { judged: 1, broken: 0 } })
  const examples = ['POST /control/drain was answered with status 503, not 202']
  t.match(await drainWith(t, 503), { drain_accepted: { judged: 1, broken: 1, examples } })
  await t.rejects(drainWith(t, 401), { name: 'TargetError', message: /answered with status 401, not 202/ })
})

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
