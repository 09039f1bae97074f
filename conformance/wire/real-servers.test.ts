/** What servers get that are not ours: no right one fails, whatever it is made of and however slow it is. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type ServerOptions, type VerifyClientCallbackAsync, type WebSocket, WebSocketServer } from 'ws'
import { readRequirements } from '../../schemas/requirements.ts'
import type { Case } from '../runner/case.ts'
import { type Judgement, judge } from '../runner/verdict.ts'
import { CASES as ALL, echoAt, playAll, playOne } from './broken-echo/matrix.ts'
import { startEcho } from './broken-echo/server.ts'
import { findCarrier } from './carrier.ts'
import { carriedCases, skipped } from './pack.ts'
import { type Carrier, SHORT_TERMS } from './world.ts'

const signal = new AbortController().signal
const CASES = ALL.filter(({ pack }) => pack === 'wire')

const registry = readRequirements(readFileSync(new URL('../../schemas/RFC6455.md', import.meta.url), 'utf8'))
const levels = new Map(registry.map(({ id, level }) => [id, level]))

async function play(one: Case, url: string, patience: number): Promise<Judgement> {
  const thrown = await playOne(one, url, patience, signal)
  return judge(thrown, levels.get(one.requirements[0] ?? '') ?? 'must')
}

/** Alike by the dozen, or slow: a few stand for all. */
const isSpared = ({ id }: Case) =>
  /^wire-(volume|utf8-stress)|in-pieces$/.test(id) && !/text-of-64k$|in-chops-of-2k$/.test(id)

/** What a right server must get: no case fails or warns, and only what the RFC leaves open is noticed. */
async function holds(t: Test, url: string, broken?: RegExp): Promise<void> {
  const played = CASES.filter((one) => !isSpared(one))
  for (const [id, { verdict, reason }] of await playAll(played, (one) => play(one, url, 20_000), 100))
    if (broken?.test(id)) t.equal(verdict, 'fail', id)
    else t.ok(verdict === 'pass' || verdict === 'notice', id, { verdict, reason })
}

/** What ws, with Node's HTTP server under it, does not look at. */
const OVERLOOKED = /^wire-opening\/(http-(1-0|0-9)|no-host)/

