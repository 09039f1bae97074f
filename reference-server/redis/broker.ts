/** The way to Redis: scripts and channels, and whether it answers at all. The client library does the reconnecting. */
import { createHash } from 'node:crypto'
import type { Log } from '../log.ts'
import { callLater, callWhenUp } from '../timer.ts'
import { Unavailable } from '../unavailable.ts'
import { type Link, openLink } from './link.ts'

/** What runs as one step in Redis. */
export interface Script {
  readonly lua: string
  readonly sha1: string
}

export type Argument = string | number
export type Hear = (message: string) => void

/** Longer than this nobody waits: "without its broker a node answers within 5 seconds", and one wait may follow another. */
const ANSWER_WITHIN_MS = 2000
const PROBE_EVERY_MS = 100
/** Replies of a Redis that is there and does not serve: it loads its data, fails over, or is full. Before 7.0 scripts say more. */
const NOT_SERVING = /(^|-)(LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM|UNBLOCKED)\b/
const REPLICA = /(^|-)READONLY\b/

export function script(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') }
}

/** A Redis that is full, or a replica, reads and does not write. */
const PROBE = script(`return redis.call('SET', KEYS[1], '', 'PX', ARGV[1])`)
/** So many keys have some on every master of a Redis Cluster: one that is there in part serves nobody. */
const PROBE_KEYS = Array.from({ length: 32 }, (_, n) => `chat:{probe ${n}}`)
const PROBE_KEPT_MS = 1000

export class Broker {
  private readonly link: Link
  private readonly log: Log
  private readonly backs: (() => void)[] = []
  private up = true
  private closed = false

  private constructor(link: Link, log: Log) {
    this.link = link
    this.log = log
    link.onTrouble((error) => this.lost(error))
  }

  /**
   * @param url `redis://…` or `rediss://…`, of a single Redis or of any node of a Redis Cluster
   * @throws Unavailable where nobody answers there
   */
  static async connect(url: string, log: Log): Promise<Broker> {
    try {
      return new Broker(await openLink(url), log)
    } catch (error) {
      throw new Unavailable(`no Redis can be reached at the URL given: ${(error as Error).message}`)
    }
  }

  get isUp(): boolean {
    return this.up
  }

  /** What was told on channels until now may have been missed. */
  onBack(action: () => void): void {
    this.backs.push(action)
  }

  /**
   * @param keys of one hash tag
   * @throws Unavailable where Redis does not answer in time; it may have run the script all the same
   */
  async run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    if (!this.up) throw new Unavailable('the broker is away')
    return this.attempt(() => this.evaluate(script, keys, args))
  }

  /** Resolves when every later message of the channel will be heard. */
  async listen(channel: string, hear: Hear): Promise<void> {
    if (!this.up) throw new Unavailable('the broker is away')
    await this.attempt(() => this.link.subscribe(channel, hear))
  }

  /** Never fails: what cannot be said now is forgotten with the connection. */
  unlisten(channel: string, hear: Hear): void {
    this.link.unsubscribe(channel, hear).catch(() => {})
  }

  close(): void {
    this.closed = true
    this.link.close()
  }

  private async evaluate({ lua, sha1 }: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const options = { keys: [...keys], arguments: args.map(String) }
    try {
      return await this.link.evalSha(sha1, options)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return this.link.eval(lua, options)
    }
  }

  /** Whatever is no reply, or says that Redis does not serve, means that the broker is away. */
  private async attempt<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await inTime(action())
    } catch (error) {
      if (this.link.isReply(error) && !NOT_SERVING.test((error as Error).message)) throw error
      this.lost(error as Error)
      throw new Unavailable(`the broker is away: ${(error as Error).message}`)
    }
  }

  private lost({ message }: Error): void {
    if (!this.up || this.closed) return
    this.up = false
    this.log({ event: 'broker_lost', message })
    this.probeLater()
  }

  private probeLater(): void {
    callLater(PROBE_EVERY_MS, () => void this.probe())
  }

  /** Until it answers, and has confirmed what is listened to. */
  private async probe(): Promise<void> {
    try {
      await inTime(Promise.all(PROBE_KEYS.map((key) => this.evaluate(PROBE, [key], [PROBE_KEPT_MS]))))
      await inTime(this.link.settled())
    } catch (error) {
      if (this.closed) return
      // Who takes its place may be reached at the same address.
      if (this.link.isReply(error) && REPLICA.test((error as Error).message)) this.link.reconnect()
      return this.probeLater()
    }
    this.up = true
    this.log({ event: 'broker_back' })
    for (const action of this.backs) action()
  }
}

/** What came in time, and a busy process has not read yet, is read before the time is up. */
function inTime<Result>(answer: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = callWhenUp(ANSWER_WITHIN_MS, () => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)))
    answer.then(resolve, reject).finally(cancel)
  })
}
