/** What may stand in a frame, and what becomes of a frame in which something else stands. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { encodeFrame } from '../socket/frame.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** A text frame that ends the connection with 4000; the frame beside it, nearly the same, is answered. */
const protocolError = (id: string, of: string, title: string, bad: string, good: string) =>
  chatCase(
    id,
    async (world) => {
      const alice = await world.ready('alice')
      alice.sendText(good)
      await alice.until((frame) => 'reply_to' in frame && frame.reply_to === 'x1', 'an answer to the valid control')
      alice.sendText(bad)
      await alice.closes(4000)
    },
    { of: [of], title },
  )

const PING = '{"type":"ping","id":"x1","payload":{}}'

/** Fragments at once: a server that keeps each, or goes through all of them for each, feels it. */
const FLOOD = 100_000

/** A ping in whose nonce a two-octet sequence is broken off. */
const INVALID_UTF8 = Buffer.from(PING.replace('{}', '{"nonce":"\xc3("}'), 'latin1')

export const framing: readonly ChatCase[] = [
  chatCase('framing/binary-closes-1003', async (world) => {
    const alice = await world.ready('alice')
    await alice.fence()
    await alice.connection.send({ opcode: 2, payload: Buffer.from(PING) })
    await alice.closes(1003)
  }),

  chatCase('framing/invalid-utf8-terminates', async (world) => {
    const alice = await world.ready('alice')
    await alice.connection.send({ opcode: 1, payload: INVALID_UTF8 })
    const end = await alice.connection.end(world.stage.patience)
    expectTrue('the connection to end', end !== 'timeout', 'an open connection')
  }),

  chatCase('framing/invalid-utf8-closes-1007', async (world) => {
    const alice = await world.ready('alice')
    await alice.connection.send({ opcode: 1, payload: INVALID_UTF8 })
    await alice.closes(1007)
  }),

  protocolError(
    'framing/truncated-json-closes-4000',
    'framing/unparseable-closes-4000',
    'Truncated JSON: 4000.',
    PING.slice(0, -1),
    PING,
  ),
  protocolError(
    'framing/nan-closes-4000',
    'framing/unparseable-closes-4000',
    'NaN: 4000.',
    PING.replace('{}', '{"n":NaN}'),
    PING,
  ),
  protocolError(
    'framing/infinity-closes-4000',
    'framing/unparseable-closes-4000',
    'Infinity: 4000.',
    PING.replace('{}', '{"n":-Infinity}'),
    PING,
  ),
  protocolError('framing/empty-frame-closes-4000', 'framing/unparseable-closes-4000', 'An empty text: 4000.', '', PING),
  protocolError('framing/array-closes-4000', 'framing/not-an-object-closes-4000', 'An array: 4000.', `[${PING}]`, PING),
  protocolError('framing/null-closes-4000', 'framing/not-an-object-closes-4000', 'A null: 4000.', 'null', PING),
  protocolError(
    'framing/no-type-closes-4000',
    'framing/no-type-closes-4000',
    'No type: 4000.',
    '{"id":"x1","payload":{}}',
    PING,
  ),
  protocolError(
    'framing/numeric-type-closes-4000',
    'framing/no-type-closes-4000',
    'A type that is no string: 4000.',
    '{"type":1,"id":"x1","payload":{}}',
    PING,
  ),

  chatCase('framing/fragments-are-accepted', async (world) => {
    const alice = await world.ready('alice')
    await alice.connection.send({ opcode: 1, fin: false, payload: Buffer.from(PING.slice(0, 9)) })
    await alice.connection.ping(Buffer.from('between'))
    await alice.connection.send({ opcode: 0, fin: true, payload: Buffer.from(PING.slice(9)) })
    await alice.until((frame) => frame.type === 'pong' && frame.reply_to === 'x1', 'a pong to a fragmented ping')
  }),

  chatCase('framing/empty-fragments-harm-nobody', async (world) => {
    // What a flood does to the time of others is for this case alone to feel.
    const there = world.stage.target.launch === undefined ? world : await world.apart({ profile: 'default' })
    const bob = await there.member('bob')
    const alice = await there.ready('alice')
    await alice.connection.send({ opcode: 1, fin: false, payload: Buffer.alloc(0) })
    // There is no last one; whether the server bears with them is its own affair.
    const fragment = encodeFrame({ opcode: 0, fin: false, payload: Buffer.alloc(0) })
    alice.connection.flood(Buffer.concat(Array<Buffer>(FLOOD).fill(fragment)), `${FLOOD} empty fragments`)
    for (let n = 1; n <= 5; n += 1) {
      await bob.says(there.room(), `n${n}`)
      await bob.hearsText(`n${n}`)
    }
  }),

  chatCase('framing/unknown-type-is-refused', async (world) => {
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'teleport', id: 'x1', payload: {} })
    await alice.refused('x1', 'unknown_type')
    await alice.fence()
  }),

  chatCase('framing/server-type-is-refused', async (world) => {
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'welcome', id: 'x1', payload: {} })
    await alice.refused('x1', 'unknown_type')
    await alice.fence()
  }),

  chatCase('framing/type-off-pattern-is-refused', async (world) => {
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'Ping', id: 'x1', payload: {} })
    await alice.refused('x1', 'unknown_type')
    // In some languages `$` also matches before a final newline.
    alice.sendJson({ type: 'ping\n', id: 'x2', payload: {} })
    await alice.refused('x2', 'unknown_type')
    await alice.fence()
  }),

  ...Object.entries({
    'missing-payload': { type: 'ping', id: 'x1' },
    'null-payload': { type: 'ping', id: 'x1', payload: null },
    'null-nonce': { type: 'ping', id: 'x1', payload: { nonce: null } },
    'long-nonce': { type: 'ping', id: 'x1', payload: { nonce: 'n'.repeat(65) } },
    'missing-room': { type: 'subscribe', id: 'x1', payload: {} },
    'numeric-room': { type: 'subscribe', id: 'x1', payload: { room: 1 } },
    'room-off-pattern': { type: 'subscribe', id: 'x1', payload: { room: 'Lobby' } },
    'room-with-newline': { type: 'subscribe', id: 'x1', payload: { room: 'lobby\n' } },
  }).map(([name, message]) =>
    chatCase(
      `framing/${name}-is-invalid-payload`,
      async (world) => {
        const alice = await world.ready('alice')
        alice.sendJson(message)
        await alice.refused('x1', 'invalid_payload')
        await alice.fence()
      },
      { of: ['framing/schema-error-is-invalid-payload'], title: `${JSON.stringify(message)}: invalid_payload.` },
    ),
  ),

  chatCase('framing/bad-id-is-invalid-payload', async (world) => {
    const alice = await world.ready('alice')
    for (const message of [
      { type: 'ping', payload: {} },
      { type: 'ping', id: 'a b', payload: {} },
      { type: 'ping', id: 7, payload: {} },
    ]) {
      alice.sendJson(message)
      const error = await alice.next('error')
      expectEqual('error.code', error.payload.code, 'invalid_payload')
      expectEqual('error.reply_to', error.reply_to, undefined)
    }
    await alice.fence()
  }),

  chatCase('framing/too-many-errors-closes-4005', async (world) => {
    const alice = await world.ready('alice')
    const { max_errors: max } = alice.welcome.payload.limits
    const wrong = (id: string) => alice.sendJson({ type: 'teleport', id, payload: {} })
    // As many as are borne with, then an ok, which starts the count anew; then as many again, and one more.
    for (let n = 1; n <= max; n += 1) wrong(`a${n}`)
    await alice.ok(alice.send('unsubscribe', { room: world.room() }))
    for (let n = 1; n <= max; n += 1) wrong(`b${n}`)
    await alice.refused(`b${max}`, 'unknown_type')
    wrong('one-more')
    await alice.refused('one-more', 'unknown_type')
    await alice.closes(4005)
  }),
]
