import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Workload } from '../schemas/generated/results.ts'
import { validateLoadResult } from '../schemas/generated/validators.js'
import { type ChatServerOptions, type Frame, startChatServer } from './fixtures/chat-server.ts'
import { manifest } from './fixtures/play.ts'
import type { LoadProgress } from './progress.ts'
import { findK6 } from './provision.ts'
import { EngineError, runLoad } from './run.ts'
import { playable } from './workload.ts'

// The first run of a machine builds k6.
t.setTimeout(600_000)

const { env } = process
const k6 = await findK6({ env, onProgress: (line) => t.comment(line), signal: new AbortController().signal })

/** Two rooms of ten subscribers and one publisher each; 20 messages a room, of which each subscriber is owed all. */
const workload: Workload = {
  scenario: 'fan-out',
  rooms: 2,
  subscribers: 20,
  publishers: 2,
  rate_per_s: 20,
  duration_ms: 2000,
  drain_ms: 1000,
}
const EXPECTED = 400

interface Play {
  readonly server?: ChatServerOptions & { readonly killedAfter?: number }
  readonly onProgress?: (progress: LoadProgress) => void
  readonly signal?: AbortSignal
  readonly shards?: number
  readonly referee?: number
  readonly changed?: Readonly<Record<string, unknown>>
}

/** Plays the workload against a server that errs as told, and holds the result to its schema. */
async function play(t: Test, { server: { killedAfter, onMessage, ...faults } = {}, ...how }: Play) {
  const server = await startChatServer({
    ...faults,
    onMessage(count) {
      onMessage?.(count)
      if (count === killedAfter) server.kill()
    },
  })
  t.teardown(server.close)
  const { onProgress = () => {}, signal = new AbortController().signal, shards, referee, changed = {} } = how
  const played = playable(workload, changed, 'of the test')
  const result = await runLoad({
    ...{ target: server.target, workload: played, k6, manifest, shards, referee, onProgress, signal },
  })
  validateLoadResult(result)
  t.equal(validateLoadResult.errors, null, 'the result keeps to its schema')
  return result
}

const SOUND = { malformed: 0, misnumbered: 0, out_of_sender_order: 0 }
const FLAWLESS = { expected: EXPECTED, delivered: EXPECTED, lost: 0, duplicate: 0, reordered: 0, unexpected: 0 }

t.test('a correct server delivers each message once, and every figure is there', async (t) => {
  const phases = new Set<string>()
  const { latency, ...result } = await play(t, { onProgress: ({ phase }) => phases.add(phase) })
  t.match(result.ledger, FLAWLESS)
  t.same(result.integrity, SOUND)
  t.same(result.troubles, [])
  t.same(result.publishes, { scheduled: 40, sent: 40, accepted: 40, refused: 0, unanswered: 0 })
  t.same(result.connections, { planned: 22, ready: 22, failed: 0, dropped: 0 })
  t.equal(result.partial, false)
  t.ok(result.thresholds.every(({ pass }) => pass))
  const { pulse, ...measured } = latency
  t.ok(pulse?.count, 'the generator watches itself')
  const counts = Object.entries(measured).map(([name, { count }]) => [name, count])
  t.same(Object.fromEntries(counts), { delivery: 400, publish_delay: 40, ack: 40, connect: 22, queue: 400 })
  const total = (name: 'sent' | 'delivered') => result.series.reduce((sum, point) => sum + (point[name] ?? 0), 0)
  t.same([total('sent'), total('delivered')], [40, 400], 'the seconds add up')
  t.ok(phases.has('publishing'))
  t.equal(result.manifest.k6, k6.version)
})

t.test('a referee hears every message of its rooms, and no ledger counts what it hears', async (t) => {
  const { referee, ledger, connections } = await play(t, { referee: 4 })
  t.match(ledger, FLAWLESS)
  t.equal(connections.planned, 22)
  t.match(referee, { receivers: 4, latency: { count: 80 } })
})

