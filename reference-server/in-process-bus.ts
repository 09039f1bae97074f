/** The bus of a single node: streams in memory, bounded in length and in age. */
import { randomBytes } from 'node:crypto'
import type { Bus, Draft, Entry, Head, Listener, Mark, Page, Passing, Query, Receipt } from './bus.ts'
import { Dedupe } from './dedupe.ts'

export interface BusLimits {
  readonly replay_max: number
  readonly history_max: number
  readonly resume_window_ms: number
  readonly dedupe_window_ms: number
}

/** One epoch's numbering, the entries kept of it, what they leave behind, and who listens. */
interface Stream {
  readonly epoch: string
  seq: number
  readonly log: Entry[]
  readonly dedupe: Dedupe
  /** Read marks by `sub`. */
  readonly marks: Map<string, number>
  readonly listeners: Set<Listener>
  /** When it was last used, in ms of the Unix epoch. */
  usedAt: number
}

export class InProcessBus implements Bus {
  private readonly limits: BusLimits
  private readonly streams = new Map<string, Stream>()
  private sweptAt = Date.now()

  constructor(limits: BusLimits) {
    this.limits = limits
  }

  async publish(name: string, draft: Draft): Promise<Receipt> {
    const stream = this.stream(name)
    const once = draft.type === 'user_message' ? draft.once : undefined
    const earlier = once && stream.dedupe.find(once, Date.now())
    if (earlier !== undefined) return earlier
    const { epoch } = stream
    const seq = stream.seq + 1
    const entry: Entry = {
      ...draft,
      stream: name,
      epoch,
      seq,
      id: [epoch, seq].join('_'),
      ts: new Date().toISOString(),
    }
    stream.seq = seq
    this.keep(stream, entry)
    if (once) stream.dedupe.add(once, entry, Date.now())
    for (const listener of stream.listeners) listener.stored(entry)
    return { outcome: 'accepted', entry }
  }

  async pass(name: string, passing: Passing): Promise<void> {
    for (const listener of this.streams.get(name)?.listeners ?? []) listener.passing(passing)
  }

  async subscribe(name: string, listener: Listener): Promise<Head> {
    const stream = this.stream(name)
    stream.listeners.add(listener)
    return headOf(stream)
  }

  unsubscribe(name: string, listener: Listener): void {
    this.stream(name).listeners.delete(listener)
  }

  async catchUp(): Promise<void> {}

  async read(name: string, after: number): Promise<readonly Entry[]> {
    return this.stream(name).log.filter((entry) => entry.seq > after)
  }

  async page(name: string, { before_seq, after_seq, limit }: Query): Promise<Page> {
    const stream = this.stream(name)
    const { log } = stream
    const head = headOf(stream)
    // Where the first entry with a seq of at least this one stands.
    const indexOf = (seq: number) => Math.min(Math.max(seq - (log[0]?.seq ?? 1), 0), log.length)
    if (after_seq !== undefined) {
      const start = indexOf(after_seq + 1)
      return { head, entries: log.slice(start, start + limit), more: start + limit < log.length }
    }
    const end = before_seq === undefined ? log.length : indexOf(before_seq)
    return { head, entries: log.slice(Math.max(end - limit, 0), end), more: end > limit }
  }

  async mark(name: string, sub: string, seq: number): Promise<Mark> {
    const { marks, seq: head } = this.stream(name)
    if (seq > head) return { ahead: true }
    const current = marks.get(sub) ?? 0
    if (seq <= current) return { ahead: false, seq: current, advanced: false }
    marks.set(sub, seq)
    return { ahead: false, seq, advanced: true }
  }

  async markOf(name: string, sub: string): Promise<number | undefined> {
    return this.stream(name).marks.get(sub)
  }

  async reset(name: string): Promise<Head> {
    const { listeners } = this.stream(name)
    const head = headOf(this.begin(name, Date.now(), listeners))
    for (const listener of listeners) listener.reset(head)
    return head
  }

  /** Twice what one answer shows is kept, so that a position that is `too_large` is told from one that was `evicted`. */
  private keep(stream: Stream, entry: Entry): void {
    stream.log.push(entry)
    if (stream.log.length > 2 * Math.max(this.limits.replay_max, this.limits.history_max)) stream.log.shift()
  }

  /** "An epoch begins when a room is first used." */
  private stream(name: string): Stream {
    const now = Date.now()
    const stream = this.streams.get(name) ?? this.begin(name, now, new Set())
    stream.usedAt = now
    return stream
  }

  private begin(name: string, now: number, listeners: Set<Listener>): Stream {
    this.sweep(now)
    const epoch = randomBytes(12).toString('base64url')
    const dedupe = new Dedupe(this.limits.dedupe_window_ms)
    const stream: Stream = { epoch, seq: 0, log: [], dedupe, marks: new Map(), listeners, usedAt: now }
    this.streams.set(name, stream)
    return stream
  }

  /** "It outlives resume_window without subscribers"; beyond that and the dedupe window an unused room is forgotten. */
  private sweep(now: number): void {
    const kept = this.limits.resume_window_ms + this.limits.dedupe_window_ms
    if (now - this.sweptAt < kept) return
    this.sweptAt = now
    for (const [name, stream] of this.streams) {
      if (stream.listeners.size === 0 && now - stream.usedAt > kept) this.streams.delete(name)
    }
  }
}

function headOf({ epoch, seq }: Stream): Head {
  return { epoch, seq }
}
