/** Messages of every form of length come back whole: RFC 6455 §5.2, §6.2. */

import { OPCODE } from '../socket/frame.ts'
import { binary, text } from './frames.ts'
import { filler } from './voice.ts'
import { type WireCase, wireCase } from './wire-case.ts'

/** On both sides of each boundary between the 7, 16 and 64 bit forms. */
const SIZES = [0, 125, 126, 127, 128, 65535, 65536]

/** The case of Autobahn that is its 1.1.1 once more. */
const EMPTY_TEXT = '6.1.1'

const KINDS = [
  { name: 'text', opcode: OPCODE.text, frame: text, section: '1.1' },
  { name: 'binary', opcode: OPCODE.binary, frame: binary, section: '1.2' },
] as const

const whole = KINDS.flatMap(({ name, opcode, frame, section }) =>
  SIZES.map((size, n) =>
    wireCase(
      `wire-echo/${name}-of-${size}-octets`,
      `A ${name} message of ${size} octets comes back as it is.`,
      {
        cites: ['frames-are-read'],
        autobahn: [`${section}.${n + 1}`, ...(name === 'text' && size === 0 ? [EMPTY_TEXT] : [])],
      },
      async (world) => {
        const client = await world.connect()
        await client.echoes(opcode, [frame(filler(size))])
      },
    ),
  ),
)

const chopped = KINDS.map(({ name, opcode, frame, section }) =>
  wireCase(
    `wire-echo/${name}-in-chops`,
    `A ${name} message of 65536 octets that arrives 997 octets at a time comes back as it is.`,
    { cites: ['frames-are-read'], autobahn: `${section}.8` },
    async (world) => {
      const client = await world.connect()
      await client.echoes(opcode, [frame(filler(65536))], 997)
    },
  ),
)

const lengths = wireCase(
  'wire-echo/server-sends-shortest-length',
  'The server writes the length of its frames in the shortest form, on both sides of each boundary.',
  { cites: ['server-sends-shortest-length'] },
  async (world) => {
    const client = await world.connect()
    for (const size of [125, 126, 65535, 65536]) await client.exchanges(binary(filler(size)))
  },
)

export const ECHO: readonly WireCase[] = [...whole, ...chopped, lengths]
