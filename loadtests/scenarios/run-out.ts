/** A connection whose token is let run out: it has to be closed with 4101, in time and not before. */
import type { PlayedWorkload } from '../played-workload.ts'
import { EXPIRY_TOLERANCE_MS } from './auth-schedule.ts'
import { openChat } from './chat-socket.ts'
import { serverTime } from './server-time.ts'
import type { Stage } from './stage.ts'
import { giveUp } from './subscriber.ts'
import { expiryOf } from './token-expiry.ts'
import type { Seat } from './vu-messages.ts'

export interface RunOut {
  /** Whether nothing of it is to be awaited any more. */
  isSettled(): boolean
  /** Takes it for open where it had to be closed by now; to be called often. */
  tick(): void
  giveUp(): void
  close(): void
}

/** The close is under way for a moment, too. */
const ON_ITS_WAY_MS = 500

export function letRunOut(seat: Seat, stage: Stage<PlayedWorkload<'auth'>>): RunOut {
  const { share, clock, checks, tally, pulse, roster } = stage
  const member = roster.member(seat.role)
  const began = clock.now()
  let openedAt = began
  /** On the run's clock: when the token expires, and within which times the close has to come. */
  let due: { readonly at: number; readonly from: number; readonly to: number } | undefined
  let settled = false

  const judge = (holds: boolean, breach: string) => {
    settled = true
    member.dismiss()
    if (!stage.stopped()) checks.judge('run_out_gets_4101', holds, () => `connection ${seat.number}: ${breach}`)
  }
  const socket = openChat({ ...seat, origin: share.origin }, stage, {
    opened(at) {
      openedAt = at
    },
    welcome({ payload }, arrivedAt) {
      tally.count('connect', arrivedAt - began, clock.now())
      const time = serverTime(payload.server_time, openedAt, arrivedAt)
      const expiry = expiryOf(seat.token)
      const at = time.latest(expiry)
      due = { at, from: time.earliest(expiry), to: at + payload.limits.auth_leeway_ms + EXPIRY_TOLERANCE_MS }
      member.arrive()
    },
    message() {},
    lost(reason, code, at) {
      if (due === undefined) {
        settled = true
        return member.leave(reason)
      }
      // What the generator notices late was not late at the server.
      const isInTime = at >= due.from && at - pulse.worstSince(due.at) <= due.to
      judge(code === 4101 && isInTime, `${reason}, ${Math.round(at - due.at)} ms after its token expired`)
      if (code === 4101) tally.count('expiry', at - due.at, clock.now())
    },
  })
  return {
    isSettled: () => settled,
    tick() {
      if (settled || due === undefined || clock.now() < due.to + ON_ITS_WAY_MS + pulse.worstSince(due.at)) return
      judge(false, `still open ${Math.round(clock.now() - due.at)} ms after its token expired`)
      socket.close()
    },
    giveUp() {
      settled ||= !member.ready
      giveUp(member, socket)
    },
    close: () => socket.close(),
  }
}
