/** The bus of many nodes. What a node tells its listeners it has from Redis alone, its own messages too. */
import { randomBytes } from 'node:crypto'
import type { Bus, Draft, Entry, Head, Listener, Mark, Page, Passing, Query, Receipt } from '../bus.ts'
import type { BusLimits } from '../in-process-bus.ts'
import { inTurns } from '../in-turns.ts'
import type { Argument, Broker, Script } from './broker.ts'
import { MARK, MARK_OF, PASS, PUBLISH, READ, RESET } from './bus-scripts.ts'
import { Follower, type Reading, type Told } from './follower.ts'

/** An entry as Redis has it: `at` in ms of the Unix epoch, by the clock of Redis. */
interface Written {
  readonly epoch: string
  readonly seq: number
  readonly at: number
  readonly draft: Draft
}

interface Followed {
  readonly follower: Follower
  readonly opened: Promise<void>
  readonly close: () => void
}

/** Where an answer shows so many, it is never cut. */
const ALL = 2 ** 31 - 1

export class RedisBus implements Bus {
  private readonly broker: Broker
  private readonly limits: BusLimits
  private readonly keptMs: number
  private readonly streams = new Map<string, Followed>()
  /** Before it resolves, no listener is told what is read. */
  private going: Promise<void> = Promise.resolve()
  goOn = () => {}

  /** @param renewedMs how often at least `catchUpAll` is called, which keeps the streams that have listeners */
  constructor(broker: Broker, limits: BusLimits, renewedMs: number) {
    this.broker = broker
    this.limits = limits
    this.keptMs = limits.resume_window_ms + limits.dedupe_window_ms + 4 * renewedMs
  }

  /** Nothing is read for listeners until `goOn` is called. */
  hold(): void {
    this.goOn()
    this.going = new Promise((resolve) => {
      this.goOn = resolve
    })
  }

  async publish(name: string, draft: Draft): Promise<Receipt> {
    const { replay_max, history_max, dedupe_window_ms } = this.limits
    // Twice what one answer shows, so that a position that is `too_large` is told from one that was `evicted`.
    const args: Argument[] = [channelOf(name), 2 * Math.max(replay_max, history_max), JSON.stringify(draft)]
    const once = draft.type === 'user_message' ? draft.once : undefined
    if (once) args.push(once.content, dedupe_window_ms)
    const answer = await this.run(PUBLISH, name, args, once ? [`${channelOf(name)}:once:${once.key}`] : [])
    const [outcome, entry = ''] = answer as ['accepted' | 'duplicate' | 'conflict', string?]
    return outcome === 'conflict' ? { outcome } : { outcome, entry: entryOf(name, JSON.parse(entry)) }
  }

  async pass(name: string, passing: Passing): Promise<void> {
    await this.broker.run(PASS, [keysOf(name)[0]], [channelOf(name), JSON.stringify({ passing })])
  }

  async subscribe(name: string, listener: Listener): Promise<Head> {
    const followed = this.streams.get(name) ?? this.follow(name)
    followed.follower.listeners.add(listener)
    try {
      await followed.opened
      await followed.follower.catchUp()
    } catch (error) {
      this.drop(name, followed, listener)
      throw error
    }
    return followed.follower.head
  }

  unsubscribe(name: string, listener: Listener): void {
    const followed = this.streams.get(name)
    if (followed) this.drop(name, followed, listener)
  }

  async catchUp(name: string): Promise<void> {
    await this.streams.get(name)?.follower.catchUp()
  }

  /** Fills the holes that no later message shows, and keeps what somebody listens to. @throws Unavailable */
  async catchUpAll(): Promise<void> {
    await inTurns(this.streams.values(), ({ follower }) => follower.catchUp())
  }

  async read(name: string, after: number): Promise<readonly Entry[]> {
    return (await this.readAfter(name, after)).entries
  }

  async page(name: string, { before_seq, after_seq, limit }: Query): Promise<Page> {
    const backwards = after_seq === undefined
    const range = backwards
      ? ['XREVRANGE', before_seq === undefined ? '+' : Math.max(before_seq - 1, 0), '-']
      : ['XRANGE', after_seq + 1, '+']
    const { head, entries } = await this.readRange(name, [...range, limit + 1])
    const shown = entries.slice(0, limit)
    return { head, entries: backwards ? shown.reverse() : shown, more: entries.length > limit }
  }

  async mark(name: string, sub: string, seq: number): Promise<Mark> {
    const [outcome, at] = (await this.run(MARK, name, [sub, seq])) as ['ahead' | 'kept' | 'advanced', string?]
    if (outcome === 'ahead') return { ahead: true }
    return { ahead: false, seq: Number(at), advanced: outcome === 'advanced' }
  }

  async markOf(name: string, sub: string): Promise<number | undefined> {
    const mark = await this.run(MARK_OF, name, [sub])
    return mark === null ? undefined : Number(mark)
  }

  async reset(name: string): Promise<Head> {
    const epoch = newEpoch()
    await this.broker.run(RESET, keysOf(name), [epoch, this.keptMs, channelOf(name)])
    return { epoch, seq: 0 }
  }

  private follow(name: string): Followed {
    const follower = new Follower((after) => this.going.then(() => this.readAfter(name, after)))
    const hear = (message: string) => follower.hear(toldOf(name, message))
    const channel = channelOf(name)
    // Heard first and read then: what is published in between is heard, read, or both.
    const opened = this.broker.listen(channel, hear)
    const followed = { follower, opened, close: () => this.broker.unlisten(channel, hear) }
    this.streams.set(name, followed)
    return followed
  }

  private drop(name: string, { follower, close }: Followed, listener: Listener): void {
    follower.listeners.delete(listener)
    if (follower.listeners.size > 0 || this.streams.get(name)?.follower !== follower) return
    this.streams.delete(name)
    close()
  }

  private readAfter(name: string, after: number): Promise<Reading> {
    return this.readRange(name, ['XRANGE', after + 1, '+', ALL])
  }

  private async readRange(name: string, range: readonly Argument[]): Promise<Reading> {
    const [epoch, seq, entries] = (await this.run(READ, name, range)) as [string, string, string[]]
    return { head: { epoch, seq: Number(seq) }, entries: entries.map((entry) => entryOf(name, JSON.parse(entry))) }
  }

  private run(script: Script, name: string, args: readonly Argument[], keys: readonly string[] = []) {
    return this.broker.run(script, [...keysOf(name), ...keys], [newEpoch(), this.keptMs, ...args])
  }
}

/** The channel of a stream, whose hash tag is that of its keys. */
export function channelOf(stream: string): string {
  return `chat:{${stream}}`
}

function keysOf(stream: string): [head: string, log: string, marks: string] {
  const channel = channelOf(stream)
  return [`${channel}:head`, `${channel}:log`, `${channel}:marks`]
}

function newEpoch(): string {
  return randomBytes(12).toString('base64url')
}

function toldOf(stream: string, message: string): Told {
  const told = JSON.parse(message) as { stored: Written } | Exclude<Told, { stored: Entry }>
  return 'stored' in told ? { stored: entryOf(stream, told.stored) } : told
}

function entryOf(stream: string, { epoch, seq, at, draft }: Written): Entry {
  return { ...draft, stream, epoch, seq, id: [epoch, seq].join('_'), ts: new Date(at).toISOString() }
}
