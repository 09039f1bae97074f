/** What the broken echo server says of a frame by itself: RFC 6455 §5.1, §5.2 and §5.5, and RFC 7692 §6. Pure. */
import { type DecodedFrame, isControl, OPCODE } from '../../socket/frame.ts'
import type { Fault, Has } from './faults.ts'

const RSV1 = 4

/** Where a frame stands. */
export interface Place {
  /** It is the first of its connection. */
  readonly isFirst: boolean
  /** permessage-deflate holds, so that RSV1 marks a compressed message. */
  readonly deflated: boolean
  /** A message is under way. */
  readonly inMessage: boolean
}

/** What breaks a rule, and the faults that overlook it: in any frame, or only where the second says so. */
type Rule = readonly [broken: boolean, ...overlooked: (readonly [fault: Fault, here?: boolean])[]]

export function isWrong(frame: DecodedFrame, { isFirst, deflated, inMessage }: Place, has: Has): boolean {
  const { masked, opcode, fin, rsv, payload, shortestLength } = frame
  const isPong = opcode === OPCODE.pong
  const isContinuation = opcode === OPCODE.continuation
  const rules: readonly Rule[] = [
    [
      !masked,
      ['accepts unmasked frames'],
      ['accepts unmasked frames behind the first', !isFirst],
      ['accepts unmasked continuations', isContinuation],
      ['accepts unmasked pongs', isPong],
      ['accepts unmasked Close frames', opcode === OPCODE.close],
      ['accepts unmasked frames without payload', payload.length === 0],
    ],
    [deflated && isWronglyMarked(frame), ['takes any mark']],
    [deflated && (rsv & ~RSV1) !== 0, ['ignores other reserved bits']],
    [
      !deflated && rsv !== 0,
      ['ignores reserved bits'],
      ['ignores reserved bits of pongs', isPong],
      ['ignores reserved bits of continuations', isContinuation],
    ],
    [!shortestLength, ['accepts long forms of lengths']],
    [
      (opcode > 2 && opcode < 8) || opcode > 10,
      ['ignores unknown opcodes'],
      ['ignores unknown opcodes inside a message', inMessage],
      ['ignores unknown opcodes without FIN', !fin],
    ],
    [isControl(opcode) && payload.length > 125, ['accepts long control frames'], ['accepts long pongs', isPong]],
    [isControl(opcode) && !fin, ['accepts fragmented control frames'], ['accepts pongs without FIN', isPong]],
    [isPong && has('takes pongs for errors')],
  ]
  return rules.some(
    ([broken, ...overlooked]) => broken && !overlooked.some(([fault, here = true]) => here && has(fault)),
  )
}

/** Only the first frame of a message may be marked as compressed. */
const isWronglyMarked = ({ opcode, rsv }: DecodedFrame) =>
  (rsv & RSV1) !== 0 && opcode !== OPCODE.text && opcode !== OPCODE.binary
