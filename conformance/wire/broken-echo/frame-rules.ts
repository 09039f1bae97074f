/** What the broken echo server says of a frame by itself: RFC 6455 §5.1, §5.2 and §5.5, and RFC 7692 §6. Pure. */
import { type DecodedFrame, isControl, OPCODE } from '../../socket/frame.ts'
import type { Has } from './faults.ts'

const RSV1 = 4

/** @param deflated permessage-deflate holds, so that RSV1 marks a compressed message. */
export function isWrong(frame: DecodedFrame, deflated: boolean, has: Has): boolean {
  const { masked, opcode, fin, payload, shortestLength } = frame
  const rules: readonly [broken: boolean, taken: boolean][] = [
    [!masked, has('accepts unmasked frames')],
    [isWronglyMarked(frame, deflated), deflated && has('takes any mark')],
    [hasReservedBits(frame, deflated), has(deflated ? 'ignores other reserved bits' : 'ignores reserved bits')],
    [!shortestLength, has('accepts long forms of lengths')],
    [(opcode > 2 && opcode < 8) || opcode > 10, has('ignores unknown opcodes')],
    [isControl(opcode) && payload.length > 125, has('accepts long control frames')],
    [isControl(opcode) && !fin, has('accepts fragmented control frames')],
    [opcode === OPCODE.pong, !has('takes pongs for errors')],
  ]
  return rules.some(([broken, taken]) => broken && !taken)
}

/** Only the first frame of a message may be marked as compressed. */
const isWronglyMarked = ({ opcode, rsv }: DecodedFrame, deflated: boolean) =>
  deflated && (rsv & RSV1) !== 0 && opcode !== OPCODE.text && opcode !== OPCODE.binary

const hasReservedBits = ({ rsv }: DecodedFrame, deflated: boolean) => (deflated ? rsv & ~RSV1 : rsv) !== 0
