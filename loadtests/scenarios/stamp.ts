/** What a published text carries, and how it is found again in a frame without parsing it. */
import type { UserMessage } from '../../schemas/generated/chat.ts'

/** Which message this is, and when it was meant to be sent. */
export interface Stamp {
  readonly publisher: number
  readonly number: number
  /** Intended send time, in ms of the shared clock. */
  readonly due: number
}

/** A stamp that arrived, and the position that the server gave it. */
export interface Stamped extends Stamp {
  readonly seq: number
}

const WORD = 'shakedown '
/** As a JSON string: only letters, digits and spaces, so that no server can have a reason to escape any of it. */
const OPENING = `"${WORD}`
/** The three numbers, with room to spare. */
const LONGEST = 64

/** A text of `length` ASCII characters (or the few more that the stamp needs). */
export function stampText({ publisher, number, due }: Stamp, length: number): string {
  return `${WORD}${publisher} ${number} ${Math.round(due * 1000)} `.padEnd(length, 'x')
}

/**
 * Finds the stamp of a `user_message` by searching, at a third of the price of parsing. Where the frame is laid out
 * in a way that searching could misread, the answer is undefined, and the frame has to be parsed.
 */
export function scanFrame(frame: string): Stamped | undefined {
  if (frame.indexOf('"type":"user_message"') < 0) return undefined
  const text = frame.indexOf(OPENING)
  const seq = frame.indexOf('"seq":')
  // A second `seq` may be a field that the protocol does not know: only the parsed payload tells which is which.
  if (text < 0 || seq < 0 || frame.indexOf('"seq":', seq + 6) >= 0) return undefined
  const comma = frame.indexOf(',', seq)
  const brace = frame.indexOf('}', seq)
  const end = comma < 0 ? brace : Math.min(comma, brace)
  return stamped(frame.slice(text + OPENING.length, text + LONGEST), Number(frame.slice(seq + 6, end)))
}

/** The stamp of a parsed message; undefined where it is not one of ours. */
export function readStamp({ payload }: UserMessage): Stamped | undefined {
  return payload.text.startsWith(WORD) ? stamped(payload.text.slice(WORD.length), payload.seq) : undefined
}

function stamped(text: string, seq: number): Stamped | undefined {
  const [publisher, number, us] = text.split(' ', 3).map(Number)
  if (publisher === undefined || number === undefined || us === undefined) return undefined
  return Number.isNaN(publisher + number + us + seq) ? undefined : { publisher, number, due: us / 1000, seq }
}
