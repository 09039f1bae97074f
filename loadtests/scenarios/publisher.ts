/** A connection that publishes to one room and keeps the record of what became of its messages. */
import { type ChatSocket, openChat } from './chat-socket.ts'
import type { Publish } from './schedule.ts'
import type { Stage } from './stage.ts'
import { stampText } from './stamp.ts'
import { giveUp } from './subscriber.ts'
import type { PublisherRecord, Seat } from './vu-messages.ts'

export interface Publisher {
  readonly number: number
  readonly ready: boolean
  /** The messages a second that the server granted it at its welcome. */
  readonly grantedRate: number | undefined
  /** Sends the message whose intended time was `due`, on the clock, or takes note that it could not be sent. */
  publish(message: Publish, due: number): void
  /** Messages that were sent and not answered yet. */
  unanswered(): number
  giveUp(): void
  record(): PublisherRecord
  close(): void
}

export function publisher(seat: Seat, stage: Stage): Publisher {
  const { share, clock, roster, tally } = stage
  const member = roster.member(seat.role)
  const began = clock.now()
  const refused: number[] = []
  let [due, sent, accepted, unexpected] = [0, 0, 0, 0]
  let grantedRate: number | undefined

  const socket: ChatSocket = openChat({ ...seat, origin: share.origin }, stage, {
    welcome({ payload }, arrivedAt) {
      tally.count('connect', arrivedAt - began, clock.now())
      grantedRate = payload.limits.rate_per_s
      member.arrive()
    },
    message() {
      unexpected++
    },
    lost: member.leave,
  })
  return {
    number: seat.number,
    get ready() {
      return member.ready
    },
    get grantedRate() {
      return grantedRate
    },
    publish({ number }, intended) {
      due++
      const text = stampText({ publisher: seat.number, number, due: intended }, share.traffic.message_bytes)
      const message = { room: seat.room, client_msg_id: `m${number}`, text }
      const sentAt = clock.now()
      const isSent = socket.command('send_message', message, (reply, arrivedAt) => {
        if (reply.type === 'ok') {
          accepted++
          tally.count('ack', arrivedAt - sentAt, clock.now())
        } else {
          refused.push(number)
          roster.note(`send_message answered with ${reply.payload.code}`)
        }
      })
      if (!isSent) return
      sent++
      tally.sent(sentAt - intended, sentAt)
    },
    unanswered: () => (member.ready ? sent - accepted - refused.length : 0),
    giveUp: () => giveUp(member, socket),
    record: () => ({ publisher: seat.number, due, sent, accepted, refused, unexpected }),
    close: () => socket.close(),
  }
}
