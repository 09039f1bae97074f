/** How the broken echo server joins fragments to messages: RFC 6455 §5.4. */
import { type DecodedFrame, OPCODE } from '../../socket/frame.ts'
import type { Has } from './faults.ts'
import { isWrongSoFar } from './text-rules.ts'

/** A whole message, as it came. */
export interface Joined {
  readonly opcode: number
  readonly octets: Buffer
  /** The payload of its last frame. */
  readonly last: Buffer
  /** Its first frame says that it is compressed. */
  readonly marked: boolean
}

/** The code to fail the connection with. */
export type Wrong = 1002 | 1007

export class Joiner {
  readonly #has: Has
  readonly #deflated: boolean
  #begun: { readonly opcode: number; readonly parts: Buffer[]; readonly marked: boolean } | undefined
  /** True behind a control frame that is not whole and was accepted all the same. */
  #inControl = false

  constructor(has: Has, deflated: boolean) {
    this.#has = has
    this.#deflated = deflated
  }

  /** How many fragments are held. */
  get held(): number {
    return this.#begun?.parts.length ?? 0
  }

  /** What a control frame between fragments does to them. */
  passControl({ opcode, fin }: DecodedFrame): void {
    this.#inControl = !fin
    if (opcode === OPCODE.ping && this.#has('forgets fragments at a control frame')) this.#begun = undefined
  }

  /** @returns the message that this frame ends, or what is wrong with it; undefined where more is to come. */
  push({ fin, opcode, payload, rsv }: DecodedFrame): Joined | Wrong | undefined {
    const begun = this.#begun
    const continues = opcode === OPCODE.continuation
    if (continues && begun === undefined) return this.#stray(fin)
    if (!continues && begun !== undefined && !this.#has('accepts a message inside another')) return 1002
    const marked = continues ? begun?.marked === true : this.#deflated && (rsv & 4) !== 0
    const kind = continues ? (begun?.opcode ?? opcode) : opcode
    const parts = continues && !this.#has('keeps only the last fragment') ? (begun?.parts ?? []) : []
    // There may be tens of thousands.
    if (parts.length < 10_000 || !this.#has('keeps no more than 10000 fragments')) parts.push(payload)
    this.#begun = fin ? undefined : { opcode: kind, parts, marked }
    if (kind === OPCODE.text && !this.#deflated && isWrongSoFar(parts, this.#has)) return 1007
    return fin ? { opcode: kind, octets: Buffer.concat(parts), last: payload, marked } : undefined
  }

  /** A fragment of no message. */
  #stray(fin: boolean): Wrong | undefined {
    if (this.#inControl) this.#inControl = !fin
    else if (!this.#has('accepts stray fragments')) return 1002
    return undefined
  }
}
