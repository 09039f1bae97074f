/** Opcodes that RFC 6455 §5.2 does not define: 3 to 7 among data frames, 11 to 15 among control frames. */

import { OPCODE } from '../socket/frame.ts'
import { fragments, more } from './frames.ts'
import { failureCode, violation, type WireCase } from './wire-case.ts'

/** As Autobahn's 4.1 and 4.2 have them: the first two alone, the rest behind a valid message, the last octet by octet. */
const SHAPES = [
  { afterText: false, payload: Buffer.alloc(0) },
  { afterText: false, payload: Buffer.from('reserved') },
  { afterText: true, payload: Buffer.alloc(0) },
  { afterText: true, payload: Buffer.from('reserved') },
  { afterText: true, payload: Buffer.from('reserved'), chop: 1 },
]

const RANGES = [
  { first: 3, kind: 'data', section: '4.1' },
  { first: 11, kind: 'control', section: '4.2' },
]

const unknown = RANGES.flatMap(({ first, kind, section }) =>
  SHAPES.map(({ afterText, payload, ...chop }, n) =>
    violation(
      `wire-opcodes/${first + n}-fails`,
      `A ${kind} frame with the reserved opcode ${first + n}${afterText ? ', behind a valid message,' : ''} fails the connection.`,
      {
        cites: ['unknown-opcode-fails', 'failure-closes-tcp'],
        autobahn: `${section}.${n + 1}`,
        ...(afterText ? { afterText: ['valid'] } : {}),
        frames: [{ opcode: first + n, payload }],
        ...chop,
      },
    ),
  ),
)

const AMONG_FRAGMENTS = [
  ...RANGES.map(({ first, kind }) => ({
    slug: `${first}-inside-a-message`,
    what: `A ${kind} frame with the reserved opcode ${first} between two fragments`,
    frames: fragments(OPCODE.text, ['fragment 1', 'fragment 2'], { opcode: first }),
  })),
  {
    slug: '3-unfinished',
    what: 'A data frame with the reserved opcode 3 that is not final',
    frames: [{ opcode: 3, ...more, payload: Buffer.from('reserved') }],
  },
].map(({ slug, what, frames }) =>
  violation(`wire-opcodes/${slug}-fails`, `${what} fails the connection.`, {
    cites: ['unknown-opcode-fails', 'failure-closes-tcp'],
    frames,
  }),
)

export const OPCODES: readonly WireCase[] = [
  ...unknown,
  ...AMONG_FRAGMENTS,
  failureCode('wire-opcodes/closes-1002', 'An unknown opcode is named as the cause.', [1002, 1003], {
    cites: ['failure-says-why'],
    frames: [{ opcode: 3 }],
  }),
]