/** Starts a server on ws. */
async function onWs(t: Test, options: ServerOptions, serve: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
  server.on('connection', (socket) => serve(socket.on('error', () => {})))
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Starts a server that answers each connection's first octets with these, and hangs up. */
async function onTcp(t: Test, answer: string): Promise<string> {
  const server = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(answer)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

t.test('an echo server that greets keeps to RFC 6455', async (t) => {
  const greeting = await startEcho('greets')
  t.teardown(() => greeting.close())
  await holds(t, greeting.url)
})

t.test('an echo server on ws keeps to RFC 6455', async (t) => {
  const url = await onWs(t, {}, (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
  await holds(t, url, OVERLOOKED)
})

t.test('a server that is slow is no worse for it', async (t) => {
  const url = await onWs(t, {}, (socket) => {
    socket.on('message', (data, binary) => setTimeout(() => socket.send(data, { binary }), 300))
  })
  await holds(t, url, OVERLOOKED)
})

const PYTHON_ECHO = `
import asyncio, logging
from websockets.asyncio.server import serve

async def echo(socket):
    async for message in socket:
        await socket.send(message)

async def main():
    async with serve(echo, "127.0.0.1", 0) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()

logging.getLogger("websockets").setLevel(logging.CRITICAL)
asyncio.run(main())
`
const hasPython = spawnSync('python3', ['-c', 'import websockets.asyncio.server']).status === 0
const skip = hasPython || process.env.CI !== undefined ? false : 'python3 with websockets 13 or later is not installed'

t.test("an echo server on Python's websockets keeps to RFC 6455", { skip }, async (t) => {
  t.ok(hasPython, 'python3 can import websockets.asyncio.server')
  if (!hasPython) return
  const python = spawn('python3', ['-c', PYTHON_ECHO], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => python.kill())
  const [port] = await once(python.stdout, 'data')
  // It refuses other versions without a word on its own, and serves whoever names no host.
  await holds(t, `ws://127.0.0.1:${String(port).trim()}/`, /^wire-opening\/(no-host|other-version)/)
})

/** A server that keeps alive ends a connection on which so many pings in a row stay without answer. */
const MOST_UNANSWERED = 3

t.test(
  'a server that greets, fragments its echo and wants its pings in between answered is no worse for it',
  async (t) => {
    const url = await onWs(t, {}, (socket) => {
      let unanswered = 0
      socket.send('welcome to the echo')
      socket.on('pong', () => {
        unanswered = 0
      })
      socket.on('message', (data: Buffer, binary) => {
        unanswered += 1
        if (unanswered > MOST_UNANSWERED) return socket.close(1011, 'keepalive')
        socket.send(data.subarray(0, 1), { binary, fin: false })
        socket.ping()
        socket.send(data.subarray(1), { binary, fin: true })
      })
    })
    await holds(t, url, OVERLOOKED)
  },
)

t.test('what a server says that it does not take is a skip, and what it drops without a word a failure', async (t) => {
  const closing = (code: number, why?: string) => onWs(t, {}, (socket) => socket.close(code, why))
  const text = 'wire-echo/text-of-65536-octets'
  const refused = [
    [await onWs(t, { maxPayload: 1000 }, () => {}), text, 'message of 65536 octets with Close 1009'],
    [
      await closing(1009, 'too many fragments'),
      'wire-volume/text-in-fragments-of-1300-octets',
      'message of 65536 octets in 51 fragments with Close 1009: "too many fragments"',
    ],
    [await closing(1008), text, 'message of 65536 octets with Close 1008'],
    [await closing(1003, 'text only'), 'wire-echo/binary-of-0-octets', 'binary message with Close 1003: "text only"'],
  ] as const
  for (const [url, id, what] of refused)
    t.strictSame(await playId(id, url), { verdict: 'skip', reason: `the server refuses a ${what}` })
  const dropped = [
    [await onWs(t, {}, (socket) => socket.terminate()), text],
    [await closing(1011), text],
    [await closing(1003), text],
    [await closing(1008), 'wire-echo/text-of-125-octets'],
  ] as const
  for (const [url, id] of dropped) t.match(await playId(id, url), { verdict: 'fail', reason: /message .* back/ })
})

async function playId(id: string, url: string): Promise<Judgement> {
  const one = CASES.find((known) => known.id === id)
  if (one === undefined) throw new Error(`there is no case ${id}`)
  return play(one, url, 5000)
}

const WRONG_ACCEPT = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

t.test('a case fails where its client is not let in, whatever the status', async (t) => {
  const [one] = CASES
  if (one === undefined) return t.fail('there is no case')
  const answers = [
    ['HTTP/1.1 401 Unauthorized\r\n\r\n', /status 401/],
    ['HTTP/1.1 429 Too Many Requests\r\n\r\n', /status 429/],
    ['HTTP/1.1 500 Oops\r\n\r\n', /status 500/],
    [WRONG_ACCEPT, /Sec-WebSocket-Accept/],
    ['SSH-2.0\r\n\r\n', /no HTTP/],
  ] as const
  for (const [answer, reason] of answers)
    t.match(await play(one, await onTcp(t, answer), 5000), { verdict: 'fail', reason })
})

t.test('a server that takes few clients at once is played on by as few', async (t) => {
  const clients = new Set<WebSocket>()
  const verifyClient: VerifyClientCallbackAsync = (_, answer) => answer(clients.size < 2, 503)
  const url = await onWs(t, { verifyClient }, (socket) => {
    clients.add(socket.on('close', () => clients.delete(socket)))
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  // What is learnt of one server must not slow the cases down on others.
  const cases = carriedCases('wire', SHORT_TERMS).filter(({ id }) => /^wire-(ping|rsv)/.test(id))
  for (const [id, { verdict, reason }] of await playAll(cases, (one) => play(one, url, 20_000)))
    t.equal(verdict, 'pass', id, { reason })
})

t.test('what can carry no case is said before the cases, with the reason', async (t) => {
  const echo = (socket: WebSocket) => void socket.on('message', (data, binary) => socket.send(data, { binary }))
  const chat = { handleProtocols: (offered: Set<string>) => (offered.has('chat.v1') ? 'chat.v1' : false) } as const
  const ask = (carrier: Carrier | 'auto', url: string, patience = 5000) =>
    findCarrier(carrier, { ...echoAt(url), mint: async () => 'a token' }, patience, signal)
  // Without a handler of its own, ws selects the first subprotocol that is offered, whatever it is.
  t.strictSame(await ask('auto', await onWs(t, {}, echo)), { carrier: 'echo' })
  t.match(await ask('auto', await onWs(t, chat, echo), 50), {
    reason: /the answer welcome to hello, .* no chat\.v1 server/,
  })
  t.strictSame(await ask('echo', await onWs(t, chat, echo)), { carrier: 'echo' })
  t.match(await ask('chat', await onWs(t, {}, () => {}), 50), {
    reason: /the answer welcome to hello, .* no chat\.v1 server/,
  })
  t.match(await ask('chat', await onTcp(t, 'HTTP/1.1 401 Unauthorized\r\n\r\n')), {
    reason: /answers 401 .* no chat\.v1 server/,
  })
  t.match(await ask('auto', await onTcp(t, 'HTTP/1.1 401 Unauthorized\r\n\r\n')), {
    reason: /answers 401 .* no echo server/,
  })
  t.match(await ask('echo', await onTcp(t, 'HTTP/1.1 503 Oops\r\n\r\n')), { reason: /answers 503 .* no echo server/ })
  t.match(await ask('auto', await onWs(t, {}, () => {}), 50), { reason: /sends no text back/ })
  t.match(await ask('auto', await onWs(t, {}, (socket) => socket.close())), { reason: /sends no text back/ })
  for (const carrier of ['echo', 'chat'] as const)
    t.strictSame(await ask(carrier, await onTcp(t, WRONG_ACCEPT)), { carrier }, 'the cases say what is wrong')
  await t.rejects(ask('echo', await onTcp(t, 'SSH-2.0\r\n\r\n')), { name: 'Unreachable' })
})

t.test('cases that cannot be carried are skipped with the reason', async (t) => {
  const [one] = skipped(CASES, 'no echo')
  if (one === undefined) return t.fail('there is no case')
  t.strictSame(await play(one, 'ws://127.0.0.1:1/', 1), { verdict: 'skip', reason: 'no echo' })
})
