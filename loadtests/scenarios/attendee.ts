/** A user who comes to a room and goes, again and again, by the schedule. */
import type { Welcome } from '../../schemas/generated/chat.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { type ChatSocket, openChat, type Reply } from './chat-socket.ts'
import { churnOf, GONE_MS, type Move, movesOf } from './churn.ts'
import { until } from './pacer.ts'
import { unfit } from './presence-fitness.ts'
import type { Stage } from './stage.ts'
import { giveUp } from './subscriber.ts'
import type { Seat } from './vu-messages.ts'

export interface Attendee {
  /** Makes its moves; resolves when all are made, or it is gone. */
  play(startAt: number): Promise<void>
  giveUp(): void
  close(): void
}

/** "Closed with any code but the client's 1000" is a break; this code is one of its own. */
const BREAK_CODE = 4900
/** By so long a server has answered a close, in ms. */
const CLOSE_ANSWERED_MS = 5000

export function attend(seat: Seat, stage: Stage<PlayedWorkload<'presence'>>): Attendee {
  const { share, clock, roster, tally } = stage
  const { room } = seat
  const member = roster.member(seat.role)
  let [grace_ms, awayUntil, isOver] = [0, 0, false]
  let session: Welcome['payload']['session']['id'] | undefined
  /** The move that is under way is made, or cannot be. */
  let done = () => {}

  const fail = (reason: string) => {
    isOver = true
    member.leave(reason)
    done()
  }
  const answered = (reply: Reply) => {
    if (reply.type === 'error') fail(`a move was answered with ${reply.payload.code}`)
    else done()
  }
  /** @param rooms of the session that it took up, if it did. */
  const subscribe = (rooms: Welcome['payload']['rooms']) => {
    if (rooms.some((one) => one.room === room && 'head_seq' in one)) return done()
    socket.command('subscribe', { room }, answered)
  }
  const connect = (resumes: boolean, welcomed: typeof subscribe): ChatSocket => {
    const began = clock.now()
    const hello = resumes && session !== undefined ? { session: { id: session } } : {}
    return openChat({ ...seat, origin: share.origin, hello }, stage, {
      welcome({ payload }, arrivedAt) {
        tally.count('connect', arrivedAt - began, clock.now())
        const fault = unfit(payload, share.workload)
        if (fault !== undefined) return fail(fault)
        session = payload.session.id
        grace_ms = payload.limits.presence_grace_ms
        member.arrive()
        member.comeBack()
        welcomed(payload.rooms)
      },
      message() {},
      lost: fail,
      closed() {
        awayUntil = clock.now() + grace_ms + GONE_MS
      },
    })
  }
  /** Tells the watchers, wherever they are played, that what they see of this user says nothing. */
  const excuse = (why: string) => {
    roster.note(`${why}: not held against the server`)
    socket.command('send_message', { room, client_msg_id: `late${seat.number}`, text: 'late' })
  }

  let isAway = false
  let socket = connect(false, () => {})
  const moves: Readonly<Record<Move, () => void>> = {
    join() {
      if (isAway) socket = connect(false, subscribe)
      else subscribe([])
      isAway = false
    },
    leave: () => socket.command('unsubscribe', { room }, answered),
    blink() {
      const leftAt = clock.now()
      const finish = done
      done = () => {
        // The server may have noticed the break when it was made, so it lasted no longer than this.
        const away_ms = Math.round(clock.now() - leftAt)
        if (away_ms > grace_ms) excuse(`a member was back after ${away_ms} ms, later than the grace`)
        finish()
      }
      socket.close(BREAK_CODE)
      // "By resuming or anew": one half does this, the other that.
      socket = connect(Math.floor(seat.number / share.workload.rooms) % 2 === 0, subscribe)
    },
    break() {
      isAway = true
      awayUntil = clock.now() + CLOSE_ANSWERED_MS + grace_ms
      member.goAway()
      socket.close(BREAK_CODE)
      done()
    },
  }

  return {
    async play(startAt) {
      for (const { move, due_ms } of movesOf(churnOf(share.workload), seat.number)) {
        await until(() => isOver, startAt + due_ms, stage)
        // Who comes again too soon after a break would not have been gone.
        if (isAway) await until(() => isOver || clock.now() >= awayUntil, Number.POSITIVE_INFINITY, stage)
        if (isOver || !member.ready || stage.stopped()) return
        tally.count('move_delay', clock.now() - startAt - due_ms, clock.now())
        await new Promise<void>((resolve) => {
          done = resolve
          moves[move]()
        })
      }
    },
    giveUp: () => giveUp(member, socket),
    close() {
      isOver = true
      done()
      socket.close()
    },
  }
}
