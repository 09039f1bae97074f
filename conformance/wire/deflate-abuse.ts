/** What a client can do to a server's permessage-deflate that is wrong: RFC 7692 §6 to §8. */
import { constants, deflateRawSync } from 'node:zlib'
import { COMPRESSED } from '../socket/deflate.ts'
import { OPCODE } from '../socket/frame.ts'
import { deflating } from './deflate.ts'
import { alone, GREETING } from './deflate-messages.ts'
import { close, continuation, more, ping, text } from './frames.ts'
import { harmsNobody, refusedClose, violation, type WireCase, wireCase } from './wire-case.ts'

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

const reserved = [
  { name: 'RSV2', bit: 2 },
  { name: 'RSV3', bit: 1 },
].map(({ name, bit }) =>
  violation(`deflate-messages/${name.toLowerCase()}-fails`, `${name}, which marks nothing, fails the connection.`, {
    cites: ['reserved-bit-fails', 'failure-closes-tcp'],
    connect: (world) => deflating(world),
    frames: [text('reserved', { rsv: bit })],
  }),
)

const invalid = ['input-is-validated', 'failure-closes-tcp']
const notText = ['invalid-utf-8-fails', 'failure-closes-tcp']
const noBlock = Buffer.of(0x07)

interface Wrong {
  readonly slug: string
  readonly what: string
  readonly octets: Buffer
  readonly cites?: readonly string[]
  /** A right one is exchanged before it. */
  readonly isLater?: boolean
}

const WRONG: readonly Wrong[] = [
  { slug: 'of-no-block-type', what: 'with a block of the type that there is none of', octets: noBlock },
  { slug: 'cut-short', what: 'that is cut short', octets: Buffer.from('000500faff4865', 'hex') },
  {
    slug: 'with-a-wrong-length',
    what: 'with a block of a wrong length',
    octets: Buffer.from('00050000004865', 'hex'),
  },
  {
    slug: 'beyond-its-window',
    what: 'that refers to what was never sent',
    octets: Buffer.from('f200110000', 'hex'),
  },
  { slug: 'wrong-behind-right', what: 'that cannot be inflated, behind one that can,', octets: noBlock, isLater: true },
  { slug: 'not-utf-8', what: 'of text that is not UTF-8', octets: alone(Buffer.of(0x68, 0xff)), cites: notText },
  {
    slug: 'long-not-utf-8',
    what: 'of text whose 1001st octet is not UTF-8',
    octets: alone(Buffer.concat([Buffer.alloc(1000, 'UTF-8 '), Buffer.of(0xff)])),
    cites: notText,
  },
]
const wrong = WRONG.map(({ slug, what, octets, cites = invalid, isLater }) =>
  violation(`deflate-messages/${slug}-fails`, `A compressed message ${what} fails the connection.`, {
    cites,
    connect: async (world) => {
      const client = await deflating(world)
      if (isLater) await client.converses(GREETING, { compressed: true })
      return client.raw()
    },
    frames: [text(octets, { rsv })],
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
  ...BREACHES,
  ...reserved,
  ...wrong,
  ...OFFERS,
  refusedClose(
    'deflate-messages/marked-close-fails',
    'A Close frame with RSV1 fails the connection, and its code is not answered.',
    {
      cites: ['rfc7692/other-marked-frames-fail'],
      connect: (world) => deflating(world),
      ...{ frame: { ...close(3999), rsv }, code: 3999 },
    },
  ),
  wireCase(
    'deflate-messages/bomb-harms-nobody',
    'While a message of 130 kB inflates to 128 MiB, and afterwards, others are served.',
    { cites: ['limits-are-protected'], slow: true, strains: true },
    async (world) => {
      const client = (await deflating(world)).raw()
      await client.sends(text(bomb(), { rsv }))
      await harmsNobody(world, client)
    },
  ),
]
