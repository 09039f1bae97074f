import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { type PerMessageDeflateOptions, WebSocketServer } from 'ws'
import { open } from './connection.ts'
import { agreed, COMPRESSED, Deflate, type DeflateOffer, type DeflateTerms, offerHeader } from './deflate.ts'
import { OPCODE } from './frame.ts'

const SOON = 20_000
const ALONE: DeflateTerms = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
}
const TOGETHER: DeflateTerms = { ...ALONE, serverNoContextTakeover: false, clientNoContextTakeover: false }

/** Both ways are alike, so one client's messages are what another's server sent. */
function reversed(terms: DeflateTerms): DeflateTerms {
  return {
    serverNoContextTakeover: terms.clientNoContextTakeover,
    clientNoContextTakeover: terms.serverNoContextTakeover,
    serverMaxWindowBits: terms.clientMaxWindowBits,
    clientMaxWindowBits: terms.serverMaxWindowBits,
  }
}

t.test('an offer names what is asked for, and nothing else', async (t) => {
  t.equal(offerHeader({}), 'permessage-deflate')
  t.equal(
    offerHeader({ serverNoContextTakeover: true, clientNoContextTakeover: true, clientMaxWindowBits: 'any' }),
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits',
  )
  t.equal(
    offerHeader({ serverMaxWindowBits: 10, clientMaxWindowBits: 9 }),
    'permessage-deflate; server_max_window_bits=10; client_max_window_bits=9',
  )
})

t.test('an answer is read with its defaults', async (t) => {
  t.equal(agreed(undefined, {}), undefined)
  t.strictSame(agreed('permessage-deflate', {}), TOGETHER)
  t.strictSame(agreed('permessage-deflate;server_no_context_takeover ; client_no_context_takeover', {}), ALONE)
  t.strictSame(agreed('permessage-deflate; server_max_window_bits="10"', { serverMaxWindowBits: 10 }), {
    ...TOGETHER,
    serverMaxWindowBits: 10,
  })
  t.strictSame(agreed('permessage-deflate; client_max_window_bits=9', { clientMaxWindowBits: 'any' }), {
    ...TOGETHER,
    clientMaxWindowBits: 9,
  })
})

t.test('empty elements in the list of what is selected are none', async (t) => {
  t.strictSame(agreed('permessage-deflate,', {}), TOGETHER)
  t.strictSame(agreed(' , permessage-deflate ,,', {}), TOGETHER)
})

t.test('an answer that §7.1 does not allow is a sentence', async (t) => {
  const wrong: readonly (readonly [header: string, offer: DeflateOffer])[] = [
    ['permessage-bzip2', {}],
    ['permessage-deflate, permessage-deflate', {}],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', {}],
    ['permessage-deflate; server_no_context_takeover=1', {}],
    ['permessage-deflate; server_max_window_bits', {}],
    ['permessage-deflate; server_max_window_bits=7', {}],
    ['permessage-deflate; server_max_window_bits=08', {}],
    ['permessage-deflate; server_max_window_bits=16', {}],
    ['permessage-deflate; server_max_window_bits=11', { serverMaxWindowBits: 10 }],
    ['permessage-deflate', { serverMaxWindowBits: 10 }],
    ['permessage-deflate', { serverNoContextTakeover: true }],
    ['permessage-deflate; client_max_window_bits=10', {}],
    ['permessage-deflate; client_max_window_bits', { clientMaxWindowBits: 'any' }],
    ['permessage-deflate; future', {}],
    ['permessage-deflate;', {}],
  ]
  for (const [header, offer] of wrong) t.type(agreed(header, offer), 'string', header)
})

