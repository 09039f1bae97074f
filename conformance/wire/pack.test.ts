import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { Verdict } from '../../schemas/generated/results.ts'
import { readRequirements } from '../../schemas/requirements.ts'
import type { Target } from '../../schemas/target.ts'
import type { Case } from '../runner/case.ts'
import { perform } from '../runner/stage.ts'
import { type Judgement, judge } from '../runner/verdict.ts'
import { FAULTS, type Fault, startEcho, type Trait } from './broken-echo.ts'
import { OPENING_FAULTS } from './broken-opening.ts'
import { findCarrier } from './carrier.ts'
import { carriedCases, skipped } from './pack.ts'
import { type Carrier, SHORT_TERMS } from './world.ts'

const registry = readRequirements(readFileSync(new URL('../../schemas/RFC6455.md', import.meta.url), 'utf8'))
const levels = new Map(registry.map(({ id, level }) => [id, level]))
const signal = new AbortController().signal
const CASES = carriedCases('wire', SHORT_TERMS)

const pings = /^wire-ping\/(?!of-126|unsolicited)|pings-between|server-sets-none|server-does-not-mask|frame-behind/
const violations = /^(?!wire-opening).*(-fails?|closes-100\d|-is-refused)$/
const early = /^wire-utf8\/invalid-fails-/
const wrongCloses = /^wire-close\/(invalid-code-\d|half-a-code$|reason-not-utf-8$|code-5000|code-65535)/
/** All but those in which the server sends no frame. */
const all = /^(?!wire-opening\/(accept-of|unknown-ext|other-version))/
/** All that receive a message, if only on a second connection. */
const receiving =
  /^(?!wire-close|wire-utf8\/invalid-fails|wire-opening\/(accept-of|unknown-ext|other-version))|^wire-close\/(after-an-echo|invalid-code|half-a-code|reason-(not|of-124)|code-5000|code-65535|behind|tcp)/

