/**
 * What one subscription received, kept as TCP keeps it (RFC 2018): per publisher the number that is next in turn, and
 * the holes before it. A message is known by its publisher and number, never by its seq: a server that delivers one
 * twice under two seqs delivers it twice. Order goes by seq: what arrives in it and still is not in the order of its
 * sender was put out of order by the server before it was numbered.
 */
import type { Stamped } from './message-reader.ts'
import { Numbering } from './numbering.ts'

/** What arrived of one publisher: everything below `next` but the holes. */
export interface Received {
  readonly publisher: number
  readonly next: number
  readonly holes: readonly number[]
}

export interface SubscriptionRecord {
  readonly subscriber: number
  readonly received: readonly Received[]
  /** Arrivals beyond the first. */
  readonly duplicate: number
  /** First arrivals with a seq below the highest seen before. */
  readonly reordered: number
  /** First arrivals in the order of seq, but behind a later message of their publisher. */
  readonly out_of_sender_order: number
  /** First arrivals under a seq that another message had, or that the room had passed before. */
  readonly seq_taken: number
  /** Seqs below the highest under which nothing arrived, and in how many places. */
  readonly seq_missing: number
  readonly seq_gaps: number
  /** First arrivals beyond the deadline. */
  readonly late: number
  /** Arrivals of messages that are not of this room, or of no publisher. */
  readonly unexpected: number
}

interface Stream {
  readonly planned: number
  next: number
  readonly holes: Set<number>
}

export class Subscription {
  /** Messages still to come, if every planned one is published. */
  missing = 0
  readonly #subscriber: number
  readonly #streams = new Map<number, Stream>()
  #seqs = new Numbering(1)
  #duplicate = 0
  #reordered = 0
  #outOfSenderOrder = 0
  #seqTaken = 0
  #late = 0
  #unexpected = 0

  /** @param planned how many messages each publisher of its room is to send. */
  constructor(subscriber: number, planned: ReadonlyMap<number, number>) {
    this.#subscriber = subscriber
    for (const [publisher, messages] of planned) {
      this.#streams.set(publisher, { planned: messages, next: 0, holes: new Set() })
      this.missing += messages
    }
  }

  /** The head of its room when it began: the next message has the seq after it. */
  startAfter(head: number): void {
    this.#seqs = new Numbering(head + 1)
  }

  /** The highest seq that it has seen; its room's head before the first. */
  get position(): number {
    return this.#seqs.next - 1
  }

  /** Takes note of an arrival; true where it is the first of a message of this room. */
  arrived({ publisher, number, seq }: Stamped, isLate: boolean): boolean {
    const stream = this.#streams.get(publisher)
    if (stream === undefined || number >= stream.planned) return this.stray()
    const isBehind = seq < this.#seqs.next
    const isFree = this.#seqs.take(seq)
    const isOvertaken = number < stream.next
    if (!isOvertaken) {
      for (let hole = stream.next; hole < number; hole++) stream.holes.add(hole)
      stream.next = number + 1
    } else if (!stream.holes.delete(number)) {
      this.#duplicate++
      return false
    }
    this.missing--
    if (!isFree) this.#seqTaken++
    else if (isBehind) this.#reordered++
    else if (isOvertaken) this.#outOfSenderOrder++
    if (isLate) this.#late++
    return true
  }

  /** Takes note of a message that nobody was to get; always false. */
  stray(): false {
    this.#unexpected++
    return false
  }

  record(): SubscriptionRecord {
    const seqs = this.#seqs.missing
    return {
      subscriber: this.#subscriber,
      received: [...this.#streams].map(([publisher, { next, holes }]) => ({ publisher, next, holes: [...holes] })),
      duplicate: this.#duplicate,
      reordered: this.#reordered,
      out_of_sender_order: this.#outOfSenderOrder,
      seq_taken: this.#seqTaken,
      seq_missing: seqs.numbers,
      seq_gaps: seqs.gaps,
      late: this.#late,
      unexpected: this.#unexpected,
    }
  }
}
