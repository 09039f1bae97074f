/** What a client can do to a server's permessage-deflate, right in a way that is seldom seen, or wrong: RFC 7692 §6 to §8. */
import { constants, deflateRawSync } from 'node:zlib'
import { COMPRESSED } from '../socket/deflate.ts'
import { OPCODE } from '../socket/frame.ts'
import { deflating } from './deflate.ts'
import { close, closeWith, continuation, more, ping, text } from './frames.ts'
import { violation, type WireCase, wireCase } from './wire-case.ts'

const GREETING = { opcode: OPCODE.text, payload: Buffer.from('Hello, and hello, and hello again') } as const
const read = ['rfc7692/compressed-messages-are-read']

/** One block as it is (RFC 1951 §3.2.4). */
function stored(payload: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt16LE(payload.length, 1)
  head.writeUInt16LE(payload.length ^ 0xffff, 3)
  return Buffer.concat([head, payload, Buffer.of(0)])
}

/** As §7.2.3.4 has it: a last block, and an octet behind it. */
const inLastBlock = (payload: Buffer) => Buffer.concat([deflateRawSync(payload), Buffer.of(0)])

/** Two blocks, with an empty one between them. */
const inBlocks = (payload: Buffer) => {
  const flushed = (part: Buffer) => deflateRawSync(part, { finishFlush: constants.Z_SYNC_FLUSH })
  return Buffer.concat([flushed(payload.subarray(0, 9)), flushed(payload.subarray(9)).subarray(0, -4)])
}

const ENCODINGS = [
  { slug: 'stored', what: 'in a block that is not compressed (§7.2.3.3)', encode: stored },
  { slug: 'in-a-last-block', what: 'in a block that says that it is the last (§7.2.3.4)', encode: inLastBlock },
  { slug: 'in-blocks', what: 'in several blocks (§7.2.3.5)', encode: inBlocks },
]

const rare = [
  ...ENCODINGS.map(({ slug, what, encode }) =>
    wireCase(`deflate-messages/${slug}`, `A compressed message ${what} is read.`, { cites: read }, async (world) => {
      const client = await deflating(world)
      await client.converses(GREETING, { compressed: encode })
    }),
  ),
  wireCase(
    'deflate-messages/in-fragments-of-an-octet',
    'A compressed message that is cut into fragments of one octet is read.',
    { cites: read },
    async (world) => {
      const client = await deflating(world)
      await client.converses(GREETING, { compressed: true, fragment: 1 })
    },
  ),
  wireCase(
    'deflate-messages/uncompressed-between',
    'Messages that are not compressed are read between others that are.',
    { cites: ['rfc7692/uncompressed-messages-are-read'] },
    async (world) => {
      const client = await deflating(world)
      for (const compressed of [true, false, true, false]) await client.converses(GREETING, { compressed })
    },
  ),
  wireCase(
    'deflate-messages/server-marks-first-frames',
    'The server marks no frame as compressed but the first of a message.',
    { cites: ['rfc7692/only-first-frames-are-marked'] },
    async (world) => {
      const client = await deflating(world)
      await client.sends(ping('bits'))
      await client.receivesPong(Buffer.from('bits'))
      const payload = Buffer.alloc(8192, 'compress me; ')
      await client.converses({ opcode: OPCODE.text, payload }, { compressed: true })
    },
  ),
]

const rsv = COMPRESSED
const BREACHES = [
  { slug: 'marked-continuation', frames: [text('fragment 1', more), continuation('fragment 2', { rsv })] },
  { slug: 'marked-ping', frames: [ping('marked', { rsv })] },
  { slug: 'marked-pong', frames: [{ opcode: OPCODE.pong, payload: Buffer.from('marked'), rsv }] },
].map(({ slug, frames }) =>
  violation(
    `deflate-messages/${slug}-fails`,
    `A ${slug.replace('marked-', '')} frame with RSV1 fails the connection.`,
    {
      cites: ['rfc7692/other-marked-frames-fail'],
      connect: (world) => deflating(world),
      frames,
    },
  ),
)

const invalid = ['input-is-validated', 'failure-closes-tcp']
const WRONG = [
  { slug: 'of-no-block-type', what: 'with a block of the type that there is none of', octets: '07' },
  { slug: 'cut-short', what: 'that is cut short', octets: '000500faff4865' },
  { slug: 'with-a-wrong-length', what: 'with a block of a wrong length', octets: '00050000004865' },
  { slug: 'beyond-its-window', what: 'that refers to what was never sent', octets: 'f200110000' },
].map(({ slug, what, octets }) =>
  violation(`deflate-messages/${slug}-fails`, `A compressed message ${what} fails the connection.`, {
    cites: invalid,
    connect: async (world) => (await deflating(world)).raw(),
    frames: [text(Buffer.from(octets, 'hex'), { rsv })],
  }),
)

/** What no offer has (§7): each MUST be declined. */
const OFFERS = [
  { slug: 'unknown-parameter', offer: 'permessage-deflate; shakedown_unknown' },
  { slug: 'window-of-7', offer: 'permessage-deflate; server_max_window_bits=7' },
  { slug: 'window-of-16', offer: 'permessage-deflate; server_max_window_bits=16' },
  { slug: 'window-without-bits', offer: 'permessage-deflate; server_max_window_bits' },
  { slug: 'flag-with-a-value', offer: 'permessage-deflate; server_no_context_takeover=1' },
  {
    slug: 'parameter-twice',
    offer: 'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
  },
].map(({ slug, offer }) =>
  wireCase(
    `deflate-offers/${slug}-is-declined`,
    `The offer "${offer}" is declined.`,
    { cites: ['rfc7692/wrong-offers-are-declined'] },
    async (world) => {
      await deflating(world)
      const { response } = await world.knock('offering', { headers: [['Sec-WebSocket-Extensions', offer]] })
      world.selectsNoExtension(response)
      await world.stillServes()
    },
  ),
)

/** Inflates to 128 MiB of white space, a mebibyte for each kilobyte; each part begins with a window of the same. */
function bomb(): Buffer {
  const part = deflateRawSync(Buffer.alloc(2 ** 20, ' '), { finishFlush: constants.Z_SYNC_FLUSH })
  return Buffer.concat([...Array.from({ length: 128 }, () => part)]).subarray(0, -4)
}

export const DEFLATE_ABUSE: readonly WireCase[] = [
  ...rare,
  ...BREACHES,
  ...WRONG,
  ...OFFERS,
  violation('deflate-messages/other-reserved-bit-fails', 'RSV2 on a compressed message fails the connection.', {
    cites: ['reserved-bit-fails', 'failure-closes-tcp'],
    connect: (world) => deflating(world),
    frames: [text('reserved', { rsv: 2 })],
  }),
  wireCase(
    'deflate-messages/marked-close-fails',
    'A Close frame with RSV1 fails the connection, and its code is not answered.',
    { cites: ['rfc7692/other-marked-frames-fail'] },
    async (world) => {
      const client = await deflating(world)
      await client.sends(closeWith(close(3999).payload, { rsv }))
      await client.isClosedUnanswered(3999)
      await world.stillServes()
    },
  ),
  wireCase(
    'deflate-messages/bomb-harms-nobody',
    'While a message of 130 kB inflates to 128 MiB, and afterwards, others are served.',
    { cites: ['limits-are-protected'], slow: true, strains: true },
    async (world) => {
      const client = (await deflating(world)).raw()
      await client.sends(text(bomb(), { rsv }))
      world.isStrained()
      await world.stillServes()
      await client.isReadOrEnded()
      await world.stillServes()
    },
  ),
]
