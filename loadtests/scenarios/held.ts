/** A connection that is opened, says nothing of its own, and is closed. */
import type { PlayedWorkload } from '../played-workload.ts'
import { type ChatSocket, openChat } from './chat-socket.ts'
import type { Stage } from './stage.ts'
import { giveUp } from './subscriber.ts'
import type { Seat } from './vu-messages.ts'

export interface Held {
  readonly number: number
  giveUp(): void
  /** Asks the server to end it, once. */
  close(): void
  /** Whether nothing more will come of it. */
  isOver(): boolean
  /** The last word on a close that was not answered. */
  judge(): void
}

/** The client's own close, which ends the session too. */
const NORMAL = 1000

export function hold(seat: Seat, stage: Stage<PlayedWorkload<'connections'>>): Held {
  const { share, clock, rampAt, roster, tally, checks, stopped } = stage
  const member = roster.member(seat.role)
  // Latencies count from then, whenever it was dialled: who falls behind the ramp would measure a gentler one.
  const due = rampAt + seat.connect_ms
  const began = clock.now()
  tally.count('connect_delay', began - due, began)
  let isOver = false
  let askedAt: number | undefined

  const socket: ChatSocket = openChat({ ...seat, origin: share.origin }, stage, {
    opened: (arrivedAt) => tally.count('upgrade', arrivedAt - due, clock.now()),
    welcome(_welcome, arrivedAt) {
      const now = clock.now()
      tally.count('connect', arrivedAt - due, now)
      tally.count('queue', now - arrivedAt, now)
      member.arrive()
    },
    message() {},
    lost(reason) {
      isOver = true
      member.leave(reason)
    },
    closed(code) {
      if (isOver || askedAt === undefined) return
      isOver = true
      member.dismiss()
      if (stopped()) return
      tally.count('close', clock.now() - askedAt, clock.now())
      checks.judge('close_answered', code === NORMAL, () => `a close with ${NORMAL} was met with ${code ?? 'no code'}`)
    },
  })
  return {
    number: seat.number,
    giveUp() {
      giveUp(member, socket)
      if (!member.ready) isOver = true
    },
    close() {
      if (isOver || askedAt !== undefined) return
      askedAt = clock.now()
      socket.close(NORMAL)
    },
    isOver: () => isOver,
    judge() {
      if (isOver || askedAt === undefined) return
      const waited = Math.round(clock.now() - askedAt)
      checks.judge('close_answered', false, () => `a close with ${NORMAL} was not answered within ${waited} ms`)
    },
  }
}
