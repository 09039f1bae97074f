/** A subscriber whose token expires while it listens: it puts the next in its place in time, and stays. */
import { CLOSE_CODES } from '../../schemas/generated/tables.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { EXPIRY_TOLERANCE_MS } from './auth-schedule.ts'
import type { Reply } from './chat-socket.ts'
import { type ServerTime, serverTime } from './server-time.ts'
import type { Stage } from './stage.ts'
import { type Subscriber, subscribe } from './subscriber.ts'
import { expiryOf } from './token-expiry.ts'
import type { Seat } from './vu-messages.ts'

export interface RefreshingSubscriber extends Subscriber {
  /** Whether it has outlived every token that it had to replace, or is gone. */
  isSettled(): boolean
  /** Does what is due; to be called often. */
  tick(): void
  /** Nothing more is awaited. */
  finish(): void
}

const TOKEN_EXPIRED = CLOSE_CODES.token_expired.code

export function subscribeAndRefresh(seat: Seat, stage: Stage<PlayedWorkload<'auth'>>): RefreshingSubscriber {
  const { share, clock, checks, tally, roster } = stage
  const { refresh_before_ms } = share.workload
  const left = [...(seat.refresh_tokens ?? [])]
  /** Tokens that were replaced, by when they would have ended the connection at the latest. */
  const outlived: number[] = []
  const who = `subscriber ${seat.number}`
  let expiry = expiryOf(seat.token)
  let [openedAt, leeway_ms] = [0, 0]
  let time: ServerTime | undefined
  let state: 'holding' | 'asking' | 'gone' = 'holding'
  /** It asked so late, or not yet, that the server was free to end it: that is held against nobody. */
  let [isLate, isExcused] = [false, false]

  const refresh = (token: string, { earliest, latest }: ServerTime) => {
    const askedAt = clock.now()
    isLate = askedAt > earliest(expiry)
    const answered = (reply: Reply, arrivedAt: number) => {
      const told = reply.type === 'ok' ? (reply.payload as { readonly expires_at?: string }).expires_at : undefined
      const holds = told !== undefined && Date.parse(told) === expiryOf(token)
      const answer = reply.type === 'ok' ? `ok with expires_at ${told}` : `error ${reply.payload.code}`
      if (!stage.stopped()) checks.judge('refresh_is_accepted', holds, () => `${who}: its auth_refresh got ${answer}`)
      state = 'holding'
      if (reply.type === 'error') return
      tally.count('refresh', arrivedAt - askedAt, clock.now())
      outlived.push(latest(expiry) + leeway_ms + EXPIRY_TOLERANCE_MS)
      expiry = expiryOf(token)
    }
    state = 'asking'
    subscriber.command('auth_refresh', { token }, answered)
  }

  const subscriber = subscribe(seat, stage, {
    opened(at) {
      openedAt = at
    },
    welcome({ payload }, arrivedAt) {
      time = serverTime(payload.server_time, openedAt, arrivedAt)
      leeway_ms = payload.limits.auth_leeway_ms
    },
    lost(reason, code, at) {
      const hasExpired = code === TOKEN_EXPIRED && time !== undefined && at >= time.earliest(expiry)
      isExcused = hasExpired && (state === 'holding' || isLate)
      state = 'gone'
      if (isExcused) roster.note('the generator was late with an auth_refresh: not held against the server')
      if (isExcused || outlived.splice(0).length === 0 || stage.stopped()) return isExcused
      checks.judge('refreshed_stays', false, () => `${who}: ${reason} after its token was refreshed`)
      return false
    },
  })
  return {
    ...subscriber,
    record: () => (isExcused ? undefined : subscriber.record()),
    finish() {
      if (state === 'asking' && !stage.stopped())
        checks.judge('refresh_is_accepted', false, () => `${who}: its auth_refresh was not answered`)
    },
    isSettled: () => state === 'gone' || (state === 'holding' && left.length + outlived.length === 0),
    tick() {
      if (state === 'gone' || time === undefined || stage.stopped()) return
      const now = clock.now()
      if (state === 'holding' && now >= time.earliest(expiry) - refresh_before_ms) {
        const token = left.shift()
        if (token !== undefined) refresh(token, time)
      }
      if ((outlived[0] ?? Number.POSITIVE_INFINITY) > now) return
      outlived.shift()
      checks.judge('refreshed_stays', true, () => '')
    },
  }
}
