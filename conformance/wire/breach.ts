/** What the frames of a server break of RFC 6455: each by itself, and each behind the others. Pure. */
import { isUtf8 } from 'node:buffer'
import { type DecodedFrame, decodeClose, isControl, OPCODE } from '../socket/frame.ts'

/**
 * Codes that an endpoint may put into a Close frame: RFC 6455 §7.4, and what IANA has registered since (1012 to 1014).
 * https://www.iana.org/assignments/websocket/websocket.xhtml
 */
export function isSendableCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}

/** The first frame that should not have been sent as it was, or not then, and why. */
export interface Breach<Frame> {
  readonly frame: Frame
  readonly why: string
}

/**
 * @param frames all that a server has sent on one connection, in order; the last message may be unfinished.
 * @param deflated where permessage-deflate holds: whether a compressed text is UTF-8 its frames do not say.
 */
export function findBreach<Frame extends DecodedFrame>(
  frames: readonly Frame[],
  deflated = false,
): Breach<Frame> | undefined {
  let closed = false
  /** The message under way. */
  let begun: { readonly opcode: number; readonly parts: Buffer[] } | undefined
  for (const frame of frames) {
    const { opcode, fin, payload, violations } = frame
    const why = violations[0] ?? faultBehind(frame, { closed, begun: begun !== undefined })
    if (why !== undefined) return { frame, why }
    if (opcode === OPCODE.close) closed = true
    if (isControl(opcode)) continue
    const { opcode: kind, parts }: NonNullable<typeof begun> = begun ?? { opcode, parts: [] }
    // There may be tens of thousands.
    parts.push(payload)
    begun = fin ? undefined : { opcode: kind, parts }
    if (fin && kind === OPCODE.text && !deflated && !isUtf8(Buffer.concat(parts)))
      return { frame, why: 'it ends a text message that is not UTF-8 (§5.6)' }
  }
  return undefined
}

/** What a frame that is right by itself gets wrong at its place, or in its Close payload. */
function faultBehind({ opcode, payload }: DecodedFrame, { closed, begun }: { closed: boolean; begun: boolean }) {
  if (opcode === OPCODE.close) return isRightClose(payload) ? undefined : 'no Close frame may carry that (§5.5.1, §7.4)'
  if (isControl(opcode)) return undefined
  if (closed) return 'it is a data frame behind a Close frame (§5.5.1)'
  if (opcode === OPCODE.continuation) return begun ? undefined : 'it continues no message (§5.4)'
  return begun ? 'it begins a message inside another (§5.4)' : undefined
}

function isRightClose(payload: Buffer): boolean {
  const { code, reason = Buffer.alloc(0) } = decodeClose(payload)
  if (code === undefined) return payload.length === 0
  return isSendableCode(code) && isUtf8(reason)
}