t.test('a referee that hears all half a second later makes the run SUSPECT, and both figures are named', async (t) => {
  const delay = (user: string) => (/-r\d+$/.test(user) ? 500 : 0)
  const { referee, validity, thresholds } = await play(t, { referee: 4, server: { delay } })
  t.equal(referee?.agrees, false)
  t.ok((referee?.latency.min ?? 0) >= 499)
  t.not(validity.verdict, 'valid')
  t.match(validity.reasons.join(), /disagree: p50 [\d.]+ ms by k6, [\d.]+ ms by the referee/)
  t.ok(
    thresholds.every(({ pass }) => pass),
    'it is a doubt, and no fault of the server',
  )
})

t.test('a foreign layout of the frames changes no count', async (t) => {
  const { ledger, integrity } = await play(t, { server: { stringify: (message) => JSON.stringify(message, null, 2) } })
  t.match(ledger, FLAWLESS)
  t.same(integrity, SOUND)
})

t.test('what a server loses, repeats and swaps is counted to the message', async (t) => {
  const fault: ChatServerOptions['fault'] = (seq, subscriber) => {
    if (seq === 3 && subscriber === 0) return 'lose'
    if (seq === 20 && subscriber < 2) return 'repeat'
    return seq === 5 && subscriber < 3 ? 'hold' : undefined
  }
  const { ledger, integrity, thresholds } = await play(t, { server: { fault } })
  t.match(ledger, { ...FLAWLESS, delivered: EXPECTED - 2, lost: 2, duplicate: 4, reordered: 6 })
  t.same(integrity, SOUND, 'none of which it numbered wrongly')
  const missed = thresholds.filter(({ pass }) => !pass).map(({ name }) => name)
  t.same(missed, ['lost', 'duplicate', 'reordered'])
})

/** Writes frames with the payload of each message changed. */
const changing = (change: (payload: Frame['payload']) => object) => (frame: Frame) =>
  JSON.stringify(frame.type === 'user_message' ? { ...frame, payload: change(frame.payload) } : frame)

const LOST = { ...FLAWLESS, delivered: 0, lost: EXPECTED }
const CORRUPT: readonly (readonly [
  title: string,
  change: (payload: Frame['payload']) => object,
  ledger: object,
  integrity: object,
])[] = [
  ['cuts every text', (all) => ({ ...all, text: String(all.text).slice(0, 40) }), LOST, { malformed: EXPECTED }],
  ['names another sender', (all) => ({ ...all, from: { id: 'x' } }), LOST, { malformed: EXPECTED }],
  ['keeps only seq and text', ({ seq, text }) => ({ seq, text }), LOST, { malformed: EXPECTED }],
  ['names another room', (all) => ({ ...all, room: 'other' }), { ...LOST, unexpected: EXPECTED }, {}],
  ['gives every message the same seq', (all) => ({ ...all, seq: 1 }), FLAWLESS, { misnumbered: EXPECTED - 20 }],
  ['leaves gaps in seq', (all) => ({ ...all, seq: 1000 * Number(all.seq) }), FLAWLESS, { misnumbered: EXPECTED }],
]
for (const [title, change, ledger, integrity] of CORRUPT) {
  t.test(`a server that ${title} does not pass`, async (t) => {
    const result = await play(t, { server: { stringify: changing(change) } })
    t.match(result.ledger, ledger)
    t.same(result.integrity, { ...SOUND, ...integrity })
    t.notOk(result.thresholds.every(({ pass }) => pass))
  })
}

t.test('what only the schema tells is found in the sample', async (t) => {
  const server = { stringify: changing(({ epoch: _epoch, ...rest }) => rest) }
  const { ledger, integrity, troubles } = await play(t, { server })
  t.match(ledger, FLAWLESS)
  t.ok(integrity.malformed > 0 && integrity.malformed < EXPECTED / 10)
  t.match(troubles, [{ what: "malformed frame: /payload must have required property 'epoch'" }])
})

t.test('a server that takes the messages of a sender in another order is seen', async (t) => {
  const { ledger, integrity } = await play(t, { server: { swapsPairs: true } })
  t.match(ledger, FLAWLESS)
  t.same(integrity, { ...SOUND, out_of_sender_order: EXPECTED / 2 })
})

