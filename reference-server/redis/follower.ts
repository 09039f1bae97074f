/** What the listeners of one stream on this node have heard: everything, in order, without a hole. */
import type { Entry, Head, Listener, Passing } from '../bus.ts'

/** What is told on the channel of a stream. */
export type Told = { readonly stored: Entry } | { readonly passing: Passing } | { readonly reset: Head }

/** The head of a stream, and the entries after a seq. */
export interface Reading {
  readonly head: Head
  readonly entries: readonly Entry[]
}

export type Read = (after: number) => Promise<Reading>

export class Follower {
  readonly listeners = new Set<Listener>()
  private readonly read: Read
  /** The latest that was heard; undefined before the first reading. */
  private heard: Head | undefined
  private missing = false
  private filling: Promise<void> | undefined

  constructor(read: Read) {
    this.read = read
  }

  get head(): Head {
    return this.heard ?? { epoch: '', seq: 0 }
  }

  hear(told: Told): void {
    if ('stored' in told) this.take(told.stored)
    else if ('passing' in told) for (const listener of this.listeners) listener.passing(told.passing)
    else if (told.reset.epoch !== this.heard?.epoch) this.restart(told.reset)
  }

  /**
   * Resolves when all has been heard that was stored before the call; the first time, when listening has begun.
   * @throws Unavailable
   */
  async catchUp(): Promise<void> {
    await this.adopt()
    while (this.missing) {
      this.missing = false
      await this.adopt()
    }
  }

  /** "A node that finds a hole fills it from what was stored"; the broker forgets what nobody was listening for. */
  private take(entry: Entry): void {
    const { heard } = this
    if (heard?.epoch === entry.epoch && entry.seq <= heard.seq) return
    if (heard?.epoch === entry.epoch && entry.seq === heard.seq + 1) this.tell(entry)
    else {
      this.missing = true
      // Where the broker is away, all is read when it is back.
      this.filling ??= this.catchUp()
        .catch(() => {})
        .finally(() => {
          this.filling = undefined
        })
    }
  }

  private async adopt(): Promise<void> {
    const before = this.heard
    const { head, entries } = await this.read(before?.seq ?? Number.MAX_SAFE_INTEGER)
    if (this.heard === undefined) this.heard = head
    // Another reading has begun, or ended, an epoch meanwhile: this one says nothing about it.
    else if (this.heard.epoch !== before?.epoch) return this.adopt()
    else if (this.heard.epoch !== head.epoch) this.restart(head)
    else {
      for (const entry of entries) if (entry.seq === this.head.seq + 1) this.tell(entry)
      if (this.head.seq < head.seq) this.restart(head)
    }
  }

  private tell(entry: Entry): void {
    this.heard = { epoch: entry.epoch, seq: entry.seq }
    for (const listener of this.listeners) listener.stored(entry)
  }

  /** "Or sends its subscribers to resume." */
  private restart(head: Head): void {
    this.heard = head
    for (const listener of this.listeners) listener.reset(head)
  }
}
