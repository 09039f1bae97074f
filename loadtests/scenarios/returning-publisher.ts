/** A publisher that loses its connection, comes back, and repeats what was not answered. */
import type { PlayedWorkload } from '../played-workload.ts'
import type { Reply } from './chat-socket.ts'
import type { Publisher } from './publisher.ts'
import { ReturningSocket } from './returning-socket.ts'
import type { Member } from './roster.ts'
import type { Publish } from './schedule.ts'
import type { Stage } from './stage.ts'
import { stampText } from './stamp.ts'
import { giveUp } from './subscriber.ts'
import type { PublisherRecord, Seat } from './vu-messages.ts'

/** Due, and not answered yet. */
interface Pending {
  readonly number: number
  /** When it was due, on the clock. */
  readonly due: number
  readonly text: string
  isSent: boolean
}

export class ReturningPublisher implements Publisher {
  readonly number: number
  readonly socket: ReturningSocket
  grantedRate: number | undefined
  readonly #seat: Seat
  readonly #stage: Stage<PlayedWorkload<'reconnect'>>
  readonly #member: Member
  /** In the order in which they are due. */
  readonly #pending = new Map<number, Pending>()
  readonly #refused: number[] = []
  /** Since when it could have sent what is pending. */
  #backAt = 0
  #due = 0
  #sent = 0
  #accepted = 0
  #unexpected = 0

  /** Begins to connect. */
  constructor(seat: Seat, stage: Stage<PlayedWorkload<'reconnect'>>) {
    this.number = seat.number
    this.#seat = seat
    this.#stage = stage
    this.#member = stage.roster.member(seat.role)
    this.socket = new ReturningSocket(seat, stage, this.#member, {
      entered: ({ payload }) => {
        this.grantedRate = payload.limits.rate_per_s
        this.#member.arrive()
      },
      returned: () => this.#sendPending(),
      message: () => {
        this.#unexpected++
      },
    })
  }

  get ready(): boolean {
    return this.#member.ready
  }

  publish({ number }: Publish, due: number): void {
    const text = stampText({ publisher: this.number, number, due }, this.#stage.share.traffic.message_bytes)
    const message = { number, due, text, isSent: false }
    this.#due++
    this.#pending.set(number, message)
    this.#send(message)
  }

  unanswered(): number {
    return this.ready ? this.#pending.size : 0
  }

  giveUp(): void {
    giveUp(this.#member, this.socket)
  }

  record(): PublisherRecord {
    return {
      publisher: this.number,
      due: this.#due,
      sent: this.#sent,
      accepted: this.#accepted,
      refused: this.#refused,
      unexpected: this.#unexpected,
    }
  }

  close(): void {
    this.socket.close()
  }

  /** "Send again, with the same `client_msg_id`, what was sent and not answered"; and then what was due meanwhile. */
  #sendPending(): void {
    this.#backAt = this.#stage.now()
    for (const message of this.#pending.values()) this.#send(message)
  }

  /** Where there is no connection the message stays pending. */
  #send(message: Pending): void {
    const { now, tally } = this.#stage
    const sentAt = now()
    const payload = { room: this.#seat.room, client_msg_id: `m${message.number}`, text: message.text }
    const answered = (reply: Reply, arrivedAt: number) => this.#answered(message, reply, arrivedAt - sentAt)
    if (!this.socket.command('send_message', payload, answered) || message.isSent) return
    message.isSent = true
    this.#sent++
    // That it had no connection is no lateness of the generator.
    tally.sent(sentAt - Math.max(message.due, this.#backAt), sentAt)
  }

  #answered({ number }: Pending, reply: Reply, took: number): void {
    const { tally, roster, now } = this.#stage
    this.#pending.delete(number)
    if (reply.type === 'ok') {
      this.#accepted++
      tally.count('ack', took, now())
    } else {
      this.#refused.push(number)
      roster.note(`send_message answered with ${reply.payload.code}`)
    }
  }
}
