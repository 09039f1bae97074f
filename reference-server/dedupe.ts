/** "The same (sub, client_msg_id, room, content) inside dedupe_window: the first ids again." One a room. */
import type { Draft, Entry, Receipt } from './bus.ts'

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
  find(draft: Draft, now: number): Receipt | undefined {
    this.forget(now)
    const earlier = this.sent.get(keyOf(draft))
    if (earlier === undefined) return undefined
    if (earlier.content !== contentOf(draft)) return { outcome: 'conflict' }
    return { outcome: 'duplicate', entry: earlier.entry }
  }

  add(entry: Entry, now: number): void {
    this.sent.set(keyOf(entry), { entry, content: contentOf(entry), at: now })
  }

  private forget(now: number): void {
    for (const [key, { at }] of this.sent) {
      if (now - at <= this.windowMs) return
      this.sent.delete(key)
    }
  }
}

/** A client_msg_id holds no space, so the pair cannot be read in two ways. */
function keyOf({ client_msg_id, from }: Draft): string {
  return `${client_msg_id} ${from.id}`
}

/** "text, content_type, reply_to_message_id and metadata, compared as JSON values, absent = default". */
function contentOf({ text, content_type = 'text/plain', reply_to_message_id, metadata }: Draft): string {
  return canonical([text, content_type, reply_to_message_id ?? null, metadata ?? null])
}

/** JSON with sorted keys: equal texts are equal values. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join()}}`
}
