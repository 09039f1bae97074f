/** What is too much for any server harms nobody else: RFC 6455 §10.4. */
import { encodeFrame, OPCODE } from '../socket/frame.ts'
import { ping, text } from './frames.ts'
import { harmsNobody, violation, type WireCase, wireCase } from './wire-case.ts'

const EMPTY_FRAGMENTS = 100_000

function floodOfFragments(): Buffer {
  const fragment = encodeFrame({ opcode: OPCODE.continuation, fin: false })
  const first = encodeFrame({ opcode: OPCODE.text, fin: false })
  return Buffer.concat([first, ...Array.from({ length: EMPTY_FRAGMENTS }, () => fragment)])
}

/** Announces 2^63 octets: "the most significant bit MUST be 0" (§5.2). */
const TOP_BIT = text('no end', { lengthForm: 64, announced: 2n ** 63n })

export const LIMITS: readonly WireCase[] = [
  wireCase(
    'wire-limits/empty-fragments-harm-nobody',
    `While ${EMPTY_FRAGMENTS} empty fragments of a message arrive, and afterwards, others are served.`,
    { cites: ['limits-are-protected'], slow: true, strains: true },
    async (world) => {
      const client = (await world.connect()).raw()
      client.connection.flood(floodOfFragments(), `${EMPTY_FRAGMENTS} empty fragments`)
      await harmsNobody(world, client)
    },
  ),
  wireCase(
    'wire-limits/endless-frame-harms-nobody',
    'While a frame is open that announces 2^62 octets others are served.',
    { cites: ['limits-are-protected'] },
    async (world) => {
      const client = (await world.connect()).raw()
      await client.sends(text('no end', { lengthForm: 64, announced: 2n ** 62n }))
      // Twice, so that the server has read what it was sent before the second comes.
      await world.stillServes()
      await world.stillServes()
    },
  ),
  violation('wire-limits/top-bit-of-a-length-fails', 'A length whose top bit is set ends the connection.', {
    cites: ['invalid-data-is-answered'],
    connect: async (world) => (await world.connect()).raw(),
    frames: [TOP_BIT],
  }),
  wireCase(
    'wire-limits/behind-a-top-bit-of-a-length-nothing-is-read',
    'A length whose top bit is set is not read as a shorter one: nothing behind it is answered.',
    { cites: ['frames-are-read'] },
    async (world) => {
      const client = (await world.connect()).raw()
      const behind = ping('behind')
      await client.sends(text('', { lengthForm: 64, announced: 2n ** 63n }), behind)
      // Twice, so that the server has read what it was sent before the second comes.
      await world.stillServes()
      const { greetings } = await world.stillServes()
      client.answersNothing([behind], greetings)
    },
  ),
]