t.test('of several offers the first that an answer fits is the one that it accepts', async (t) => {
  const offers = [{ serverMaxWindowBits: 9 }, { serverNoContextTakeover: true }, {}]
  t.equal(
    offerHeader(...offers),
    'permessage-deflate; server_max_window_bits=9, permessage-deflate; server_no_context_takeover, permessage-deflate',
  )
  t.strictSame(agreed('permessage-deflate', ...offers), TOGETHER)
  t.strictSame(agreed('permessage-deflate; server_max_window_bits=9', ...offers), {
    ...TOGETHER,
    serverMaxWindowBits: 9,
  })
  t.type(agreed('permessage-deflate; client_max_window_bits=9', ...offers), 'string')
})

t.test('a reference over the window that was agreed on is found inside one message too', async (t) => {
  // Compressed JSON refers to what stood some kilobytes before.
  const message = Buffer.from(
    JSON.stringify(Array.from({ length: 900 }, (_, id) => ({ id, name: `user-${(id * 7919) % 997}` }))),
  )
  const wide = new Deflate(ALONE).compress(message)
  t.match(new Deflate({ ...ALONE, serverMaxWindowBits: 9 }).inflate(wide), /too far back/)
  const narrow = new Deflate({ ...ALONE, clientMaxWindowBits: 9 }).compress(message)
  t.strictSame(new Deflate({ ...ALONE, serverMaxWindowBits: 9 }).inflate(narrow), message)
})

t.test('the example of §7.2.3.1: "Hello" in one compressed message', async (t) => {
  const octets = Buffer.from('f248cdc9c90700', 'hex')
  t.strictSame(new Deflate(ALONE).compress(Buffer.from('Hello')), octets)
  t.strictSame(new Deflate(ALONE).inflate(octets), Buffer.from('Hello'))
})

t.test('the example of §7.2.3.2: the second "Hello" refers to the first, where the context is kept', async (t) => {
  const second = Buffer.from('f200110000', 'hex')
  const kept = new Deflate(TOGETHER)
  kept.inflate(kept.compress(Buffer.from('Hello')))
  t.strictSame(kept.inflate(second), Buffer.from('Hello'))
  t.match(new Deflate(ALONE).inflate(second), /cannot be inflated/)
})

t.test('the examples of §7.2.3.3 and §7.2.3.4: a stored block, and one that says it is the last', async (t) => {
  const deflate = new Deflate(ALONE)
  t.strictSame(deflate.inflate(Buffer.from('000500faff48656c6c6f00', 'hex')), Buffer.from('Hello'))
  t.strictSame(deflate.inflate(Buffer.from('f348cdc9c9070000', 'hex')), Buffer.from('Hello'))
})

t.test('behind a block that says it is the last another may follow, and refer to it', async (t) => {
  const last = (text: string, dictionary?: Buffer) => deflateRawSync(text, dictionary ? { dictionary } : {})
  const [first, second] = ['hello, hello', 'hello, world']
  const two = Buffer.concat([last(first), last(second, Buffer.from(first)), Buffer.of(0)])
  t.strictSame(new Deflate(ALONE).inflate(two), Buffer.from(first + second))
})

t.test('what does not end with a block is no message', async (t) => {
  const wrong = [
    ['the four octets of §7.2.1 at its end, which are to be taken off', 'f248cdc9c907000000ffff'],
    ['one octet of these', 'f248cdc9c9070000'],
    ['a last block without the octet of §7.2.3.4 behind it', 'f348cdc9c90700'],
    ['nothing at all, where an empty message has an octet (§7.2.3.6)', ''],
  ] as const
  for (const [what, octets] of wrong)
    t.match(new Deflate(ALONE).inflate(Buffer.from(octets, 'hex')), /cannot be inflated/, what)
})

t.test('messages survive under every window, with and without context, empty ones too', async (t) => {
  const messages = ['', 'a', 'hello '.repeat(10_000), '', 'hello '.repeat(3)].map((text) => Buffer.from(text))
  for (const bits of [8, 9, 12, 15])
    for (const terms of [ALONE, TOGETHER]) {
      const client = new Deflate({ ...terms, clientMaxWindowBits: bits })
      const server = new Deflate(reversed(client.terms))
      for (const message of messages) t.strictSame(server.inflate(client.compress(message)), message)
    }
})

