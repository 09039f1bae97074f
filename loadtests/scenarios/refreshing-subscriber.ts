/** A subscriber whose token expires while it listens: it puts the next in its place in time, and stays. */
import { CLOSE_CODES } from '../../schemas/generated/tables.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { EXPIRY_TOLERANCE_MS } from './auth-schedule.ts'
import type { Reply } from './chat-socket.ts'
import { type ServerTime, serverTime } from './server-time.ts'
import type { Stage } from './stage.ts'
import { type Subscriber, subscribe } from './subscriber.ts'
import type { SubscriptionRecord } from './subscription.ts'
import { expiryOf } from './token-expiry.ts'
import type { Seat } from './vu-messages.ts'

const TOKEN_EXPIRED = CLOSE_CODES.token_expired.code

export class RefreshingSubscriber implements Subscriber {
  readonly #stage: Stage<PlayedWorkload<'auth'>>
  readonly #who: string
  readonly #subscriber: ReturnType<typeof subscribe>
  /** Tokens that are still to be put in the place of the one before. */
  readonly #left: string[]
  /** Tokens that were replaced, by when they would have ended the connection at the latest. */
  readonly #outlived: number[] = []
  #expiry: number
  #openedAt = 0
  #leeway_ms = 0
  #time: ServerTime | undefined
  #state: 'holding' | 'asking' | 'gone' = 'holding'
  /** It asked so late, or not yet, that the server was free to end it: that is held against nobody. */
  #isLate = false
  #isExcused = false

  /** Begins to connect. */
  constructor(seat: Seat, stage: Stage<PlayedWorkload<'auth'>>) {
    this.#stage = stage
    this.#who = `subscriber ${seat.number}`
    this.#left = [...(seat.refresh_tokens ?? [])]
    this.#expiry = expiryOf(seat.token)
    this.#subscriber = subscribe(seat, stage, {
      opened: (at) => {
        this.#openedAt = at
      },
      welcome: ({ payload }, arrivedAt) => {
        this.#time = serverTime(payload.server_time, this.#openedAt, arrivedAt)
        this.#leeway_ms = payload.limits.auth_leeway_ms
      },
      lost: (reason, code, at) => this.#lost(reason, code, at),
    })
  }

  /** Whether it has outlived every token that it had to replace, or is gone. */
  isSettled(): boolean {
    const isDone = this.#left.length + this.#outlived.length === 0
    return this.#state === 'gone' || (this.#state === 'holding' && isDone)
  }

  /** Does what is due; to be called often. */
  tick(): void {
    if (this.#state === 'gone' || this.#time === undefined || this.#stage.stopped()) return
    const now = this.#stage.now()
    const { refresh_before_ms } = this.#stage.share.workload
    if (this.#state === 'holding' && now >= this.#time.earliest(this.#expiry) - refresh_before_ms) {
      const token = this.#left.shift()
      if (token !== undefined) this.#refresh(token, this.#time)
    }
    if ((this.#outlived[0] ?? Number.POSITIVE_INFINITY) > now) return
    this.#outlived.shift()
    this.#stage.checks.judge('refreshed_stays', true, () => '')
  }

  /** Nothing more is awaited. */
  finish(): void {
    if (this.#state === 'asking') this.#judgeRefresh(false, 'was not answered')
  }

  missing(): number {
    return this.#subscriber.missing()
  }

  giveUp(): void {
    this.#subscriber.giveUp()
  }

  record(): SubscriptionRecord | undefined {
    return this.#isExcused ? undefined : this.#subscriber.record()
  }

  close(): void {
    this.#subscriber.close()
  }

  #refresh(token: string, { earliest, latest }: ServerTime) {
    const askedAt = this.#stage.now()
    this.#isLate = askedAt > earliest(this.#expiry)
    this.#state = 'asking'
    this.#subscriber.command('auth_refresh', { token }, (reply, arrivedAt) => {
      this.#state = 'holding'
      this.#judgeAnswer(reply, expiryOf(token))
      if (reply.type === 'error') return
      this.#stage.tally.count('refresh', arrivedAt - askedAt, this.#stage.now())
      this.#outlived.push(latest(this.#expiry) + this.#leeway_ms + EXPIRY_TOLERANCE_MS)
      this.#expiry = expiryOf(token)
    })
  }

  #judgeAnswer(reply: Reply, expiry: number) {
    if (reply.type === 'error') return this.#judgeRefresh(false, `got error ${reply.payload.code}`)
    const { expires_at } = reply.payload as { readonly expires_at?: string }
    const holds = expires_at !== undefined && Date.parse(expires_at) === expiry
    this.#judgeRefresh(holds, `got ok with expires_at ${expires_at}`)
  }

  #judgeRefresh(holds: boolean, what: string) {
    const { checks, stopped } = this.#stage
    if (!stopped()) checks.judge('refresh_is_accepted', holds, () => `${this.#who}: its auth_refresh ${what}`)
  }

  /** Answers whether the end is to be held against nobody. */
  #lost(reason: string, code: number | undefined, at: number): boolean {
    const { checks, roster, stopped } = this.#stage
    const hasExpired = code === TOKEN_EXPIRED && this.#time !== undefined && at >= this.#time.earliest(this.#expiry)
    this.#isExcused = hasExpired && (this.#state === 'holding' || this.#isLate)
    this.#state = 'gone'
    const hasRefreshed = this.#outlived.splice(0).length > 0
    if (this.#isExcused) roster.note('the generator was late with an auth_refresh: not held against the server')
    else if (hasRefreshed && !stopped())
      checks.judge('refreshed_stays', false, () => `${this.#who}: ${reason} after its token was refreshed`)
    return this.#isExcused
  }
}
