/** Names for the frames that the cases send. A frame is right unless the case overrides a field. */
import { encodeClose, OPCODE, type OutgoingFrame } from '../socket/frame.ts'

type Payload = string | Buffer
type Overrides = Partial<Omit<OutgoingFrame, 'opcode' | 'payload'>>

function frame<Opcode extends number>(opcode: Opcode) {
  return (
    payload: Payload = '',
    overrides: Overrides = {},
  ): OutgoingFrame & { readonly opcode: Opcode; readonly payload: Buffer } => ({
    opcode,
    payload: Buffer.from(payload),
    ...overrides,
  })
}

export const text = frame(OPCODE.text)
export const binary = frame(OPCODE.binary)
export const continuation = frame(OPCODE.continuation)
export const ping = frame(OPCODE.ping)
export const pong = frame(OPCODE.pong)
/** A Close frame with any payload, right or wrong. */
export const closeWith = frame(OPCODE.close)
export const close = (code?: number, reason?: Payload) => closeWith(encodeClose(code, reason))

/** A frame is not the last of its message. */
export const more: Overrides = { fin: false }

/** A message as one frame a part, with another frame before the last of them. */
export function fragments(opcode: number, parts: readonly Payload[], between?: OutgoingFrame): OutgoingFrame[] {
  return parts.flatMap((part, n) => {
    const fin = n === parts.length - 1
    const fragment = { opcode: n === 0 ? opcode : OPCODE.continuation, fin, payload: Buffer.from(part) }
    return fin && between ? [between, fragment] : [fragment]
  })
}

/** A payload in parts of this many octets, the last one maybe shorter; an empty one is one part. */
export function slices(payload: Payload, size: number): Buffer[] {
  const whole = Buffer.from(payload)
  if (whole.length <= size) return [whole]
  const count = Math.ceil(whole.length / size)
  return Array.from({ length: count }, (_, n) => whole.subarray(n * size, (n + 1) * size))
}

/** Every octet apart. */
export const octets = (payload: Payload): Buffer[] => slices(payload, 1)
