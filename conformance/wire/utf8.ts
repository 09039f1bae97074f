/** Text is UTF-8 (RFC 3629), wherever a frame or a write cuts it: RFC 6455 §5.6, §8.1. */

import { OPCODE } from '../socket/frame.ts'
import type { Client } from './client.ts'
import { fragments, octets, ping, text } from './frames.ts'
import { failureCode, violation, type WireCase, wireCase } from './wire-case.ts'

const GREETING = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!')
/** "κόσμε" with U+1F79 for its accented letter: one of three octets among those of two. */
const KOSME = Buffer.from('κ\u1f79σμε')
/** Valid, then a surrogate (U+D800), then valid again. */
const SURROGATE = Buffer.concat([KOSME, Buffer.from('eda080', 'hex'), Buffer.from('edited')])
const cut = (payload: Buffer, at: number) => [payload.subarray(0, at), payload.subarray(at)]

const VALID = [
  { slug: 'valid-whole', what: 'in one frame', parts: [GREETING], autobahn: '6.2.1' },
  {
    slug: 'valid-cut-between-code-points',
    what: 'cut between code points',
    parts: cut(GREETING, 15),
    autobahn: '6.2.2',
  },
  { slug: 'valid-cut-inside-a-code-point', what: 'cut inside a code point', parts: cut(GREETING, 7) },
  {
    slug: 'valid-cut-inside-a-code-point-by-a-ping',
    what: 'with a ping inside a code point',
    parts: cut(GREETING, 7),
    between: ping(),
  },
  {
    slug: 'valid-in-fragments-of-an-octet',
    what: 'in fragments of one octet',
    parts: octets(GREETING),
    autobahn: '6.2.3',
  },
  {
    slug: 'valid-greek-in-fragments-of-an-octet',
    what: 'of Greek in fragments of one octet',
    parts: octets(KOSME),
    autobahn: '6.2.4',
  },
  { slug: 'valid-null', what: 'of U+0000', parts: [Buffer.from('\0')] },
  { slug: 'valid-highest-code-point', what: 'of U+10FFFF', parts: [Buffer.from('\u{10ffff}')] },
  // Unicode's non-characters are valid code points (Corrigendum 9).
  { slug: 'valid-non-character', what: 'of U+FFFE, which is no character but valid', parts: [Buffer.from('\ufffe')] },
]

const valid = VALID.map(({ slug, what, parts, between, autobahn }) =>
  wireCase(
    `wire-utf8/${slug}`,
    `A text message ${what} comes back as it is.`,
    {
      cites: ['text-is-utf-8', 'fragments-are-joined', ...(between ? ['control-frames-between-fragments'] : [])],
      ...(autobahn ? { autobahn } : {}),
    },
    async (world) => {
      const client = await world.connect()
      await client.echoes(OPCODE.text, fragments(OPCODE.text, parts, between))
    },
  ),
)

const INVALID = [
  { slug: 'surrogate-fails', what: 'with a surrogate', parts: [SURROGATE], autobahn: '6.3.1' },
  {
    slug: 'surrogate-in-fragments-of-an-octet-fails',
    what: 'with a surrogate, in fragments of one octet,',
    parts: octets(SURROGATE),
    autobahn: '6.3.2',
  },
  {
    slug: 'invalid-in-last-fragment-fails',
    what: 'that is invalid in its last fragment only',
    parts: ['valid', Buffer.of(0xff)],
  },
  { slug: 'cut-short-fails', what: 'that ends inside a code point', parts: [KOSME.subarray(0, -1)] },
  {
    slug: 'cut-short-in-fragments-fails',
    what: 'whose last fragment ends inside a code point',
    parts: ['valid', KOSME.subarray(0, 1)],
  },
  {
    slug: 'cut-short-before-an-empty-last-fragment-fails',
    what: 'that ends inside a code point, before an empty last fragment,',
    parts: [KOSME.subarray(0, -1), ''],
  },
  { slug: 'lone-continuation-octet-fails', what: 'that begins with a continuation octet', parts: [Buffer.of(0x80)] },
  { slug: 'overlong-fails', what: 'with an overlong form of "/"', parts: [Buffer.of(0xc0, 0xaf)] },
  { slug: 'above-unicode-fails', what: 'with U+110000', parts: [Buffer.of(0xf4, 0x90, 0x80, 0x80)] },
]

/** Autobahn's 6.4: valid, then U+110000, whose second octet cannot stand there, then valid again. */
const ABOVE = [KOSME, Buffer.from('f4908080', 'hex'), Buffer.from('edited')]
/** For so long a server that looks at text as it comes may be at it, in ms. */
const EARLY_MS = 1000

const EARLY = [
  { slug: 'in-its-fragment', parts: ABOVE },
  { slug: 'at-its-octet', parts: atOctet(Buffer.concat(ABOVE), KOSME.length + 1) },
].flatMap(({ slug, parts }, n) => {
  const [frames, withheld] = [fragments(OPCODE.text, parts), parts.at(-1)?.length ?? 0]
  const basis = (of: number) => ({ cites: ['invalid-utf-8-may-fail-early'], autobahn: `6.4.${n + of}` })
  const fails = (client: Client) =>
    client.isEnded('the server to fail the connection before the message is whole', EARLY_MS)
  return [
    wireCase(
      `wire-utf8/invalid-fails-${slug}`,
      'A text message fails the connection as soon as it is not UTF-8, before its last fragment.',
      basis(1),
      async (world) => {
        const client = await world.connect()
        await client.sendsAll(frames.slice(0, -1), 'frame')
        await fails(client)
      },
    ),
    wireCase(
      `wire-utf8/invalid-fails-${slug}-of-a-frame`,
      'A text message fails the connection as soon as it is not UTF-8, before its frame is whole.',
      basis(3),
      async (world) => {
        const client = await world.connect()
        await client.sendsBeginning(text(Buffer.concat(parts)), withheld)
        await fails(client)
      },
    ),
  ]
})

function atOctet(octets: Buffer, at: number): Buffer[] {
  return [octets.subarray(0, at), octets.subarray(at, at + 1), octets.subarray(at + 1)]
}

/** Binary messages that are not UTF-8: no part of them, nor the whole. */
const ANYTHING = [
  { slug: 'binary-may-be-anything', what: 'binary message', parts: [SURROGATE] },
  {
    slug: 'binary-may-be-anything-in-fragments',
    what: 'binary message in three fragments',
    parts: [SURROGATE, Buffer.of(0xff, 0x80), SURROGATE.subarray(1)],
  },
]

export const UTF8: readonly WireCase[] = [
  ...valid,
  ...EARLY,
  ...INVALID.map(({ slug, what, parts, autobahn }) =>
    violation(`wire-utf8/${slug}`, `A text message ${what} fails the connection.`, {
      cites: ['invalid-utf-8-fails', 'text-is-utf-8', 'failure-closes-tcp'],
      frames: fragments(OPCODE.text, parts),
      ...(autobahn ? { autobahn } : {}),
    }),
  ),
  failureCode('wire-utf8/invalid-closes-1007', 'Text that is not UTF-8 is named as the cause.', [1007], {
    cites: ['failure-says-why'],
    frames: [text(SURROGATE)],
  }),
  ...ANYTHING.map(({ slug, what, parts }) =>
    wireCase(
      `wire-utf8/${slug}`,
      `A ${what} that is not UTF-8 comes back as it is.`,
      { cites: ['frames-are-read', 'fragments-are-joined'] },
      async (world) => {
        const client = await world.connect()
        await client.echoes(OPCODE.binary, fragments(OPCODE.binary, parts))
      },
    ),
  ),
]
