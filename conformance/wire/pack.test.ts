import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import type { Verdict } from '../../schemas/generated/results.ts'
import { readRequirements } from '../../schemas/requirements.ts'
import type { Target } from '../../schemas/target.ts'
import type { Case } from '../runner/case.ts'
import { perform } from '../runner/stage.ts'
import { type Judgement, judge } from '../runner/verdict.ts'
import { FAULTS, type Fault, startEcho } from './broken-echo.ts'
import { detectCarrier } from './carrier.ts'
import { WIRE_CASES, wireCases } from './pack.ts'

const registry = readRequirements(readFileSync(new URL('../../schemas/RFC6455.md', import.meta.url), 'utf8'))
const levels = new Map(registry.map(({ id, level }) => [id, level]))
const signal = new AbortController().signal

const pings = /^wire-ping\/(?!of-126|unsolicited)|pings-between|server-sets-none|server-does-not-mask/
const violations = /-fails$|-?closes-100\d$|-is-refused$/
const wrongCloses = /^wire-close\/(invalid-code|half-a-code|reason-not-utf-8)/

/** Which cases each fault must fail; all others must pass. */
const KILLS: Readonly<Record<Fault, readonly RegExp[]>> = {
  'echoes no empty message': [/-of-0-octets$/, /only-empty-fragments/],
  'cuts messages off at 100 octets': [/^wire-echo\/(?!.*-of-0-octets)/],
  'cuts messages off at 65535 octets': [/-of-65536-octets/, /-in-chops/, /server-sends-shortest-length/],
  'echoes binary as text': [/^wire-echo\/(binary|server)/, /binary-in-two/, /binary-may-be-anything/],
  'writes every length in 64 bits': [/server-sends-shortest-length/],
  'masks its frames': [/server-does-not-mask/],
  'sets RSV1 in its frames': [/wire-rsv\/server-sets-none/],
  'answers no ping': [pings],
  'answers pings with empty pongs': [new RegExp(`^(?!wire-ping/without-payload).*(${pings.source})`)],
  'takes pongs for errors': [/^wire-ping\/.*unsolicited/],
  'accepts long control frames': [/^wire-ping\/of-126/],
  'ignores reserved bits': [/^wire-rsv\/(?!server)/],
  'ignores unknown opcodes': [/^wire-opcodes/],
  'accepts unmasked frames': [/^wire-masking\/unmasked/],
  'accepts long forms of lengths': [/^wire-masking\/length/],
  'accepts fragmented control frames': [/fragmented-p[io]ng/],
  'accepts stray fragments': [/stray-/, /fragment-after-the-last/],
  'accepts a message inside another': [/(text|binary)-inside-text/, /interleaving/],
  'forgets fragments at a control frame': [/pings-between/],
  'keeps only the last fragment': [
    /^wire-fragmentation\/(text-in-two|binary-in-two|empty-first|pings)/,
    /^wire-utf8\/(valid|surrogate)-.*(cut|fragments)/,
  ],
  'does not check UTF-8': [/^wire-utf8\/(?!valid|binary)/],
  'checks UTF-8 frame by frame': [/^wire-utf8\/valid-(cut-inside|.*fragments)/],
  'checks UTF-8 in binary messages': [/binary-may-be-anything/],
  'refuses non-characters': [/valid-non-character/],
  'refuses U+0000': [/valid-null/],
  'refuses all but ASCII': [/^wire-utf8\/valid-(?!null)/],
  'ignores Close frames': [/^wire-close/],
  'answers Close frames by closing TCP only': [/^wire-close\/(?!invalid-code|half-a-code|reason-not-utf-8)/],
  'sends Close payloads back unchecked': [wrongCloses],
  'keeps TCP open behind its Close frame': [violations, /^wire-close/],
  'echoes behind its Close frame': [/wire-close\/text-behind/],
  'fails with 1000': [/closes-100\d$/],
  'fails without a Close frame': [/closes-100\d$/],
  'dies of a violation': [violations, wrongCloses],
}

async function play(one: Case, url: string, patience: number): Promise<Judgement> {
  const target: Target = {
    description: { kind: 'url', urls: [url] },
    urls: [url],
    mint: () => Promise.reject(new Error('an echo server takes no token')),
    output: () => undefined,
    stop: async () => {},
  }
  const { thrown } = await perform(one, { target, patience, maxWaitMs: 0, signal })
  return judge(thrown, levels.get(one.requirements[0] ?? '') ?? 'must')
}

const mustFail = (fault: Fault, id: string) => KILLS[fault].some((kill) => kill.test(id))

/** Only a case that is to fail is given little time: a right answer may come late on a busy machine. */
const patienceFor = (fault: Fault, id: string) => (mustFail(fault, id) ? 700 : 20_000)

/** Plays every case; with a server of its own each, where one case would spoil the server for the next. */
async function playOn(fault: Fault): Promise<Map<string, Judgement>> {
  const shared = await startEcho(fault)
  const outcomes = WIRE_CASES.map(async (one) => {
    const own = fault === 'dies of a violation' ? await startEcho(fault) : undefined
    const judgement = await play(one, (own ?? shared).url, patienceFor(fault, one.id))
    await own?.close()
    return [one.id, judgement] as const
  })
  const all = new Map(await Promise.all(outcomes))
  await shared.close()
  return all
}

/** What a right server must get: no case fails or warns, and only what the RFC leaves open is noticed. */
async function holds(t: Test, url: string, cases: readonly Case[] = WIRE_CASES): Promise<void> {
  for (const one of cases) {
    const { verdict, reason } = await play(one, url, 20_000)
    const open = one.requirements.every((id) => levels.get(id) === 'may')
    t.ok(verdict === 'pass' || (open && verdict === 'notice'), one.id, { verdict, reason })
  }
}

