/** The two kinds of connection of the heartbeat scenario. */
import type { PlayedWorkload } from '../played-workload.ts'
import { type ChatEvents, type ChatSocket, openChat } from './chat-socket.ts'
import { closedWithin, earlyFault, type HeartbeatLimits, isOverdue, lateFault, patienceOf } from './silence.ts'
import type { Stage } from './stage.ts'
import { giveUp } from './subscriber.ts'
import type { Seat } from './vu-messages.ts'

export interface Heart {
  /** What its welcome said; undefined before that. */
  readonly limits: HeartbeatLimits | undefined
  giveUp(): void
  /** Whether more waiting could change nothing. */
  isDecided(): boolean
  /** The last word on it. */
  judge(): void
  close(): void
}

type HeartbeatStage = Stage<PlayedWorkload<'heartbeat'>>
/** What was heard of the connection at its welcome. */
interface Born {
  readonly openedAt: number
  readonly welcomedAt: number
  readonly limits: HeartbeatLimits
}

/** Answers each ping, and is to be kept. */
export function live(seat: Seat, stage: HeartbeatStage): Heart {
  const { roster, checks, pulse, now } = stage
  const member = roster.member(seat.role)
  let born: Born | undefined
  let isGone = false

  const ended: ChatEvents['lost'] = (reason, _code, at) => {
    isGone = true
    if (born === undefined || stage.stopped()) return member.leave(reason)
    const stood_ms = pulse.worstSince(at - patienceOf(born.limits))
    // Its pong may have been late: an end for which the generator has itself to blame is no fault of the server.
    if (stood_ms > born.limits.heartbeat_grace_ms / 2) {
      roster.note(`live: ${reason} while the generator stood still: not held against the server`)
      return member.dismiss()
    }
    checks.judge('live_kept', false, () => `a connection that answers pings was ${reason}`)
    member.leave(reason)
  }
  const socket = connect(
    seat,
    stage,
    (welcome) => {
      born = welcome
      member.arrive()
    },
    ended,
  )
  return {
    get limits() {
      return born?.limits
    },
    giveUp: () => giveUp(member, socket),
    isDecided: () => true,
    judge() {
      if (born === undefined || isGone) return
      // Before that, nobody had a reason to close it.
      if (now() - born.welcomedAt > patienceOf(born.limits)) checks.judge('live_kept', true, () => '')
      else roster.note(tooShort('live', patienceOf(born.limits)))
    },
    close: () => socket.close(),
  }
}

/** Says nothing after its hello, and is to be closed for that. */
export function mute(seat: Seat, stage: HeartbeatStage): Heart {
  const { roster, checks, tally, pulse, now } = stage
  const member = roster.member(seat.role)
  let born: Born | undefined
  let isGone = false
  const silenceOf = (since: Born) => ({ ...since, stood_ms: pulse.worstSince(since.welcomedAt) })

  const ended: ChatEvents['lost'] = (reason, code, at) => {
    isGone = true
    if (born === undefined || stage.stopped()) return member.leave(reason)
    const silence = silenceOf(born)
    const [early, late] = [earlyFault(silence, at, born.limits), lateFault(silence, { code, at }, born.limits)]
    checks.judge('mute_not_early', early === undefined, () => `${early}`)
    checks.judge('mute_closed', late === undefined, () => `${late}`)
    tally.count('mute_close', at - born.openedAt, now())
    member.dismiss()
  }
  const socket = connect(
    { ...seat, isMute: true },
    stage,
    (welcome) => {
      born = welcome
      member.arrive()
    },
    ended,
  )
  return {
    get limits() {
      return born?.limits
    },
    giveUp: () => giveUp(member, socket),
    isDecided: () => born === undefined || isGone || isOverdue(silenceOf(born), now(), born.limits),
    judge() {
      if (born === undefined || isGone) return
      const open_ms = Math.round(now() - born.welcomedAt)
      if (!isOverdue(silenceOf(born), now(), born.limits))
        return roster.note(tooShort('mute', closedWithin(born.limits)))
      checks.judge('mute_closed', false, () => `a silent connection was still open ${open_ms} ms after its welcome`)
      checks.judge('mute_not_early', true, () => '')
    },
    close: () => socket.close(),
  }
}

const tooShort = (role: string, needed_ms: number) =>
  `${role}: the run ended too soon to judge it: give --duration at least ${Math.ceil(needed_ms / 1000)}s`

function connect(
  options: Seat & { readonly isMute?: boolean },
  stage: HeartbeatStage,
  welcomed: (born: Born) => void,
  lost: ChatEvents['lost'],
): ChatSocket {
  const { share, clock, tally } = stage
  const began = clock.now()
  let openedAt = began
  return openChat({ ...options, origin: share.origin }, stage, {
    opened(at) {
      openedAt = at
    },
    welcome({ payload }, welcomedAt) {
      const now = clock.now()
      tally.count('connect', welcomedAt - began, now)
      tally.count('queue', now - welcomedAt, now)
      welcomed({ openedAt, welcomedAt, limits: payload.limits })
    },
    message() {},
    lost,
  })
}
