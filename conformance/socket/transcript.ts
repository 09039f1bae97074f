/** What a connection's transcript says: each frame, head and hang-up as an entry that holds no secret and is never long. */
import { isUtf8 } from 'node:buffer'
import type { TranscriptEntry } from '../../schemas/generated/results.ts'
import type { DeflateTerms } from './deflate.ts'
import { type DecodedFrame, decodeClose, FrameDecoder, isControl, OPCODE } from './frame.ts'
import { type Inflated, Inflating } from './inflating.ts'
import { OctetBudget, Writes } from './octets.ts'
import { holdsSecret, redact } from './redact.ts'

export type Entry = Omit<TranscriptEntry, 'at_ms'>
type Direction = 'sent' | 'received'

const NOTHING: Buffer = Buffer.alloc(0)
const MAX_TEXT = 1024
const MAX_HEX = 256
/** More of a message than this is never searched for secrets, nor shown. */
const MAX_SEARCHED = 65536
/** Characters of payloads that are shown of one connection. Frames behind them are only counted, save for Close frames. */
const MAX_SHOWN = 32768
/** What a frame counts beside its payload. */
const FRAME_SHOWN = 64
/** Octets in which no secret has room, whatever they may inflate to. */
const TOO_FEW = 16

const WITHHELD = {
  secret: 'the payload holds a secret, which its octets and the masking key would give away',
  compressed: 'the payload is compressed, and what it holds of its message a secret',
  unknown: 'the payload is compressed, and cannot be inflated to see whether it holds a secret',
  unsearched: `the payload lies behind the first ${MAX_SEARCHED} octets of its message, which alone are searched for secrets`,
} as const

/** How a frame is told. */
interface Told {
  readonly content: Partial<Entry>
  /** How many of the first octets of the payload hold no secret, or why none must be shown. */
  readonly harmless: number | string
}

/** Records one connection. Knows both directions, so that a token split over fragments stays hidden. */
export class Transcript {
  readonly #name: string
  readonly #record: (entry: Entry) => void
  readonly #ours = new FrameDecoder('client')
  readonly #before = { sent: NOTHING, received: NOTHING }
  readonly #octets: OctetBudget | undefined
  readonly #writes: Writes | undefined
  #inflating = inflatingBy()
  #isDeflated = false
  #shown = 0
  #left = { sent: 0, received: 0 }
  /** Writes of the frame under way. */
  #parts = 0
  /** One of them is a frame by itself that holds a secret, where another announced more than it carries. */
  #hasSwallowed = false

  /** @param octets whether frames are shown as they stood on the wire, too. */
  constructor(name: string, record: (entry: Entry) => void, octets = false) {
    this.#name = name
    this.#record = record
    if (!octets) return
    this.#octets = new OctetBudget()
    this.#writes = new Writes()
  }

  head(kind: 'request' | 'response', text: string): void {
    this.#add({ kind, ...cutText(redact(text)) })
  }

  /** permessage-deflate holds: messages are shown as what they inflate to. */
  deflated(terms: DeflateTerms): void {
    this.#inflating = inflatingBy(terms)
    this.#isDeflated = true
  }

