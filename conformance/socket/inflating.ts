/** RFC 7692 as a bystander: what the compressed messages of one direction hold, frame by frame. */
import { COMPRESSED, inflateBeginning, inflateMessage, lastOf } from './deflate.ts'
import { type DecodedFrame, OPCODE } from './frame.ts'

/** More than any case lets a server read or write in a message, save for bombs. */
const MAX_INFLATED = 1 << 20

/** What a frame of a compressed message makes known. */
export interface Inflated {
  /** Octets of the message up to this frame's end, as they came. */
  readonly length: number
  /** What they inflate to; undefined where that was not asked for, or cannot be told. */
  readonly plain?: Buffer
}

export interface Window {
  readonly bits: number
  /** No message refers to those before it. */
  readonly isAlone: boolean
  /** Whether messages must end as §7.2.1 has it: who compresses without having agreed on it may end them anyhow. */
  readonly isAgreed: boolean
}

/** Follows one direction. What has once failed to inflate leaves no context, so nothing can be told of what follows. */
export class Inflating {
  readonly #window: Window
  #context = Buffer.alloc(0)
  #parts: Buffer[] | undefined
  #isLost = false

  constructor(window: Window) {
    this.#window = window
  }

  /**
   * @param asked whether what a frame tells is wanted before its message ends.
   * @returns undefined for a frame of no compressed message
   */
  push({ fin, rsv, opcode, payload }: DecodedFrame, asked: boolean): Inflated | undefined {
    if (opcode !== OPCODE.continuation) this.#parts = rsv & COMPRESSED ? [] : undefined
    if (this.#parts === undefined) return undefined
    this.#parts.push(payload)
    const octets = fin || asked ? Buffer.concat(this.#parts) : undefined
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0)
    const plain = octets === undefined || this.#isLost ? undefined : this.#inflate(octets, fin)
    if (fin) this.#finish(plain)
    return plain === undefined ? { length } : { length, plain }
  }

  #inflate(octets: Buffer, isWhole: boolean): Buffer | undefined {
    const inflation = { bits: this.#window.bits, context: this.#context, most: MAX_INFLATED }
    try {
      return isWhole && this.#window.isAgreed ? inflateMessage(octets, inflation) : inflateBeginning(octets, inflation)
    } catch {
      return undefined
    }
  }

  #finish(plain: Buffer | undefined): void {
    this.#parts = undefined
    if (plain === undefined) this.#isLost = true
    else if (!this.#window.isAlone) this.#context = Buffer.from(lastOf(this.#context, plain, this.#window.bits))
  }
}
