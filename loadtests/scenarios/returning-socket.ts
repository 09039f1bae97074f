/** A connection that may be lost: it comes back as a client should, elsewhere if need be, and resumes its session. */
import type { Hello, ReconnectWindow, Welcome } from '../../schemas/generated/chat.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { waitBefore } from './backoff.ts'
import { type ChatEvents, type ChatSocket, openChat } from './chat-socket.ts'
import type { Member } from './roster.ts'
import type { Stage } from './stage.ts'
import type { Seat } from './vu-messages.ts'

/** "Any other end of a connection" than the client's 1000 keeps the session; this code is one of its own. */
const STORM_CODE = 4900

/** What is done to a server may come so much before its time by the clock of this side, in ms. */
const CLOCKS_MS = 100

export interface ReturningEvents extends Pick<ChatEvents, 'frame' | 'message'> {
  /** Its first welcome. */
  entered(welcome: Welcome, arrivedAt: number): void
  /** It is welcomed again, after a loss. */
  returned(welcome: Welcome): void
  /** Where it was in its rooms, for the hello of its return. */
  positions?(): NonNullable<Hello['payload']['positions']>
}

export class ReturningSocket {
  readonly #seat: Seat
  readonly #stage: Stage<PlayedWorkload<'reconnect'>>
  readonly #member: Member
  readonly #events: ReturningEvents
  #socket: ChatSocket
  #phase: 'entering' | 'there' | 'away' | 'gone' = 'entering'
  /** When its node is to die, on the clock; and whether its node has said that it drains. Each excuses one loss. */
  #deathDue: number | undefined
  #isDrained = false
  #session: string | undefined
  #advised: ReconnectWindow | undefined
  #returns = 0
  /** Since the last loss; in ms by how much they came later than they were due. */
  #attempts = 0
  #late = 0
  #lostAt = 0
  #attemptedAt = 0
  /** Of the address that it goes to next. */
  #turn = 0

  /** Begins to connect. `member` is for `events` to say when it is ready; this side tells of losses. */
  constructor(seat: Seat, stage: Stage<PlayedWorkload<'reconnect'>>, member: Member, events: ReturningEvents) {
    this.#seat = seat
    this.#stage = stage
    this.#member = member
    this.#events = events
    this.#socket = this.#connect(seat.url)
  }

  /** As in check sentences. */
  get who(): string {
    return `${this.#seat.role} ${this.#seat.number}`
  }

  /** From the last loss till now, without what this side was late with, which is told as `return_delay`. In ms. */
  get sinceLoss(): number {
    return this.#stage.now() - this.#lostAt - this.#late
  }

  /** As of a socket, but false from a loss until it is welcomed again. */
  command(...command: Parameters<ChatSocket['command']>): boolean {
    return this.#phase === 'there' && this.#socket.command(...command)
  }

  /** Its connection may end once, for its node is to die then (on the clock, in ms). */
  expectDeath(due: number): void {
    this.#deathDue = due
  }

  /** Ends its connection as a broken network would, and comes back. */
  breakOff(): void {
    if (this.#phase !== 'there' || !this.#member.ready) return
    this.#socket.close(STORM_CODE)
    this.#goAway(this.#stage.now())
  }

  /** Whether it was sent away, and is back. */
  get hasReturned(): boolean {
    return this.#returns > 0 && this.#phase === 'there' && this.#member.ready
  }

  /** Whether it is where it was all the time. */
  get hasStayed(): boolean {
    return this.#returns === 0 && this.#phase === 'there' && this.#member.ready
  }

  /** Where it is, to follow its name in the sentence of a check. */
  get whereabouts(): string {
    if (this.#phase === 'away') return `is away after ${this.#attempts} attempts`
    return this.#returns === 0 ? 'was not sent away' : `is ${this.#member.ready ? 'back' : 'gone'}`
  }

  close(): void {
    this.#phase = 'gone'
    this.#socket.close()
  }

  #connect(url: string): ChatSocket {
    const { share } = this.#stage
    const began = this.#stage.now()
    const hello =
      this.#session === undefined ? {} : { session: { id: this.#session }, positions: this.#events.positions?.() ?? {} }
    return openChat({ ...this.#seat, url, origin: share.origin, hello }, this.#stage, {
      ...this.#events,
      welcome: (welcome, arrivedAt) => {
        if (this.#phase === 'away') return this.#returned(welcome, arrivedAt)
        this.#phase = 'there'
        this.#session = welcome.payload.session.id
        this.#stage.tally.count('connect', arrivedAt - began, this.#stage.now())
        this.#events.entered(welcome, arrivedAt)
      },
      event: (event) => {
        if (event.type !== 'draining') return
        this.#advised = event.payload.reconnect_after
        this.#isDrained = true
      },
      lost: (reason) => this.#lost(reason),
    })
  }

  #lost(reason: string): void {
    if (this.#phase === 'gone') return
    if (this.#phase === 'away') {
      this.#stage.roster.note(`an attempt to come back failed: ${reason}`)
      this.#comeBack()
    } else if (this.#member.ready && this.#isExcused()) {
      // What is noticed of a death is later than what was done.
      this.#goAway(this.#deathDue ?? this.#stage.now())
    } else this.#member.leave(reason)
  }

  #isExcused(): boolean {
    return this.#isDrained || (this.#deathDue !== undefined && this.#stage.now() >= this.#deathDue - CLOCKS_MS)
  }

  #goAway(at: number): void {
    this.#phase = 'away'
    this.#member.goAway()
    this.#lostAt = at
    this.#deathDue = undefined
    this.#isDrained = false
    this.#attempts = 0
    this.#late = 0
    this.#comeBack()
  }

  #comeBack(): void {
    const { share, now, tally, stopped } = this.#stage
    const wait = waitBefore(this.#attempts, share.workload, Math.random(), this.#advised)
    const due = now() + wait
    setTimeout(() => {
      if (this.#phase !== 'away' || stopped()) return
      this.#attemptedAt = now()
      const delay = this.#attemptedAt - due
      tally.count('return_delay', delay, this.#attemptedAt)
      this.#late += delay
      this.#attempts++
      const { url, failover = [url] } = this.#seat
      this.#socket = this.#connect(failover[this.#turn++ % failover.length] ?? url)
    }, wait)
  }

  #returned(welcome: Welcome, arrivedAt: number): void {
    const { tally, checks, now } = this.#stage
    this.#phase = 'there'
    this.#returns++
    this.#advised = undefined
    this.#member.comeBack()
    const began = this.#lostAt + this.#late
    tally.count('arrival', this.#attemptedAt - began, now())
    tally.count('recover', arrivedAt - began, now())
    const { id, resumed, reason } = welcome.payload.session
    const isResumed = resumed === true && id === this.#session
    checks.judge('session_resumed', isResumed, () => `${this.who} got session.resumed ${resumed} (${reason})`)
    this.#session = id
    this.#events.returned(welcome)
  }
}
