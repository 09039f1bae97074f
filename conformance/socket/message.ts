/** RFC 6455 §5.4: messages out of frames. Pure. */
import { OPCODE } from './frame.ts'

/** A whole text or binary message. */
export interface Message {
  readonly opcode: typeof OPCODE.text | typeof OPCODE.binary
  readonly payload: Buffer
  /** `performance.now()` when its last frame was read. */
  readonly atMs: number
}

interface Fragment {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
  readonly atMs: number
}

/** Joins the fragments of one direction; control frames pass through unseen, a stray continuation is dropped. */
export class MessageAssembler {
  #opcode: Message['opcode'] | undefined
  #fragments: Buffer[] = []

  /** @returns the message that this frame completes. */
  push(frame: Fragment): Message | undefined {
    if (frame.opcode === OPCODE.text || frame.opcode === OPCODE.binary) {
      this.#opcode = frame.opcode
      this.#fragments = []
    } else if (frame.opcode !== OPCODE.continuation) return undefined
    if (this.#opcode === undefined) return undefined
    this.#fragments.push(frame.payload)
    if (!frame.fin) return undefined
    const message: Message = { opcode: this.#opcode, payload: Buffer.concat(this.#fragments), atMs: frame.atMs }
    this.#opcode = undefined
    return message
  }
}
