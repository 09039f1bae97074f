/** How a carrier says what a case sends, and what it hears in a message of the server's. */
import { Skip } from '../runner/case.ts'
import type { OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'

/** What came back of a message that a case has sent: its type and content. */
export type Heard = Pick<Message, 'opcode' | 'payload'>

/** A message for which only its content counts: what goes on the wire, and what must be heard of it. */
export interface Letter {
  readonly payload: Buffer
  readonly answer: Heard
}

export interface Voice {
  /** The frames of a case as they go on the wire. @throws Skip where the carrier cannot express them. */
  dress(frames: readonly OutgoingFrame[]): readonly OutgoingFrame[]
  /** @throws Skip where the carrier cannot express it. */
  letter(content: Heard): Letter
  /** Undefined where the message answers nothing that a case says. @throws Skip where the server's limits stand in the way. */
  hear(message: Message): Heard | undefined
  /** A Close frame that says more than that the WebSocket was failed: the server had read what it ought not to. */
  isReading(code: number): boolean
}

/** An echo server: what is sent is what must come back. */
export const ECHO_VOICE: Voice = {
  dress: (frames) => frames,
  letter: (content) => ({ payload: content.payload, answer: content }),
  hear: (message) => message,
  isReading: () => false,
}

const FILLED = new Map<number, Buffer>()

/** Octets from one place that says where it is to the next. */
const SIGNPOSTS = 8

/**
 * A text of this many octets that is only there for its length. Its last ones tell a shifted read from a right one, and
 * every so often it says where it is, so that no part of it can stand for another.
 */
export function filler(octets: number): Buffer {
  const known = FILLED.get(octets)
  if (known !== undefined) return known
  const filled = Buffer.alloc(octets, '*')
  for (let at = 0; at < octets; at += SIGNPOSTS) filled.write(String(at), at, 'latin1')
  filled.write('end', Math.max(0, octets - 3), 'latin1')
  FILLED.set(octets, filled)
  return filled
}

export const isFiller = (payload: Buffer): boolean => payload.equals(filler(payload.length))

/** What no carrier but an echo server can bring back. */
export function cannotCarry(what: string): Skip {
  return new Skip(`the carrier chat cannot express ${what}`)
}