t.test('few messages over and over make one stream, as another reader of it sees', (t) => {
  const messages = Array.from({ length: 40 }, (_, n) => Buffer.from(`${n * n} of ${'the same '.repeat(n)}`.repeat(9)))
  const sent = [...messages, ...messages, ...messages.slice(7), ...messages]
  for (const bits of [9, 12, 15]) {
    const client = new Deflate({ ...TOGETHER, clientMaxWindowBits: bits })
    const octets = sent.map((message) => client.compress(message))
    const stream = Buffer.concat(octets.flatMap((payload) => [payload, Buffer.of(0, 0, 0xff, 0xff)]))
    const whole = inflateRawSync(stream, { windowBits: 15, finishFlush: constants.Z_SYNC_FLUSH })
    t.ok(whole.equals(Buffer.concat(sent)), `a window of ${bits} bits`)
    const server = new Deflate(reversed(client.terms))
    t.strictSame(
      octets.map((payload) => server.inflate(payload)),
      sent,
    )
  }
  const alone = new Deflate(ALONE)
  alone.inflate(Buffer.from('f248cdc9c90700', 'hex'))
  for (const _ of [1, 2]) t.match(alone.inflate(Buffer.from('f200110000', 'hex')), /cannot be inflated/)
  t.end()
})

/** An echo by another implementation, which compresses from the first octet on. */
async function echo(t: Test, settings: PerMessageDeflateOptions): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0, ...settings } })
  server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
  t.teardown(() => server.close())
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const opened = async (t: Test, url: string, deflate?: DeflateOffer) => {
  const { signal } = new AbortController()
  const options = { name: 'alice', record: () => {}, signal, timeoutMs: SOON, ...(deflate && { deflate }) }
  const connection = await open(url, options)
  t.teardown(() => connection.destroy())
  return connection
}

for (const [what, settings] of [
  ['with context takeover', {}],
  ['without', { serverNoContextTakeover: true, clientNoContextTakeover: true }],
  ['in a window of 9 bits', { serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
] as const)
  t.test(`against ws ${what}: compressed both ways, in fragments, and plain between them`, async (t) => {
    const offer = { clientMaxWindowBits: 'any', serverMaxWindowBits: 15 } as const
    const alice = await opened(t, await echo(t, settings), offer)
    const { deflate } = alice
    if (deflate === undefined) return t.fail('nothing was negotiated')
    const texts = ['first', 'the first again: first', 'x'.repeat(100_000), 'the first again: first']
    for (const text of texts)
      await alice.send({ opcode: 1, rsv: COMPRESSED, payload: deflate.compress(Buffer.from(text)) })
    await alice.text('plain')
    const octets = deflate.compress(Buffer.from('in fragments'))
    await alice.send({ opcode: 1, rsv: COMPRESSED, fin: false, payload: octets.subarray(0, 3) })
    await alice.send({ opcode: OPCODE.continuation, payload: octets.subarray(3) })
    await alice.next({ from: texts.length + 1, matches: () => true, withinMs: SOON })
    t.strictSame(
      alice.messages.map(({ payload, compressed }) => [payload.toString(), compressed]),
      [...texts, 'plain', 'in fragments'].map((text) => [text, true]),
    )
    t.strictSame(
      alice.frames.flatMap(({ violations }) => violations),
      [],
      'RSV1 is no fault where it was agreed on',
    )
  })

t.test('a client that offers nothing is sent nothing compressed', async (t) => {
  const alice = await opened(t, await echo(t, {}))
  t.equal(alice.deflate, undefined)
  t.match(alice.response, { accepted: true })
  await alice.text('plain')
  t.match(await alice.nextMessage({ from: 0, matches: () => true, withinMs: SOON }), { compressed: false })
})
