/** The octets of a frame as they stood on the wire, where a transcript is asked for them. Pure. */
import type { FrameOctets } from '../../schemas/generated/results.ts'
import { type DecodedFrame, onWire } from './frame.ts'

/** Octets of a payload that are shown of its beginning, and of its end. */
const BEGINNING = 512
const END = 16
/** Octets of payloads that are shown of one connection; of the frames behind them there are the headers. */
const MAX_OCTETS = 16384

type Wire = Pick<DecodedFrame, 'header' | 'masked' | 'payload'>

/** What one connection may still show. */
export class OctetBudget {
  #left = MAX_OCTETS

  get isSpent(): boolean {
    return this.#left <= 0
  }

  /**
   * @param harmless how many of the first octets of the payload are known to hold no secret.
   * @param writes where in the frame a write began.
   */
  show(frame: Wire, harmless: number, writes: readonly number[] = []): FrameOctets {
    const { header, payload } = frame
    const { length } = payload
    const beginning = this.isSpent ? 0 : length <= BEGINNING + END ? length : BEGINNING
    const first = Math.min(beginning, harmless)
    const last = this.isSpent || harmless < length ? 0 : Math.min(END, length - first)
    this.#left -= first + last
    const [until, from] = [header.length + first, header.length + length - last]
    const shownWrites = writes.filter((at) => at < until || at >= from)
    const leftOut = length - first - last
    return {
      header: header.toString('hex'),
      payload: onWire(frame, 0, first).toString('hex'),
      ...(leftOut > 0 ? { left_out: leftOut } : {}),
      ...(last > 0 ? { end: onWire(frame, length - last, length).toString('hex') } : {}),
      ...(shownWrites.length > 0 ? { writes: shownWrites } : {}),
    }
  }
}

/** Tells where, in the frames that they make, our writes began. */
export class Writes {
  #starts: number[] = []
  #written = 0
  #frameAt = 0

  wrote(octets: number): void {
    this.#starts.push(this.#written)
    this.#written += octets
  }

  /** Where in the next frame, which has so many octets, writes began. */
  ofNext(octets: number): readonly number[] {
    const end = this.#frameAt + octets
    const behind = this.#starts.findIndex((start) => start >= end)
    const own = this.#starts.splice(0, behind < 0 ? this.#starts.length : behind).map((start) => start - this.#frameAt)
    this.#frameAt = end
    return own
  }
}
