/** Compressed messages as a client may make them, and seldom does: RFC 7692 §6 and §7.2. */
import { constants, deflateRawSync } from 'node:zlib'
import { OPCODE } from '../socket/frame.ts'
import { deflating } from './deflate.ts'
import { ping } from './frames.ts'
import { cannotCarry } from './voice.ts'
import { type WireCase, wireCase } from './wire-case.ts'

const message = (payload: string) => ({ opcode: OPCODE.text, payload: Buffer.from(payload) }) as const
export const GREETING = message('Hello, and hello, and hello again')
/** As long as the greeting, and unlike it in each octet: nobody takes the one for the other in a window. */
const OTHERS = ['0123456789012345678901234567890123', 'XYZXYZXYZXYZXYZXYZXYZXYZXYZXYZXYZX'].map(message)
/** Longer than a server may leave uncompressed. */
const LONG = message('compress me; '.repeat(600))
const read = ['rfc7692/compressed-messages-are-read']
const whole = 'rfc7692/messages-end-with-a-block'
const last = ['rfc7692/last-blocks-end-no-message']

/** One block as it is (RFC 1951 §3.2.4). */
function stored(payload: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt16LE(payload.length, 1)
  head.writeUInt16LE(payload.length ^ 0xffff, 3)
  return Buffer.concat([head, payload, Buffer.of(0)])
}

const flushed = (part: Buffer) => deflateRawSync(part, { finishFlush: constants.Z_SYNC_FLUSH })

/** A message by itself, as §7.2.1 makes it. */
export const alone = (payload: Buffer) => flushed(payload).subarray(0, -4)

/** As §7.2.3.4 has it: a last block, and an octet behind it. */
const inLastBlock = (payload: Buffer) => Buffer.concat([deflateRawSync(payload), Buffer.of(0)])

/** Two blocks, with an empty one between them. */
const inBlocks = (payload: Buffer) => Buffer.concat([flushed(payload.subarray(0, 9)), alone(payload.subarray(9))])

/** A last block, and behind its padding others. */
const behindLastBlock = (payload: Buffer) =>
  Buffer.concat([deflateRawSync(payload.subarray(0, 9)), alone(payload.subarray(9))])

const ENCODINGS = [
  { slug: 'stored', what: 'in a block that is not compressed (§7.2.3.3)', encode: stored },
  { slug: 'in-a-last-block', what: 'in a block that says that it is the last (§7.2.3.4)', encode: inLastBlock },
  { slug: 'in-blocks', what: 'in several blocks (§7.2.3.5)', encode: inBlocks },
  {
    slug: 'behind-a-last-block',
    what: 'that goes on behind a last block (§7.2.1)',
    encode: behindLastBlock,
    cites: last,
  },
]

export const DEFLATE_MESSAGES: readonly WireCase[] = [
  ...ENCODINGS.map(({ slug, what, encode, cites = read }) =>
    wireCase(`deflate-messages/${slug}`, `A compressed message ${what} is read.`, { cites }, async (world) => {
      const client = await deflating(world)
      // What is wrong behind it is no greeting.
      await client.converses(GREETING, { compressed: false })
      await client.converses(GREETING, { compressed: encode })
    }),
  ),
  wireCase(
    'deflate-messages/after-a-last-block',
    'A compressed message is read after one in a block that says that it is the last.',
    { cites: last },
    async (world) => {
      const client = await deflating(world)
      await client.converses(GREETING, { compressed: inLastBlock })
      for (const _ of [1, 2]) await client.converses(GREETING, { compressed: true })
    },
  ),
  wireCase(
    'deflate-messages/empty',
    'An empty message that is compressed (§7.2.3.6) is read, and what comes back, compressed or not, is empty.',
    { cites: [...read, whole] },
    async (world) => {
      if (world.terms.carrier === 'chat') throw cannotCarry('an empty message')
      const client = await deflating(world)
      for (const content of [GREETING, message(''), GREETING]) await client.converses(content, { compressed: true })
    },
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
    'deflate-messages/ping-between-fragments',
    'A ping between the fragments of a compressed message is answered, and the message is read.',
    { cites: ['control-frames-between-fragments'] },
    async (world) => {
      const client = await deflating(world)
      await client.converses(GREETING, { compressed: true, fragment: 9, behindFirst: ping('between') })
      await client.receivesPong(Buffer.from('between'))
    },
  ),
  wireCase(
    'deflate-messages/uncompressed-between',
    'Messages that are not compressed are read between others that are, which do not refer to them.',
    { cites: ['rfc7692/uncompressed-messages-are-read'] },
    async (world) => {
      const client = await deflating(world)
      await client.converses(GREETING, { compressed: true })
      for (const other of OTHERS) {
        await client.converses(other, { compressed: false })
        await client.converses(GREETING, { compressed: true })
      }
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
      await client.converses(LONG, { compressed: true })
    },
  ),
  wireCase(
    'deflate-messages/server-ends-with-a-block',
    'What the server compresses ends with a block, and without the last octets of that.',
    { cites: [whole] },
    async (world) => {
      const client = await deflating(world)
      for (const _ of [1, 2]) await client.converses(LONG, { compressed: true })
    },
  ),
]
