/** What a connection's transcript says: each frame, head and hang-up as an entry that holds no secret and is never long. */
import { isUtf8 } from 'node:buffer'
import type { TranscriptEntry } from '../../schemas/generated/results.ts'
import { type DecodedFrame, decodeClose, FrameDecoder, isControl, OPCODE } from './frame.ts'
import { redact } from './redact.ts'

export type Entry = Omit<TranscriptEntry, 'at_ms'>

const MAX_TEXT = 1024
const MAX_HEX = 256
/** More of a payload than this is never searched for secrets, nor shown. */
const MAX_SEARCHED = 65536
/** Characters of payloads that are shown of one connection. Frames behind them are only counted, save for Close frames. */
const MAX_SHOWN = 32768
/** What a frame counts beside its payload. */
const FRAME_SHOWN = 64

/** Records one connection. Knows both directions, so that a token split over fragments stays hidden. */
export class Transcript {
  readonly #name: string
  readonly #record: (entry: Entry) => void
  readonly #ours = new FrameDecoder('client')
  readonly #before = { sent: Buffer.alloc(0), received: Buffer.alloc(0) }
  #shown = 0
  #left = { sent: 0, received: 0 }
  /** Writes of the frame under way. */
  #parts = 0

  constructor(name: string, record: (entry: Entry) => void) {
    this.#name = name
    this.#record = record
  }

  head(kind: 'request' | 'response', text: string): void {
    this.#add({ kind, ...cutText(redact(text)) })
  }

  /** Octets that we write: as the frames they make, or as they are where they make none. */
  written(octets: Buffer): void {
    const untellable = this.#ours.broken !== undefined
    const frames = untellable ? [] : this.#ours.push(octets)
    if (frames.length > 0 && this.#parts > 1) this.note(`the frame below was written in ${this.#parts + 1} parts`)
    if (frames.length > 0) this.#parts = 0
    for (const frame of frames) this.frame('sent', frame)
    if (untellable || this.#ours.broken !== undefined) {
      this.#add({ kind: 'octets', length: octets.length, ...cutHex(octets) })
    } else if (this.#ours.midFrame) {
      // The first part tells when the frame was begun; there may be a write for every octet.
      if (this.#parts === 0) this.#add({ kind: 'octets', length: octets.length, text: 'part of a frame' })
      this.#parts += 1
    }
  }

  frame(kind: 'sent' | 'received', frame: DecodedFrame): void {
    const { fin, rsv, opcode, masked, payload, violations } = frame
    if (this.#shown > MAX_SHOWN && opcode !== OPCODE.close) this.#left[kind] += 1
    else {
      const shape = { kind, fin, rsv, opcode, masked, length: payload.length }
      const told = opcode === OPCODE.close ? closeContent(payload) : this.#content(kind, frame)
      this.#shown += FRAME_SHOWN + (told.text?.length ?? told.hex?.length ?? 0)
      this.#add({ ...shape, ...told })
      if (kind === 'received') for (const violation of violations) this.note(violation)
    }
  }

  hangUp(kind: 'fin' | 'reset'): void {
    this.#add({ kind })
  }

  note(text: string): void {
    this.#add({ kind: 'note', text: redact(text) })
  }

  /** A fragment is shown as text where the message so far, up to its end, is UTF-8. */
  #content(kind: 'sent' | 'received', { fin, opcode, payload }: DecodedFrame): Partial<Entry> {
    if (isControl(opcode)) return content(payload)
    const before = opcode === OPCODE.continuation ? this.#before[kind] : Buffer.alloc(0)
    const searched = payload.subarray(0, Math.max(0, MAX_SEARCHED - before.length))
    this.#before[kind] = fin ? Buffer.alloc(0) : Buffer.concat([before, searched])
    return before.length >= MAX_SEARCHED ? cutHex(payload) : content(payload, before.toString())
  }

  /** Says how many frames were left out, where some were. */
  end(): void {
    const { sent, received } = this.#left
    if (sent + received === 0) return
    this.#left = { sent: 0, received: 0 }
    this.note(`${sent} more frames sent and ${received} more received, not shown`)
  }

  #add(entry: Omit<Entry, 'connection'>): void {
    this.end()
    this.#record({ connection: this.#name, ...entry })
  }
}

function closeContent(payload: Buffer): Partial<Entry> {
  const { code, reason } = decodeClose(payload)
  return code === undefined ? content(payload) : { close_code: code, ...content(reason ?? Buffer.alloc(0)) }
}

function content(payload: Buffer, before = ''): Partial<Entry> {
  if (payload.length === 0) return {}
  if (!isUtf8(payload)) return cutHex(payload)
  const { text, truncated } = cutText(redact(payload.toString('utf8', 0, MAX_SEARCHED), before))
  return truncated === true || payload.length > MAX_SEARCHED ? { text, truncated: true } : { text }
}

function cutText(text: string): { text: string; truncated?: true } {
  return text.length > MAX_TEXT ? { text: text.slice(0, MAX_TEXT), truncated: true } : { text }
}

function cutHex(octets: Buffer): { hex: string; truncated?: true } {
  const hex = octets.toString('hex', 0, MAX_HEX)
  return octets.length > MAX_HEX ? { hex, truncated: true } : { hex }
}
