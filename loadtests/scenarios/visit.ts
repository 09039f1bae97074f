/** A connection that comes while messages flow, to see what its token is worth. */
import { openChat } from './chat-socket.ts'
import type { Stage } from './stage.ts'
import { VISITORS, type VisitorRole } from './visitors.ts'
import type { Seat } from './vu-messages.ts'

export interface Visit {
  /** Whether it is over, or nothing is awaited of it any more. */
  isSettled(): boolean
  /** Judges one that was neither welcomed nor closed by now. */
  giveUp(): void
}

/** So long is waited for a welcome or a close, in ms. */
const PATIENCE_MS = 5000
/**
 * No close frame was seen: what the server had not read when it closed made the kernel throw away what it had sent, or
 * k6 failed to write the hello, and then tells no code at all.
 */
const HIDDEN_CODES: readonly (number | undefined)[] = [1006, undefined]

export function visit(seat: Seat, role: VisitorRole, stage: Stage): Visit {
  const { share, clock, checks, tally } = stage
  const { check, code: wanted } = VISITORS[role]
  const began = clock.now()
  let settled = false

  const judge = (holds: boolean, breach: string) => {
    if (settled) return
    settled = true
    if (!stage.stopped()) checks.judge(check, holds, () => `the ${role} token of visitor ${seat.number}: ${breach}`)
  }
  // A bad token is answered "at once, without waiting for `hello`", which might cross the close and hide its code. So
  // every other visitor is silent, and of one that is not any code passes but a wrong one: it shows who is welcomed.
  const isSilent = wanted !== undefined && seat.number % 2 === 0
  const hello = isSilent ? 'unsaid' : {}
  const socket = openChat({ ...seat, origin: share.origin, hello }, stage, {
    welcome(_welcome, arrivedAt) {
      if (wanted === undefined) tally.count('welcome', arrivedAt - began, clock.now())
      judge(wanted === undefined, 'it was welcomed')
      socket.close()
    },
    message() {},
    lost(reason, code, at) {
      const isHidden = !isSilent && HIDDEN_CODES.includes(code)
      const holds = wanted !== undefined && (code === wanted || isHidden)
      if (holds && !isHidden) tally.count('verdict', at - began, clock.now())
      judge(holds, reason)
    },
  })
  return {
    isSettled: () => settled || clock.now() - began > PATIENCE_MS,
    giveUp() {
      judge(false, `neither welcomed nor closed after ${Math.round(clock.now() - began)} ms`)
      socket.close()
    },
  }
}