/** Which cases each fault must fail; all others must pass. */
const KILLS: Readonly<Record<Fault, readonly RegExp[]>> = {
  'echoes no empty message': [/-of-0-octets$/, /only-empty-fragments/],
  'stops echoing behind 500 messages': [/round-trips/],
  'cuts messages off at 100 octets': [/^wire-echo\/(?!.*-of-0-octets)/, /behind-a-large/, /^wire-volume/],
  'cuts messages off at 65535 octets': [
    /-of-65536-octets/,
    /-in-chops/,
    /server-sends-shortest-length/,
    /behind-a-large/,
    /^wire-volume/,
  ],
  'echoes binary as text': [
    /^wire-echo\/(binary|server)/,
    /binary-in-two/,
    /binary-may-be-anything/,
    /^wire-volume\/binary/,
  ],
  'writes every length in 64 bits': [all],
  'masks its frames': [all],
  'sets RSV1 in its frames': [all],
  'answers no ping': [pings],
  'answers pings with empty pongs': [new RegExp(`^(?!wire-ping/without-payload).*(${pings.source})`)],
  'takes pongs for errors': [/^wire-ping\/.*unsolicited/],
  'accepts long control frames': [/^wire-ping\/of-126/, /reason-of-124/],
  'ignores reserved bits': [/^wire-rsv\/(?!server)/],
  'ignores unknown opcodes': [/^wire-opcodes/],
  'accepts unmasked frames': [/^wire-masking\/unmasked/],
  'accepts long forms of lengths': [/^wire-masking\/length/],
  'accepts fragmented control frames': [/fragmented-p[io]ng/],
  'accepts stray fragments': [/stray-/, /fragment-after-the-last/],
  'accepts a message inside another': [/(text|binary)-inside-text/, /interleaving/],
  'forgets fragments at a control frame': [/pings-between/],
  'keeps only the last fragment': [
    /^wire-fragmentation\/(text-in-two|binary-in-two|empty-first|pings|fragment-after)/,
    /^wire-utf8\/valid-.*(cut|fragments)/,
  ],
  'does not check UTF-8': [/^wire-utf8\/(?!valid|binary)/, /^wire-utf8-stress.*-fails$/],
  'checks UTF-8 frame by frame': [/^wire-utf8\/valid-(cut-inside|.*fragments)/],
  'checks UTF-8 only of whole frames': [/^wire-utf8\/invalid-fails-.*-of-a-frame/],
  'checks UTF-8 only of whole messages': [early],
  'checks UTF-8 in binary messages': [/binary-may-be-anything/],
  'accepts surrogates': [/surrogate/, /invalid-closes-1007/, early],
  'refuses non-characters': [/valid-non-character/, /stress.*-efbfbe$/],
  'refuses U+0000': [/valid-null/, /stress.*-00$/],
  'refuses all but ASCII': [
    /^wire-utf8\/valid-(?!null)/,
    /^wire-utf8-stress\/(?!.*-(fails|00|7f|68656c6c6f24776f726c64)$)/,
  ],
  'ignores Close frames': [/^wire-close\/(?!reason-of-124)/],
  'answers Close frames by closing TCP only': [
    /^wire-close\/(?!invalid-code-\d|half-a-code$|reason-not-utf-8$|reason-of-124|code-5000|code-65535)/,
  ],
  'sends Close payloads back unchecked': [wrongCloses, /^wire-close.*-closes-100\d$/],
  'keeps TCP open behind its Close frame': [violations, /^wire-close/],
  'echoes behind its Close frame': [
    /wire-close\/(text-behind|inside-a-message)/,
    /wire-fragmentation\/(stray-.*-fails?$|fragment-after|fragmented-)/,
    /surrogate-in-fragments/,
  ],
  'fails with 1000': [/closes-100\d$/],
  'fails without a Close frame': [/closes-100\d$/],
  'fails with 1006': [new RegExp(`^(?!wire-limits)(${violations.source})`), wrongCloses, early],
  'answers what it fails for': [
    /^(?!wire-close\/.*-closes|wire-opening|wire-limits).*(-fails?|closes-100\d|-is-refused)$/,
    /^wire-utf8\/invalid-fails-(in-its-fragment|at-its-octet)$/,
  ],
  'dies of a violation': [violations, wrongCloses, /endless-frame/],
  'answers 429 behind a violation': [violations, wrongCloses, /endless-frame/],
  'echoes everything twice': [receiving],
  'sends garbage before each echo': [new RegExp(`^(?!wire-close/(after-an-echo|tcp))(${receiving.source})`)],
  'sends the end of a message as a message before': [
    /^wire-fragmentation\/(text-in-two|binary-in-two|empty-first)/,
    /^wire-utf8\/valid-.*(cut|fragments)/,
  ],
  'sends a text before each binary echo': [/^wire-echo\/(binary|server)/, /binary-in-two/, /binary-may-be-anything/],
  'sends a stray fragment behind each echo': [receiving],
  'greets with text that is not UTF-8': [all],
  'ignores the top bit of a length': [/top-bit/],
  'dies of an endless frame': [/endless-frame/, /top-bit/],
  'dies of many fragments': [/empty-fragments-harm/],
  'takes any method': [/opening\/post/],
  'takes HTTP/1.0': [/http-1-0/],
  'needs no Host': [/no-host/],
  'takes any Upgrade': [/other-upgrade/],
  'needs no Upgrade': [/no-upgrade/],
  'needs no token in Connection': [/no-connection|connection-without/],
  'takes any key': [/opening\/.*-?key/],
  'takes any version': [/version/],
  'does not name its version': [/other-version/],
  'reads Connection as one word': [/connection-is-a-list/],
  'tells tokens by their case': [/-in-lower-case|upgrade-in-upper-case/],
  'tells names by their case': [/names-in-upper-case/],
  'refuses unknown fields': [/unknown-field/],
  'reads requests of one segment': [/opening\/(octet-by-octet|in-pieces)/],
  'answers every key alike': [/^(?!wire-opening\/(unknown-ext|other-version))/],
  'selects any extension': [/unknown-extension/],
  'selects a subprotocol of its own': [/subprotocols/],
  'drops what comes with a request': [/frame-behind/],
  'dies of a large field': [/oversized/],
  'accepts wrong offers': [],
}

/** One violation is enough for these, so that each case needs a server of its own. */
const SPOILT: readonly Fault[] = [
  ...(['dies of a violation', 'answers 429 behind a violation', 'dies of an endless frame'] as const),
  ...(['dies of many fragments', 'dies of a large field'] as const),
]

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

/** What these do is seen in what they send, not in what they leave out. */
const PROMPT: readonly Fault[] = [
  ...(['masks its frames', 'sets RSV1 in its frames', 'writes every length in 64 bits'] as const),
  ...(['answers what it fails for', 'fails with 1000', 'fails with 1006', 'answers 429 behind a violation'] as const),
  ...(['echoes everything twice', 'sends garbage before each echo', 'sends a text before each binary echo'] as const),
  ...(['sends the end of a message as a message before', 'sends a stray fragment behind each echo'] as const),
  'greets with text that is not UTF-8',
]

/** Only a case that is to fail in silence is given little time: a right answer may come late on a busy machine. */
const patienceFor = (fault: Fault, id: string) => (mustFail(fault, id) && !PROMPT.includes(fault) ? 700 : 20_000)

/** Of the cases that a fault must leave alone one in this many is played on it; between them the faults see each. */
const SAMPLE = 6
const isPlayed = (fault: Fault, id: string, n: number) =>
  mustFail(fault, id) || (n + FAULTS.indexOf(fault)) % SAMPLE === 0