t.test('every case cites sentences of the registry that share one level, and every sentence has a case', async (t) => {
  for (const { id, requirements } of WIRE_CASES)
    t.equal(new Set(requirements.map((cited) => levels.get(cited) ?? `${cited} is unknown`)).size, 1, id)
  t.strictSame(new Set(WIRE_CASES.flatMap(({ requirements }) => requirements)), new Set(levels.keys()))
})

t.test('ids are unique, and so are the numbers of Autobahn', async (t) => {
  const ids = WIRE_CASES.map(({ id }) => id)
  const aliases = WIRE_CASES.flatMap(({ aliases = [] }) => aliases)
  t.strictSame([new Set(ids).size, new Set(aliases).size], [ids.length, aliases.length])
  for (const id of ids) t.match(id, /^wire-[a-z0-9-]+\/[a-z0-9-]+$/)
})

t.test('a server without fault passes every case, and each fault fails its own cases and no other', async (t) => {
  const strict = await startEcho()
  t.teardown(() => strict.close())
  const right = await Promise.all(WIRE_CASES.map(async (one) => [one.id, await play(one, strict.url, 20_000)] as const))
  for (const [id, { verdict, reason }] of right) t.equal(verdict, 'pass', id, { reason })

  const killers = new Map<string, Fault[]>(WIRE_CASES.map(({ id }) => [id, []]))
  const broken: readonly Verdict[] = ['fail', 'warn', 'notice']
  const queue = FAULTS.values()
  const worker = async () => {
    for (const fault of queue) {
      const outcome = await playOn(fault)
      const killed = [...outcome].filter(([, { verdict }]) => broken.includes(verdict)).map(([id]) => id)
      const expected = WIRE_CASES.map(({ id }) => id).filter((id) => mustFail(fault, id))
      t.strictSame(killed, expected, `a server that ${fault}: ${killed.length} cases fail`)
      t.notOk(
        [...outcome.values()].find(({ verdict }) => verdict === 'harness_error'),
        `${fault}: no fault of the harness`,
      )
      for (const id of killed) killers.get(id)?.push(fault)
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  for (const [id, faults] of killers) {
    t.comment(`${id}: ${faults.join(', ')}`)
    t.ok(faults.length > 0, `some fault fails ${id}`)
  }
})

t.test('an echo server on ws keeps to RFC 6455', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    socket.on('error', () => {})
  })
  await once(server, 'listening')
  t.teardown(() => server.close())
  await holds(t, `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`)
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
  await holds(t, `ws://127.0.0.1:${String(port).trim()}/`)
})

t.test('a server that greets, fragments its echo and pings in between is no worse for it', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    socket.send('welcome to the echo')
    socket.on('error', () => {})
    socket.on('message', (data: Buffer, binary) => {
      socket.send(data.subarray(0, 1), { binary, fin: false })
      socket.ping()
      socket.send(data.subarray(1), { binary, fin: true })
    })
  })
  await once(server, 'listening')
  t.teardown(() => server.close())
  const data = WIRE_CASES.filter(({ id }) => /^wire-(echo\/(text|binary)|utf8|fragmentation)/.test(id))
  await holds(t, `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, data)
})

t.test('a limit of the server on messages is a skip, not a failure', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 1000 })
  server.on('connection', (socket) => socket.on('error', () => {}))
  await once(server, 'listening')
  t.teardown(() => server.close())
  const [large] = WIRE_CASES.filter(({ id }) => id === 'wire-echo/text-of-65536-octets')
  t.ok(large)
  if (!large) return
  const { verdict, reason } = await play(large, `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, 5000)
  t.strictSame([verdict, reason], ['skip', 'the server refuses messages of 65536 octets with Close 1009'])
})

t.test('a server that wants a credential is skipped, one that opens wrongly is found out', async (t) => {
  const [one] = WIRE_CASES
  t.ok(one)
  if (!one) return
  const answers = [
    ['HTTP/1.1 401 Unauthorized\r\n\r\n', 'skip', /answers 401/],
    [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'fail',
      /Sec-WebSocket-Accept/,
    ],
    ['HTTP/1.1 500 Oops\r\n\r\n', 'fail', /status 500/],
    ['SSH-2.0\r\n\r\n', 'fail', /no HTTP/],
  ] as const
  for (const [answer, verdict, reason] of answers) {
    const server = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(answer)))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const judgement = await play(one, `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, 5000)
    server.close()
    t.equal(judgement.verdict, verdict)
    t.match(judgement.reason, reason)
  }
})

t.test('the carrier is chat only where the server means it', async (t) => {
  const select = {
    chat: (offered: Set<string>) => (offered.has('chat.v1') ? 'chat.v1' : false),
    echo: undefined,
  } as const
  for (const carrier of ['chat', 'echo'] as const) {
    // Without a handler of its own, ws selects the first subprotocol that is offered, whatever it is.
    const handleProtocols = select[carrier]
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...(handleProtocols ? { handleProtocols } : {}) })
    await once(server, 'listening')
    const urls = [`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`]
    t.equal(await detectCarrier({ urls }, 5000, signal), carrier)
    server.close()
  }
})

t.test('on a chat server every case is skipped with the reason', async (t) => {
  const [one] = wireCases('chat')
  t.ok(one)
  if (!one) return
  const { verdict, reason } = await play(one, 'ws://127.0.0.1:1/', 1)
  t.equal(verdict, 'skip')
  t.match(reason, /echo server/)
})
