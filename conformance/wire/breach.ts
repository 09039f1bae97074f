/** What the frames of a server break of RFC 6455: each by itself, and each behind the others. Pure. */
import { isUtf8 } from 'node:buffer'
import { type DecodedFrame, decodeClose, isControl, OPCODE, type Violation } from '../socket/frame.ts'

/**
 * Codes that an endpoint may put into a Close frame: RFC 6455 §7.4, and what IANA has registered since (1012 to 1014).
 * https://www.iana.org/assignments/websocket/websocket.xhtml
 */
export function isSendableCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}

/** Codes that stand for what no Close frame says: "MUST NOT be set as a status code in a Close control frame" (§7.4.1). */
export const isReservedCode = (code: number) => code === 1005 || code === 1006 || code === 1015

/** The first frame that should not have been sent as it was, or not then, and why. */
export interface Breach<Frame> extends Fault {
  readonly frame: Frame
}

interface Fault {
  readonly why: string
  /** The sentence that it breaks; none where RFC6455.md has none of it. */
  readonly rule?: string
}

const RULES: Readonly<Record<Violation['of'], string | undefined>> = {
  mask: 'rfc6455/server-does-not-mask',
  length: 'rfc6455/server-sends-shortest-length',
  mark: 'rfc7692/only-first-frames-are-marked',
  'reserved-bits': 'rfc6455/server-sets-no-reserved-bit',
  opcode: undefined,
  'control-fragment': 'rfc6455/control-frames-are-whole',
  'control-length': 'rfc6455/control-frames-are-short',
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
    const fault = faultOf(violations) ?? faultBehind(frame, { closed, begun: begun !== undefined })
    if (fault !== undefined) return { frame, ...fault }
    if (opcode === OPCODE.close) closed = true
    if (isControl(opcode)) continue
    const { opcode: kind, parts }: NonNullable<typeof begun> = begun ?? { opcode, parts: [] }
    // There may be tens of thousands.
    parts.push(payload)
    begun = fin ? undefined : { opcode: kind, parts }
    if (fin && kind === OPCODE.text && !deflated && !isUtf8(Buffer.concat(parts)))
      return { frame, why: 'it ends a text message that is not UTF-8 (§5.6)', rule: 'rfc6455/text-is-utf-8' }
  }
  return undefined
}

function faultOf([first]: readonly Violation[]): Fault | undefined {
  if (first === undefined) return undefined
  const rule = RULES[first.of]
  return { why: first.why, ...(rule === undefined ? {} : { rule }) }
}

/** What a frame that is right by itself gets wrong at its place, or in its Close payload. */
function faultBehind(
  { opcode, payload }: DecodedFrame,
  { closed, begun }: { readonly closed: boolean; readonly begun: boolean },
): Fault | undefined {
  const inOrder = { rule: 'rfc6455/messages-do-not-interleave' }
  if (opcode === OPCODE.close) return faultOfClose(payload)
  if (isControl(opcode)) return undefined
  if (closed) return { why: 'it is a data frame behind a Close frame (§5.5.1)', rule: 'rfc6455/no-data-after-close' }
  if (opcode === OPCODE.continuation) return begun ? undefined : { why: 'it continues no message (§5.4)', ...inOrder }
  return begun ? { why: 'it begins a message inside another (§5.4)', ...inOrder } : undefined
}

function faultOfClose(payload: Buffer): Fault | undefined {
  const why = 'no Close frame may carry that (§5.5.1, §7.4)'
  const { code, reason = Buffer.alloc(0) } = decodeClose(payload)
  if (code === undefined) return payload.length === 0 ? undefined : { why, rule: 'rfc6455/close-code-is-defined' }
  if (isReservedCode(code)) return { why, rule: 'rfc6455/close-code-is-not-reserved' }
  if (!isSendableCode(code)) return { why, rule: 'rfc6455/close-code-is-defined' }
  return isUtf8(reason) ? undefined : { why }
}