/** Plays the cases of a fault; with a server of its own each, where one case would spoil the server for the next. */
async function playOn(fault: Fault, ...others: readonly Trait[]): Promise<Map<string, Judgement>> {
  const shared = await startEcho(fault, ...others)
  const near = OPENING_FAULTS.some((known) => known === fault) ? /^wire-(opening|limits|echo|close)/ : /^/
  const cases = CASES.filter(({ id }, n) => !isSpared(id) && near.test(id) && isPlayed(fault, id, n))
  const outcomes = cases.map(async (one) => {
    const own = SPOILT.includes(fault) ? await startEcho(fault, ...others) : undefined
    const judgement = await play(one, (own ?? shared).url, patienceFor(fault, one.id))
    await own?.close()
    return [one.id, judgement] as const
  })
  const light = await Promise.all(outcomes)
  const about = CASES.filter(({ id }, n) => isSpared(id) && ABOUT[fault]?.test(id) && isPlayed(fault, id, n))
  const heavy = await playAll(about, shared.url, 16, (id) => patienceFor(fault, id))
  await shared.close()
  return new Map([...light, ...heavy])
}

/** Alike by the dozen, or slow: played on the faults that are about them; elsewhere a few stand for all. */
const isSpared = (id: string) =>
  /^wire-(volume|utf8-stress)|in-pieces$/.test(id) && !/text-of-64k$|in-chops-of-2k$/.test(id)
const stress = /^wire-utf8-stress/
const ABOUT: Partial<Record<Fault, RegExp>> = {
  'cuts messages off at 65535 octets': /^wire-volume\/text.*(of-256k|chops-of-1k|fragments-of-(64k|1300-octets))$/,
  'stops echoing behind 500 messages': /round-trips-of-(text|binary-of-16-)/,
  // Among hundreds of connections one is accepted so late that all its pieces are there.
  'reads requests of one segment': /in-pieces$/,
  'does not check UTF-8': stress,
  'accepts surrogates': stress,
  'refuses non-characters': stress,
  'refuses U+0000': stress,
  'refuses all but ASCII': stress,
  'echoes everything twice': stress,
}

/** What a right server must get: no case fails or warns, and only what the RFC leaves open is noticed. */
async function holds(t: Test, url: string, broken?: RegExp): Promise<void> {
  const played = CASES.filter(({ id }) => !isSpared(id))
  for (const [id, { verdict, reason }] of await playAll(played, url, 100))
    if (broken?.test(id)) t.equal(verdict, 'fail', id)
    else t.ok(verdict === 'pass' || verdict === 'notice', id, { verdict, reason })
}

