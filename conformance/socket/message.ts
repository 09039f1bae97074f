/** RFC 6455 §5.4: messages out of frames. Pure. */
import { COMPRESSED, type Deflate } from './deflate.ts'
import { OPCODE } from './frame.ts'

/** A whole text or binary message. */
export interface Message {
  readonly opcode: typeof OPCODE.text | typeof OPCODE.binary
  /** Inflated, where it came compressed; as it came where that cannot be. */
  readonly payload: Buffer
  readonly compressed: boolean
  /** Why a compressed message could not be inflated. */
  readonly broken?: string
  /** `performance.now()` when its last frame was read. */
  readonly atMs: number
}

interface Fragment {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly payload: Buffer
  readonly atMs: number
}

/** Joins the fragments of one direction; control frames pass through unseen, a stray continuation is dropped. */
export class MessageAssembler {
  readonly #deflate: Deflate | undefined
  #opcode: Message['opcode'] | undefined
  /** What inflates the message under way, where its first frame says that it is compressed. */
  #inflating: Deflate | undefined
  #fragments: Buffer[] = []

  /** @param deflate where permessage-deflate holds on the connection. */
  constructor(deflate?: Deflate) {
    this.#deflate = deflate
  }

  /** @returns the message that this frame completes. */
  push(frame: Fragment): Message | undefined {
    if (frame.opcode === OPCODE.text || frame.opcode === OPCODE.binary) {
      this.#opcode = frame.opcode
      this.#inflating = (frame.rsv & COMPRESSED) === 0 ? undefined : this.#deflate
      this.#fragments = []
    } else if (frame.opcode !== OPCODE.continuation) return undefined
    if (this.#opcode === undefined) return undefined
    this.#fragments.push(frame.payload)
    if (!frame.fin) return undefined
    const octets = Buffer.concat(this.#fragments)
    const payload = this.#inflating === undefined ? octets : this.#inflating.inflate(octets)
    const message = { opcode: this.#opcode, compressed: this.#inflating !== undefined, atMs: frame.atMs }
    this.#opcode = undefined
    return typeof payload === 'string' ? { ...message, payload: octets, broken: payload } : { ...message, payload }
  }
}
