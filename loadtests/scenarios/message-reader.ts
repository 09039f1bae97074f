/**
 * Reads the messages of one room, and takes none for delivered that is not as it was sent: its room, its sender and
 * its whole text have to be there, and its seq has to be one.
 */
import type { UserMessage } from '../../schemas/generated/chat.ts'
import { isStamped, OPENING, readText, type Stamp } from './stamp.ts'

/** A stamp that arrived, and the position that the server gave it. */
export interface Stamped extends Stamp {
  readonly seq: number
}

/** What the messages of a room have in common. */
export interface Expected {
  readonly room: string
  /** What the user ids of publishers begin with; their number follows. */
  readonly sender_prefix: string
  readonly message_bytes: number
}

/** A frame is not what chat.v1 or its sender made it; the message says what is wrong with it. */
export class MalformedFrame extends Error {
  override name = 'MalformedFrame'
}

export class MessageReader {
  readonly #expected: Expected
  readonly #roomField: string

  constructor(expected: Expected) {
    this.#expected = expected
    this.#roomField = `"room":${JSON.stringify(expected.room)}`
  }

  /**
   * Finds the stamp of a `user_message` by searching, which is cheaper than parsing. Where anything is amiss, or the
   * frame is laid out in a way that searching could misread, the answer is undefined, and the frame has to be parsed.
   */
  scan(frame: string): Stamped | undefined {
    if (frame.indexOf('"type":"user_message"') < 0 || frame.indexOf(this.#roomField) < 0) return undefined
    const begin = frame.indexOf(OPENING) + 1
    const seqAt = frame.indexOf('"seq":')
    // A second `seq` may be a field that the protocol does not know: only the parsed payload tells which is which.
    if (begin === 0 || seqAt < 0 || frame.indexOf('"seq":', seqAt + 6) >= 0) return undefined
    const stamp = readText(frame, begin, frame.indexOf('"', begin), this.#expected.message_bytes)
    if (stamp === undefined || frame.indexOf(`"from":{"id":"${this.#sender(stamp)}"`) < 0) return undefined
    const comma = frame.indexOf(',', seqAt)
    const brace = frame.indexOf('}', seqAt)
    const seq = Number(frame.slice(seqAt + 6, comma < 0 ? brace : Math.min(comma, brace)))
    if (!isSeq(seq)) return undefined
    const { publisher, number, due } = stamp
    return { publisher, number, due, seq }
  }

  /**
   * The stamp of a parsed message; undefined where it is a sound one of another room, or not one of ours.
   * @throws MalformedFrame
   */
  read({ payload }: UserMessage): Stamped | undefined {
    // What a server sends has the type of a message only if it keeps to it.
    const { room, text, seq, from }: Readonly<Record<string, unknown>> = { ...payload }
    if (typeof room !== 'string') throw new MalformedFrame('user_message without a room')
    if (typeof text !== 'string') throw new MalformedFrame('user_message without a text')
    if (!isSeq(seq)) throw new MalformedFrame('user_message whose seq is no integer from 1')
    const sender = (from as { readonly id?: unknown } | null | undefined)?.id
    if (typeof sender !== 'string') throw new MalformedFrame('user_message without from.id')
    if (room !== this.#expected.room || !isStamped(text)) return undefined
    const stamp = readText(text, 0, text.length, this.#expected.message_bytes)
    if (stamp === undefined) throw new MalformedFrame('user_message whose text is not as it was sent')
    if (sender !== this.#sender(stamp)) throw new MalformedFrame('user_message whose from is not its sender')
    return { ...stamp, seq }
  }

  #sender({ publisher }: Stamp): string {
    return `${this.#expected.sender_prefix}${publisher}`
  }
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}
