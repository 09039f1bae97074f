/** A user who comes to a room and goes, again and again, by the schedule. */
import type { Welcome } from '../../schemas/generated/chat.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { type ChatSocket, openChat, type Reply } from './chat-socket.ts'
import { churnOf, GONE_MS, type Move, movesOf } from './churn.ts'
import { until } from './pacer.ts'
import { unfit } from './presence-fitness.ts'
import type { Member } from './roster.ts'
import type { Stage } from './stage.ts'
import { giveUp } from './subscriber.ts'
import type { Seat } from './vu-messages.ts'

/** "Closed with any code but the client's 1000" is a break; this code is one of its own. */
const BREAK_CODE = 4900
type Rooms = Welcome['payload']['rooms']
/** What its hello asks for. */
type Resumption = { readonly session?: { readonly id: string } }

/** By so long a server has answered a close, in ms. */
const CLOSE_ANSWERED_MS = 5000

export class Attendee {
  readonly #seat: Seat
  readonly #stage: Stage<PlayedWorkload<'presence'>>
  readonly #member: Member
  #socket: ChatSocket
  #session: Welcome['payload']['session']['id'] | undefined
  #grace_ms = 0
  /** It is without a connection from one of its moves to the next. */
  #isAway = false
  #awayUntil = 0
  #isOver = false
  /** The move that is under way is made, or cannot be. */
  #done = () => {}

  /** Begins to connect. */
  constructor(seat: Seat, stage: Stage<PlayedWorkload<'presence'>>) {
    this.#seat = seat
    this.#stage = stage
    this.#member = stage.roster.member(seat.role)
    this.#socket = this.#connect({}, () => {})
  }

  /** Makes its moves; resolves when all are made, or it is gone. */
  async play(startAt: number): Promise<void> {
    const stage = this.#stage
    for (const { move, due_ms } of movesOf(churnOf(stage.share.workload), this.#seat.number)) {
      await until(() => this.#isOver, startAt + due_ms, stage)
      // Who comes again too soon after a break would not have been gone.
      const isGone = () => this.#isOver || stage.now() >= this.#awayUntil
      if (this.#isAway) await until(isGone, Number.POSITIVE_INFINITY, stage)
      if (this.#isOver || !this.#member.ready || stage.stopped()) return
      stage.tally.count('move_delay', stage.now() - startAt - due_ms, stage.now())
      await this.#make(move)
    }
  }

  giveUp(): void {
    giveUp(this.#member, this.#socket)
  }

  close(): void {
    this.#isOver = true
    this.#done()
    this.#socket.close()
  }

  #make(move: Move): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve
      if (move === 'join') this.#join()
      else if (move === 'leave') this.#socket.command('unsubscribe', { room: this.#seat.room }, this.#answered)
      else if (move === 'blink') this.#blink()
      else this.#break()
    })
  }

  #join() {
    if (this.#isAway) this.#socket = this.#connect({}, (rooms) => this.#subscribe(rooms))
    else this.#subscribe([])
    this.#isAway = false
  }

  #blink() {
    const { share, now } = this.#stage
    const leftAt = now()
    const finish = this.#done
    this.#done = () => {
      // The server may have noticed the break when it was made, so it lasted no longer than this.
      const away_ms = Math.round(now() - leftAt)
      if (away_ms > this.#grace_ms) this.#excuse(`a member was back after ${away_ms} ms, later than the grace`)
      finish()
    }
    this.#socket.close(BREAK_CODE)
    // "By resuming or anew": one half does this, the other that.
    const resumes = Math.floor(this.#seat.number / share.workload.rooms) % 2 === 0
    const hello = resumes && this.#session !== undefined ? { session: { id: this.#session } } : {}
    this.#socket = this.#connect(hello, (rooms) => this.#subscribe(rooms))
  }

  #break() {
    this.#isAway = true
    this.#awayUntil = this.#stage.now() + CLOSE_ANSWERED_MS + this.#grace_ms
    this.#member.goAway()
    this.#socket.close(BREAK_CODE)
    this.#done()
  }

  /** @param welcomed is told the rooms of the session that it took up, if it did. */
  #connect(hello: Resumption, welcomed: (rooms: Rooms) => void): ChatSocket {
    const began = this.#stage.now()
    return openChat({ ...this.#seat, origin: this.#stage.share.origin, hello }, this.#stage, {
      welcome: ({ payload }, arrivedAt) => {
        this.#stage.tally.count('connect', arrivedAt - began, this.#stage.now())
        const fault = unfit(payload, this.#stage.share.workload)
        if (fault !== undefined) return this.#fail(fault)
        this.#session = payload.session.id
        this.#grace_ms = payload.limits.presence_grace_ms
        this.#member.arrive()
        this.#member.comeBack()
        welcomed(payload.rooms)
      },
      message() {},
      lost: (reason) => this.#fail(reason),
      closed: () => {
        this.#awayUntil = this.#stage.now() + this.#grace_ms + GONE_MS
      },
    })
  }

  #subscribe(rooms: Rooms) {
    const { room } = this.#seat
    if (rooms.some((one) => one.room === room && 'head_seq' in one)) return this.#done()
    this.#socket.command('subscribe', { room }, this.#answered)
  }

  readonly #answered = (reply: Reply): void => {
    if (reply.type === 'error') this.#fail(`a move was answered with ${reply.payload.code}`)
    else this.#done()
  }

  #fail(reason: string) {
    this.#isOver = true
    this.#member.leave(reason)
    this.#done()
  }

  /** Tells the watchers, wherever they are played, that what they see of this user says nothing. */
  #excuse(why: string) {
    const { room, number } = this.#seat
    this.#stage.roster.note(`${why}: not held against the server`)
    this.#socket.command('send_message', { room, client_msg_id: `late${number}`, text: 'late' })
  }
}
