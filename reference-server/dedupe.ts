/** What was sent to one room within the dedupe window, by sender and client_msg_id. */
import type { Entry, Once, Receipt } from './bus.ts'

interface Sent {
  readonly entry: Entry
  readonly content: string
  readonly at: number
}

export class Dedupe {
  private readonly windowMs: number
  /** In the order of their sending, so that the oldest come first. */
  private readonly sent = new Map<string, Sent>()

  constructor(windowMs: number) {
    this.windowMs = windowMs
  }

  /** @param now milliseconds of the Unix epoch */
  find({ key, content }: Once, now: number): Receipt | undefined {
    this.forget(now)
    const earlier = this.sent.get(key)
    if (earlier === undefined) return undefined
    if (earlier.content !== content) return { outcome: 'conflict' }
    return { outcome: 'duplicate', entry: earlier.entry }
  }

  /** Only what was accepted is remembered; "the window begins with the first". */
  add({ key, content }: Once, entry: Entry, now: number): void {
    this.sent.set(key, { entry, content, at: now })
  }

  private forget(now: number): void {
    for (const [key, { at }] of this.sent) {
      if (now - at <= this.windowMs) return
      this.sent.delete(key)
    }
  }
}
