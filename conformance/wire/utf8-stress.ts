/**
 * The UTF-8 decoder's stress test: every kind of sequence that is valid, and every kind that is not (RFC 3629). The kinds are
 * those of Markus Kuhn's test file, https://www.cl.cam.ac.uk/~mgk25/ucs/examples/UTF-8-test.txt, and so are the octets.
 */
import { OPCODE } from '../socket/frame.ts'
import { text } from './frames.ts'
import { violation, type WireCase, wireCase } from './wire-case.ts'

/** Octets in hexadecimal, a message each. */
interface Kind {
  readonly slug: string
  readonly what: string
  readonly valid?: string
  readonly invalid?: string
}

const KOSME = 'cebae1bdb9cf83cebcceb5'
const hexOf = (first: number, last: number, between = '') =>
  Array.from({ length: last - first + 1 }, (_, n) => (first + n).toString(16) + between).join('')
/** The beginnings of a valid text; those that end between code points are valid. */
const beginnings = Array.from({ length: 11 }, (_, n) => KOSME.slice(0, 2 * (n + 1))).join(' ')
/** U+FFFE and U+FFFF of every plane beside the first. */
const PLANES = 'f09f f0af f0bf f18f f19f f1af f1bf f28f f29f f2af f2bf f38f f39f f3af f3bf f48f'
const nonCharacters = PLANES.split(' ').flatMap((plane) => [`${plane}bfbe`, `${plane}bfbf`])
const CUT = 'c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf'
const HIGH = ['eda080', 'edadbf', 'edae80', 'edafbf']
const LOW = ['edb080', 'edbfbf']

/** In the order of Autobahn's sections 6.5 to 6.23; where a section has both, `valid` of them comes first unless it says so. */
const KINDS: readonly Kind[] = [
  {
    slug: 'lengths',
    what: 'code points of one to four octets',
    valid: `68656c6c6f24776f726c64 68656c6c6fc2a2776f726c64 68656c6c6fe282ac776f726c64 68656c6c6ff0a4ada2776f726c64 ${KOSME}`,
  },
  { slug: 'beginning', what: 'the beginning of a text', valid: beginnings },
  { slug: 'first-of-its-length', what: 'the first code point of its length', valid: '00 c280 e0a080 f0908080' },
  { slug: 'too-long', what: 'five and six octets', invalid: 'f888808080 fc8480808080' },
  { slug: 'last-of-its-length', what: 'the last code point of its length', valid: '7f dfbf efbfbf f48fbfbf' },
  { slug: 'above-unicode', what: 'the last of four, five and six octets', invalid: 'f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf' },
  { slug: 'boundary', what: 'a boundary of Unicode', valid: 'ed9fbf ee8080 efbfbd f48fbfbf', invalid: 'f4908080' },
  {
    slug: 'continuation',
    what: 'continuation octets alone',
    invalid: `80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf ${hexOf(0x80, 0xbf)}`,
  },
  {
    slug: 'lonely-start',
    what: 'first octets without the rest',
    invalid: `${hexOf(0xc0, 0xdf, '20')} ${hexOf(0xe0, 0xef, '20')} ${hexOf(0xf0, 0xf7, '20')} ${hexOf(0xf8, 0xfb, '20')} ${hexOf(0xfc, 0xfd, '20')}`,
  },
  { slug: 'cut-short', what: 'a sequence without its last octet', invalid: CUT },
  { slug: 'all-cut-short', what: 'ten sequences without their last octets', invalid: CUT.replaceAll(' ', '') },
  { slug: 'impossible', what: 'octets that UTF-8 never has', invalid: 'fe ff fefeffff' },
  { slug: 'overlong', what: 'a "/" longer than it is', invalid: 'c0af e080af f08080af f8808080af fc80808080af' },
  { slug: 'most-overlong', what: 'the longest overlong form', invalid: 'c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf' },
  {
    slug: 'overlong-null',
    what: 'a U+0000 longer than it is',
    invalid: 'c080 e08080 f0808080 f880808080 fc8080808080',
  },
  { slug: 'surrogate', what: 'a surrogate', invalid: [...HIGH, 'edb080', 'edbe80', 'edbfbf'].join(' ') },
  {
    slug: 'surrogate-pair',
    what: 'a pair of surrogates',
    invalid: HIGH.flatMap((high) => LOW.map((low) => high + low)).join(' '),
  },
  {
    slug: 'non-character',
    what: 'a code point that is no character',
    valid: `efbfbe efbfbf ${nonCharacters.join(' ')}`,
  },
  { slug: 'special', what: 'a special', valid: 'efbfb9 efbfba efbfbb efbfbc efbfbd efbfbe efbfbf' },
]

/** The sections of Autobahn begin here. */
const FIRST_SECTION = 5

export const UTF8_STRESS: readonly WireCase[] = KINDS.flatMap(({ slug, what, valid = '', invalid = '' }, n) =>
  [...valid.split(' '), ...invalid.split(' ')]
    .filter((hex) => hex !== '')
    .map((hex, m) => stress({ slug, what, hex, autobahn: `6.${n + FIRST_SECTION}.${m + 1}` })),
)

function stress({
  slug,
  what,
  hex,
  autobahn,
}: {
  slug: string
  what: string
  hex: string
  autobahn: string
}): WireCase {
  const payload = Buffer.from(hex, 'hex')
  const name = hex.length > 28 ? `of-${payload.length}-octets` : hex
  // A cut text is valid where no code point was cut.
  const isRight = Buffer.from(payload.toString()).equals(payload)
  if (!isRight)
    return violation(`wire-utf8-stress/${slug}-${name}-fails`, `A text message with ${what} fails the connection.`, {
      cites: ['invalid-utf-8-fails', 'text-is-utf-8', 'failure-closes-tcp'],
      frames: [text(payload)],
      autobahn,
    })
  return wireCase(
    `wire-utf8-stress/${slug}-${name}`,
    `A text message with ${what} comes back as it is.`,
    { cites: ['text-is-utf-8'], autobahn },
    async (world) => {
      const client = await world.connect()
      await client.echoes(OPCODE.text, [text(payload)])
    },
  )
}
