/** The bus of a single node: streams in memory, bounded in length and in age. */
import { randomBytes } from 'node:crypto'
import type { Bus, Draft, Entry, Head, Listener, Receipt } from './bus.ts'
import { Dedupe } from './dedupe.ts'

export interface BusLimits {
  readonly replay_max: number
  readonly resume_window_ms: number
  readonly dedupe_window_ms: number
}

/** One room's numbering, the entries kept of it, and who listens. */
interface Stream {
  readonly epoch: string
  seq: number
  readonly log: Entry[]
  readonly dedupe: Dedupe
  readonly listeners: Set<Listener>
  /** When it was last published to or listened to, in ms of the Unix epoch. */
  usedAt: number
}

export class InProcessBus implements Bus {
  private readonly limits: BusLimits
  private readonly streams = new Map<string, Stream>()
  private sweptAt = Date.now()

  constructor(limits: BusLimits) {
    this.limits = limits
  }

  async publish(room: string, draft: Draft): Promise<Receipt> {
    const stream = this.stream(room)
    const earlier = stream.dedupe.find(draft, Date.now())
    if (earlier !== undefined) return earlier
    const seq = stream.seq + 1
    const message_id = [stream.epoch, seq].join('_')
    const entry: Entry = { ...draft, room, epoch: stream.epoch, seq, message_id, ts: new Date().toISOString() }
    stream.seq = seq
    this.keep(stream, entry)
    for (const listener of stream.listeners) listener(entry)
    return { outcome: 'accepted', entry }
  }

  async subscribe(room: string, listener: Listener): Promise<Head> {
    const stream = this.stream(room)
    stream.listeners.add(listener)
    return { epoch: stream.epoch, seq: stream.seq }
  }

  unsubscribe(room: string, listener: Listener): void {
    this.stream(room).listeners.delete(listener)
  }

  async read(room: string, after: number): Promise<readonly Entry[]> {
    return this.stream(room).log.filter((entry) => entry.seq > after)
  }

  /** Twice replay_max is kept, so that a position that is `too_large` is told from one that was `evicted`. */
  private keep(stream: Stream, entry: Entry): void {
    stream.log.push(entry)
    if (stream.log.length > 2 * this.limits.replay_max) stream.log.shift()
    stream.dedupe.add(entry, Date.now())
  }

  /** "An epoch begins at a room's first subscribe, send or history." */
  private stream(room: string): Stream {
    const now = Date.now()
    const stream = this.streams.get(room) ?? this.begin(room, now)
    stream.usedAt = now
    return stream
  }

  private begin(room: string, now: number): Stream {
    this.sweep(now)
    const epoch = randomBytes(12).toString('base64url')
    const dedupe = new Dedupe(this.limits.dedupe_window_ms)
    const stream: Stream = { epoch, seq: 0, log: [], dedupe, listeners: new Set(), usedAt: now }
    this.streams.set(room, stream)
    return stream
  }

  /** "It outlives resume_window without subscribers"; beyond that and the dedupe window an unused room is forgotten. */
  private sweep(now: number): void {
    const kept = this.limits.resume_window_ms + this.limits.dedupe_window_ms
    if (now - this.sweptAt < kept) return
    this.sweptAt = now
    for (const [room, stream] of this.streams) {
      if (stream.listeners.size === 0 && now - stream.usedAt > kept) this.streams.delete(room)
    }
  }
}
