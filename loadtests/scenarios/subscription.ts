/**
 * What one subscription received, kept as TCP keeps it (RFC 2018): per publisher the number that is next in turn, and
 * the holes before it. A message is known by its publisher and number, never by its seq: a server that delivers one
 * twice under two seqs delivers it twice. Order alone goes by seq.
 */
import type { Stamped } from './stamp.ts'

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
  #highest = 0
  #duplicate = 0
  #reordered = 0
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

  /** Takes note of an arrival; true where it is the first of a message of this room. */
  arrived({ publisher, number, seq }: Stamped, isLate: boolean): boolean {
    const stream = this.#streams.get(publisher)
    if (stream === undefined || number >= stream.planned) return this.stray()
    if (number >= stream.next) {
      for (let hole = stream.next; hole < number; hole++) stream.holes.add(hole)
      stream.next = number + 1
    } else if (!stream.holes.delete(number)) {
      this.#duplicate++
      return false
    }
    this.missing--
    if (seq < this.#highest) this.#reordered++
    else this.#highest = seq
    if (isLate) this.#late++
    return true
  }

  /** Takes note of a message that nobody was to get; always false. */
  stray(): false {
    this.#unexpected++
    return false
  }

  record(): SubscriptionRecord {
    return {
      subscriber: this.#subscriber,
      received: [...this.#streams].map(([publisher, { next, holes }]) => ({ publisher, next, holes: [...holes] })),
      duplicate: this.#duplicate,
      reordered: this.#reordered,
      late: this.#late,
      unexpected: this.#unexpected,
    }
  }
}
