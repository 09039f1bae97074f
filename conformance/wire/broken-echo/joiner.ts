/** How the broken echo server joins fragments to messages: RFC 6455 §5.4. */
import { isUtf8 } from 'node:buffer'
import { type DecodedFrame, OPCODE } from '../../socket/frame.ts'
import type { Has } from './faults.ts'
import { isWrongBinary, isWrongSoFar } from './text-rules.ts'

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

  /** What a control frame between fragments does to them. @returns false where they are refused as text. */
  passesControl({ opcode, fin }: DecodedFrame): boolean {
    const { opcode: kind, parts = [] } = this.#begun ?? {}
    this.#inControl = !fin && this.#has('accepts fragmented control frames')
    if (opcode === OPCODE.ping && this.#has('forgets fragments at a control frame')) this.#begun = undefined
    if (opcode === OPCODE.ping && this.#begun && this.#has('forgets at a ping that a message is compressed'))
      this.#begun = { ...this.#begun, marked: false }
    if (opcode === OPCODE.pong && this.#has('forgets fragments at a pong')) this.#begun = undefined
    const isChecked = opcode === OPCODE.ping && kind === OPCODE.text && this.#has('checks UTF-8 at each ping')
    return !isChecked || isUtf8(Buffer.concat(parts))
  }

  /** @returns the message that this frame ends, or what is wrong with it; undefined where more is to come. */
  push({ fin, opcode, payload, rsv }: DecodedFrame): Joined | Wrong | undefined {
    const begun = this.#begun
    const continues = opcode === OPCODE.continuation
    if (continues && begun === undefined) return this.#stray(fin)
    if (!continues && begun !== undefined && !this.#isTakenInside(begun.opcode, opcode)) return 1002
    const marked = continues ? begun?.marked === true : this.#deflated && (rsv & 4) !== 0
    const kind = continues ? (begun?.opcode ?? opcode) : opcode
    const parts = continues && !this.#has('keeps only the last fragment') ? (begun?.parts ?? []) : []
    // There may be tens of thousands.
    if (parts.length < 10_000 || !this.#has('keeps no more than 10000 fragments')) parts.push(payload)
    this.#begun = fin ? undefined : { opcode: kind, parts, marked }
    const isRefused = kind === OPCODE.text ? isWrongSoFar(parts, this.#has) : isWrongBinary(parts, this.#has)
    if (isRefused && !this.#deflated) return 1007
    return fin ? { opcode: kind, octets: Buffer.concat(parts), last: payload, marked } : undefined
  }

  /** Whether a message that begins inside another is taken. */
  #isTakenInside(outer: number, inner: number): boolean {
    const isTextInBinary = outer === OPCODE.binary && inner === OPCODE.text
    return (
      this.#has('accepts a message inside another') ||
      (isTextInBinary && this.#has('accepts texts inside binary messages'))
    )
  }

  /** A fragment of no message. */
  #stray(fin: boolean): Wrong | undefined {
    if (this.#inControl) this.#inControl = !fin
    else if (!this.#has('accepts stray fragments')) return 1002
    return undefined
  }
}