/** Several at a time, as the runner does. */
async function playAll(
  cases: readonly Case[],
  url: string,
  jobs = 16,
  patience: (id: string) => number = () => 20_000,
): Promise<Map<string, Judgement>> {
  const judged = new Map<string, Judgement>()
  const queue = cases.values()
  const worker = async () => {
    for (const one of queue) judged.set(one.id, await play(one, url, patience(one.id)))
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return judged
}

/** What ws, with Node's HTTP server under it, does not look at. */
const OVERLOOKED = /^wire-opening\/(http-1-0|no-host)/

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

t.test('every case cites sentences of the registry that share one level, and every sentence has a case', async (t) => {
  for (const { id, requirements } of CASES)
    t.equal(new Set(requirements.map((cited) => levels.get(cited) ?? `${cited} is unknown`)).size, 1, id)
  t.strictSame(new Set(CASES.flatMap(({ requirements }) => requirements)), new Set(levels.keys()))
})

t.test('ids are unique, and so are the numbers of Autobahn', async (t) => {
  const ids = CASES.map(({ id }) => id)
  const aliases = CASES.flatMap(({ aliases = [] }) => aliases)
  t.strictSame([new Set(ids).size, new Set(aliases).size], [ids.length, aliases.length])
  for (const id of ids) t.match(id, /^wire-[a-z0-9-]+\/[a-z0-9-]+$/)
})

t.test('a server without fault passes every case, and each fault fails its own cases and no other', async (t) => {
  const strict = await startEcho()
  t.teardown(() => strict.close())
  for (const [id, { verdict, reason }] of await playAll(CASES, strict.url)) t.equal(verdict, 'pass', id, { reason })

  const killers = new Map<string, Fault[]>(CASES.map(({ id }) => [id, []]))
  const broken: readonly Verdict[] = ['fail', 'warn', 'notice']
  const queue = FAULTS.values()
  const worker = async () => {
    for (const fault of queue) {
      const outcome = await playOn(fault)
      const killed = [...outcome].filter(([, { verdict }]) => broken.includes(verdict)).map(([id]) => id)
      const expected = [...outcome.keys()].filter((id) => mustFail(fault, id))
      t.strictSame(killed, expected, `a server that ${fault}: ${killed.length} cases fail`)
      t.notOk(
        [...outcome.values()].find(({ verdict }) => verdict === 'harness_error'),
        `${fault}: no fault of the harness`,
      )
      for (const id of killed) killers.get(id)?.push(fault)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  const played = (id: string) => !isSpared(id) || FAULTS.some((fault) => ABOUT[fault]?.test(id))
  for (const [id, faults] of [...killers].filter(([one]) => played(one))) {
    t.comment(`${id}: ${faults.join(', ')}`)
    t.ok(faults.length > 0, `some fault fails ${id}`)
  }
})

t.test('a greeting hides no fault', async (t) => {
  const greeting = await startEcho('greets')
  t.teardown(() => greeting.close())
  await holds(t, greeting.url)
  const hidden = ['answers what it fails for', 'echoes everything twice', 'sends garbage before each echo'] as const
  for (const fault of hidden) {
    const outcome = await playOn(fault, 'greets')
    const right = [...outcome].filter(([, { verdict }]) => verdict === 'pass').map(([id]) => id)
    t.strictSame(
      right,
      [...outcome.keys()].filter((id) => !mustFail(fault, id)),
      fault,
    )
  }
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

t.test('a server that greets, fragments its echo and pings in between is no worse for it', async (t) => {
  const url = await onWs(t, {}, (socket) => {
    socket.send('welcome to the echo')
    socket.on('message', (data: Buffer, binary) => {
      socket.send(data.subarray(0, 1), { binary, fin: false })
      socket.ping()
      socket.send(data.subarray(1), { binary, fin: true })
    })
  })
  await holds(t, url, OVERLOOKED)
})

t.test('a limit of the server on messages is a skip, not a failure', async (t) => {
  const refusing = await onWs(t, { maxPayload: 1000 }, () => {})
  const counting = await onWs(t, {}, (socket) => socket.close(1009, 'too many fragments'))
  const limited = [
    [refusing, 'wire-echo/text-of-65536-octets', '65536 octets with Close 1009'],
    [
      counting,
      'wire-volume/text-in-fragments-of-1300-octets',
      '65536 octets in 51 fragments with Close 1009: "too many fragments"',
    ],
  ] as const
  for (const [url, id, what] of limited) {
    const one = CASES.find((known) => known.id === id)
    if (one === undefined) return t.fail(`there is no case ${id}`)
    const { verdict, reason } = await play(one, url, 5000)
    t.strictSame([verdict, reason], ['skip', `the server refuses a message of ${what}`])
  }
})

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

t.test('what can carry no case is said before the cases, with the reason', async (t) => {
  const echo = (socket: WebSocket) => void socket.on('message', (data, binary) => socket.send(data, { binary }))
  const chat = { handleProtocols: (offered: Set<string>) => (offered.has('chat.v1') ? 'chat.v1' : false) } as const
  const ask = (carrier: Carrier | 'auto', url: string, patience = 5000) =>
    findCarrier(carrier, { urls: [url] }, patience, signal)
  // Without a handler of its own, ws selects the first subprotocol that is offered, whatever it is.
  t.strictSame(await ask('auto', await onWs(t, {}, echo)), { carrier: 'echo' })
  t.strictSame(await ask('auto', await onWs(t, chat, echo)), { carrier: 'chat' })
  t.strictSame(await ask('echo', await onWs(t, chat, echo)), { carrier: 'echo' })
  t.strictSame(await ask('chat', await onWs(t, {}, echo)), { carrier: 'chat' })
  t.match(await ask('auto', await onTcp(t, 'HTTP/1.1 401 Unauthorized\r\n\r\n')), {
    reason: /answers 401 .* no echo server/,
  })
  t.match(await ask('echo', await onTcp(t, 'HTTP/1.1 503 Oops\r\n\r\n')), { reason: /answers 503 .* no echo server/ })
  t.match(await ask('auto', await onWs(t, {}, () => {}), 50), { reason: /sends no text back/ })
  t.match(await ask('auto', await onWs(t, {}, (socket) => socket.close())), { reason: /sends no text back/ })
  t.strictSame(await ask('auto', await onTcp(t, WRONG_ACCEPT)), { carrier: 'echo' }, 'the cases say what is wrong')
  await t.rejects(ask('echo', await onTcp(t, 'SSH-2.0\r\n\r\n')), { name: 'Unreachable' })
})

t.test('cases that cannot be carried are skipped with the reason', async (t) => {
  const [one] = skipped(CASES, 'no echo')
  if (one === undefined) return t.fail('there is no case')
  t.strictSame(await play(one, 'ws://127.0.0.1:1/', 1), { verdict: 'skip', reason: 'no echo' })
})