const BROKEN: readonly (readonly [title: string, frame: string, unexpected?: number])[] = [
  ['null', 'null'],
  ['no JSON', '{'],
  ['a list', '[]'],
  ['a message without a payload', '{"type":"user_message"}'],
  ['a message without a text', '{"type":"user_message","payload":{"room":"r","seq":1}}', 2],
  ['an error without a payload', '{"type":"error","reply_to":"c1"}'],
]
for (const [title, broken, unexpected = 0] of BROKEN) {
  t.test(`a frame that is ${title} is counted, and ends nothing`, async (t) => {
    const stringify = (frame: Frame) => (frame.type === 'ping' ? broken : JSON.stringify(frame))
    const { ledger, integrity, validity, partial } = await play(t, { server: { stringify } })
    t.match(ledger, { ...FLAWLESS, unexpected }, 'publishers await no message at all')
    t.same(integrity, { ...SOUND, malformed: 22 - unexpected }, 'one on each connection')
    t.not(validity.verdict, 'invalid')
    t.equal(partial, false)
  })
}

t.test('a connection whose welcome tells no limits has failed', async (t) => {
  const stringify = (frame: Frame) =>
    JSON.stringify(frame.type === 'welcome' ? { ...frame, payload: { ...frame.payload, limits: undefined } } : frame)
  const message = /no publisher got ready \(publisher failed: its welcome tells no limits\)/
  await t.rejects(play(t, { server: { stringify } }), { name: 'TargetError', message })
})

t.test('a refused message is owed to nobody', async (t) => {
  const { ledger, publishes } = await play(t, { server: { refuses: (attempt) => attempt === 7 } })
  t.match(ledger, { ...FLAWLESS, expected: EXPECTED - 10, delivered: EXPECTED - 10 })
  t.same(publishes, { scheduled: 40, sent: 40, accepted: 39, refused: 1, unanswered: 0 })
})

t.test('a server that dies half-way owes the rest', async (t) => {
  const { ledger, publishes, connections, thresholds } = await play(t, { server: { killedAfter: 20 } })
  t.equal(ledger.expected, EXPECTED, 'the schedule goes on without it')
  t.equal(ledger.lost, EXPECTED - ledger.delivered)
  t.ok(ledger.delivered <= EXPECTED / 2)
  t.equal(publishes.unanswered, 40 - publishes.accepted)
  t.match(connections, { ready: 22, dropped: 22 })
  t.notOk(thresholds.every(({ pass }) => pass))
})

t.test('a run that is called off keeps its counts, marked as partial', async (t) => {
  const interruption = new AbortController()
  const server = { onMessage: (count: number) => count === 10 && interruption.abort() }
  const { partial, ledger, publishes, validity } = await play(t, { server, signal: interruption.signal })
  t.equal(partial, true)
  t.not(validity.verdict, 'valid')
  t.match(validity.reasons, ['the run was interrupted before its end'])
  t.ok(publishes.accepted >= 10 && publishes.scheduled < 40)
  t.match(ledger, { expected: publishes.accepted * 10, lost: 0 })
})

t.test('a run that is called off while it connects measured nothing, and nobody failed', async (t) => {
  const interruption = new AbortController()
  const stringify = (frame: Frame) => {
    if (frame.type === 'welcome') interruption.abort()
    return JSON.stringify(frame.type === 'welcome' ? { type: 'pong', payload: {} } : frame)
  }
  const { validity, connections, latency } = await play(t, { server: { stringify }, signal: interruption.signal })
  t.same(connections, { planned: 22, ready: 0, failed: 0, dropped: 0 })
  t.equal(latency.delivery?.count, 0)
  t.not(validity.verdict, 'valid')
  t.match(validity.reasons, ['the run was interrupted before its end', /nothing was delivered/])
})