  /** Octets that we write: as the frames they make, or as they are where they make none. */
  written(octets: Buffer): void {
    const untellable = this.#ours.broken !== undefined
    if (this.#octets !== undefined && this.#parts > 0) this.#hasSwallowed ||= isSecretFrame(octets)
    const frames = untellable ? [] : this.#ours.push(octets)
    this.#writes?.wrote(octets.length)
    if (frames.length > 0 && this.#parts > 1) this.note(`the frame below was written in ${this.#parts + 1} parts`)
    if (frames.length > 0) this.#parts = 0
    for (const frame of frames)
      this.frame('sent', frame, this.#writes?.ofNext(frame.header.length + frame.payload.length))
    if (frames.length > 0) this.#hasSwallowed = false
    if (untellable || this.#ours.broken !== undefined) {
      const content = isSecretFrame(octets) ? { withheld: WITHHELD.secret } : cutHex(octets)
      this.#add({ kind: 'octets', length: octets.length, ...content })
    } else if (this.#ours.midFrame) {
      // The first part tells when the frame was begun; there may be a write for every octet.
      if (this.#parts === 0) this.#add({ kind: 'octets', length: octets.length, text: 'part of a frame' })
      this.#parts += 1
    }
  }

  /** @param writes where in a frame of ours a write began. */
  frame(kind: Direction, frame: DecodedFrame, writes: readonly number[] = []): void {
    const { fin, rsv, opcode, masked, payload, violations } = frame
    if (this.#shown > MAX_SHOWN && opcode !== OPCODE.close) this.#left[kind] += 1
    else {
      const shape = { kind, fin, rsv, opcode, masked, length: payload.length }
      const { content, harmless } = this.#told(kind, frame)
      this.#shown += FRAME_SHOWN + (content.text?.length ?? content.hex?.length ?? 0)
      this.#add({ ...shape, ...content, ...this.#onDemand(frame, harmless, writes) })
      if (kind === 'received') for (const { why } of violations) this.note(why)
    }
  }

  hangUp(kind: 'fin' | 'reset'): void {
    this.#tellUnfinished()
    this.#add({ kind })
  }

  note(text: string): void {
    this.#add({ kind: 'note', text: redact(text) })
  }

  /** Says what was begun and never finished, and how many frames were left out, where some were. */
  end(): void {
    this.#tellUnfinished()
    this.#tellLeft()
  }

  #tellUnfinished(): void {
    const { broken, unfinished } = this.#ours
    if (this.#octets === undefined || broken !== undefined || unfinished === undefined || this.#parts === 0) return
    this.#parts = 0
    const { header, payload } = unfinished
    const length = header.length + payload.length
    const { harmless } = this.#told('sent', { ...unfinished, fin: false })
    const octets = this.#onDemand(unfinished, harmless, this.#writes?.ofNext(length))
    this.#add({ kind: 'octets', length, text: 'all that was written of the frame', ...octets })
  }

  #onDemand(frame: DecodedFrame, harmless: number | string, writes: readonly number[] = []): Partial<Entry> {
    if (this.#octets === undefined) return {}
    if (this.#hasSwallowed) return { withheld: WITHHELD.secret }
    return typeof harmless === 'string'
      ? { withheld: harmless }
      : { octets: this.#octets.show(frame, harmless, writes) }
  }

  #told(kind: Direction, frame: DecodedFrame): Told {
    const { fin, opcode, payload } = frame
    if (opcode === OPCODE.close) return closeTold(payload)
    if (isControl(opcode)) return told(payload)
    const isAsked = this.#octets?.isSpent === false
    const inflated = this.#inflating[kind].push(frame, isAsked || !this.#isDeflated)
    if (inflated !== undefined && this.#isDeflated) return compressedTold(frame, inflated, isAsked)
    const before = opcode === OPCODE.continuation ? this.#before[kind] : NOTHING
    const searched = payload.subarray(0, Math.max(0, MAX_SEARCHED - before.length))
    this.#before[kind] = fin ? NOTHING : Buffer.concat([before, searched])
    // Whoever compresses without having agreed on it may inflate it, too.
    if (inflated?.plain !== undefined && holdsSecret(inflated.plain)) return withheld(WITHHELD.compressed)
    return told(payload, before)
  }

  #tellLeft(): void {
    const { sent, received } = this.#left
    if (sent + received === 0) return
    this.#left = { sent: 0, received: 0 }
    this.note(`${sent} more frames sent and ${received} more received, not shown`)
  }

  #add(entry: Omit<Entry, 'connection'>): void {
    this.#tellLeft()
    this.#record({ connection: this.#name, ...entry })
  }
}

/** Unless other terms were agreed on, those that go furthest. */
function inflatingBy(terms?: DeflateTerms): Record<Direction, Inflating> {
  const { clientMaxWindowBits = 15, clientNoContextTakeover = false } = terms ?? {}
  const { serverMaxWindowBits = 15, serverNoContextTakeover = false } = terms ?? {}
  const isAgreed = terms !== undefined
  return {
    sent: new Inflating({ bits: clientMaxWindowBits, isAlone: clientNoContextTakeover, isAgreed }),
    received: new Inflating({ bits: serverMaxWindowBits, isAlone: serverNoContextTakeover, isAgreed }),
  }
}

function closeTold(payload: Buffer): Told {
  const { code, reason = NOTHING } = decodeClose(payload)
  if (code === undefined) return told(payload)
  const { content, harmless } = told(reason)
  return {
    content: { close_code: code, ...content },
    harmless: typeof harmless === 'number' ? payload.length - reason.length + harmless : harmless,
  }
}

/** A message is told at its last frame, for only a whole one inflates to what it says. */
function compressedTold({ fin, payload }: DecodedFrame, { length, plain }: Inflated, isAsked: boolean): Told {
  if (plain !== undefined) {
    const harmless = isAsked && holdsSecret(plain) ? WITHHELD.compressed : payload.length
    return { content: fin ? { inflated: plain.length, ...told(plain).content } : {}, harmless }
  }
  if (fin && length <= TOO_FEW) return { content: cutHex(payload), harmless: payload.length }
  if (fin) return withheld(WITHHELD.unknown)
  return { content: {}, harmless: isAsked ? WITHHELD.unknown : 0 }
}

/** A payload as text where it is UTF-8, else in hexadecimal. */
function told(payload: Buffer, before: Buffer = NOTHING): Told {
  if (payload.length === 0) return { content: {}, harmless: 0 }
  const searched = payload.subarray(0, Math.max(0, MAX_SEARCHED - before.length))
  if (searched.length === 0) return withheld(WITHHELD.unsearched)
  if (!isUtf8(payload)) {
    if (holdsSecret(searched, before)) return withheld(WITHHELD.secret)
    return { content: cutHex(payload), harmless: searched.length }
  }
  const text = searched.toString()
  const shown = redact(text, before.toString())
  const content = cutText(shown)
  return {
    content: searched.length < payload.length ? { ...content, truncated: true } : content,
    harmless: shown === text ? searched.length : WITHHELD.secret,
  }
}

/** Octets that are written where they make no frame may still be one, to whoever looks at them alone. */
function isSecretFrame(octets: Buffer): boolean {
  return new FrameDecoder('client').push(octets).some(({ payload }) => holdsSecret(payload))
}

/** Told by nothing but its header. */
const withheld = (why: string): Told => ({ content: { withheld: why }, harmless: why })

function cutText(text: string): { text: string; truncated?: true } {
  return text.length > MAX_TEXT ? { text: text.slice(0, MAX_TEXT), truncated: true } : { text }
}

function cutHex(octets: Buffer): { hex: string; truncated?: true } {
  const hex = octets.toString('hex', 0, MAX_HEX)
  return octets.length > MAX_HEX ? { hex, truncated: true } : { hex }
}