t.test(
  'an engine that dies makes the run partial and invalid',
  { skip: !existsSync('/proc/self') && 'needs /proc' },
  async (t) => {
    const server = { onMessage: (count: number) => count === 30 && process.kill(childOf(process.pid, 'k6'), 'SIGKILL') }
    const { partial, validity, ledger, connections, publishes } = await play(t, { server })
    t.equal(partial, true)
    t.equal(validity.verdict, 'invalid')
    t.match(validity.reasons, [/stopped before its end: k6 ended with SIGKILL$/, /the ledger is incomplete/])
    t.match(connections, { planned: 22, ready: 22, failed: 0 }, 'what VUs said before is kept')
    t.ok(publishes.accepted > 0 && publishes.accepted <= 30)
    t.ok(ledger.delivered > 0 && ledger.expected >= ledger.delivered)
  },
)

t.test('two engines play one run: who publishes in one is heard in the other, and every count is exact', async (t) => {
  const fault: ChatServerOptions['fault'] = (seq, subscriber) => (seq === 7 && subscriber < 3 ? 'lose' : undefined)
  const played = await play(t, { server: { fault }, shards: 2, changed: { rooms: 1 } })
  const { ledger, integrity, publishes, connections, latency, series, partial } = played
  t.match(ledger, { ...FLAWLESS, expected: 800, delivered: 797, lost: 3 })
  t.same(integrity, SOUND)
  t.same(publishes, { scheduled: 40, sent: 40, accepted: 40, refused: 0, unanswered: 0 })
  t.same(connections, { planned: 22, ready: 22, failed: 0, dropped: 0 })
  t.ok((latency.delivery?.min ?? 0) > 0, 'on their common clock nothing arrives before it is sent')
  const total = (name: 'sent' | 'delivered') => series.reduce((sum, point) => sum + (point[name] ?? 0), 0)
  t.same([total('sent'), total('delivered')], [40, 797], 'the seconds add up')
  t.equal(Math.max(...series.map(({ sockets = 0 }) => sockets)), 22, 'and so do the sockets of each')
  t.equal(partial, false)
})

t.test(
  'one of two engines that dies is named, and the other is asked for what it has',
  { skip: !existsSync('/proc/self') && 'needs /proc' },
  async (t) => {
    const server = { onMessage: (count: number) => count === 20 && process.kill(childOf(process.pid, 'k6'), 'SIGKILL') }
    const { partial, validity, connections, publishes, ledger } = await play(t, { server, shards: 2 })
    t.equal(partial, true)
    t.equal(validity.verdict, 'invalid')
    t.match(validity.reasons, [
      /stopped before its end: shard [12] of 2: k6 ended with SIGKILL$/,
      /ledger is incomplete/,
    ])
    t.match(connections, { planned: 22, ready: 22 })
    t.ok(publishes.accepted > 0 && publishes.accepted < 40, 'the other did not play on to the end')
    t.ok(ledger.delivered > 0)
    t.notOk(childOf(process.pid, 'k6'), 'and nothing is left running')
  },
)

t.test('nothing is measured where the server grants less than the publishers need', async (t) => {
  const message =
    "publisher rate 10/s exceeds the server's limit of 4/s (rate_per_s in its welcome): " +
    'use at least 5 publishers, or a rate of at most 8/s'
  await t.rejects(play(t, { server: { ratePerS: 4 } }), { name: 'WorkloadError', message })
})

t.test('nothing is measured where nobody is there, or k6 does not start', async (t) => {
  const dead = await startChatServer()
  await dead.close()
  const options = {
    target: dead.target,
    workload: playable(workload, {}, 'of the test'),
    manifest,
    onProgress: () => {},
  }
  const { signal } = new AbortController()
  await t.rejects(runLoad({ ...options, k6, signal }), {
    name: 'TargetError',
    message: /no publisher got ready \(.*refused/,
  })
  const error = await runLoad({ ...options, k6: { path: process.execPath, version: '2.2.0' }, signal }).catch(Object)
  t.type(error, EngineError)
  t.match(error.message, /the load engine did not start: k6 ended with exit code/)
})

/** The child of that name, by its status in /proc. */
function childOf(parent: number, name: string): number {
  const processes = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  const found = processes.find((pid) => {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
    return stat.includes(`(${name}) `) && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
  })
  return Number(found)
}
