/** A subscriber that loses its connection once, comes back as a client should, and resumes where it was. */
import type { ReconnectWindow, RestoredRoom, Welcome } from '../../schemas/generated/chat.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import { waitBefore } from './backoff.ts'
import { type ChatSocket, openChat, type Reply } from './chat-socket.ts'
import { MessageReader, type Stamped } from './message-reader.ts'
import type { Stage } from './stage.ts'
import { giveUp, plannedFor, type Subscriber } from './subscriber.ts'
import { Subscription } from './subscription.ts'
import type { Seat } from './vu-messages.ts'

export interface ReturningSubscriber extends Subscriber {
  /** From now on its connection may end once; where it `closes` it does so itself. */
  expectLoss(closes: boolean): void
  /** Judges whether it was sent away and is back. */
  judgeReturn(): void
}

/** "Any other end of a connection" than the client's 1000 keeps the session; this code is one of its own. */
const STORM_CODE = 4900

/** What the `ok` to a subscribe and `welcome.rooms` tell of a room, as far as a server keeps to it. */
type Restored = Partial<Pick<RestoredRoom, 'epoch' | 'head_seq' | 'recovered' | 'replay_count'>>

export function subscribeAndReturn(seat: Seat, stage: Stage<PlayedWorkload<'reconnect'>>): ReturningSubscriber {
  const { share, clock, roster, tally, checks } = stage
  const { traffic, workload, origin } = share
  const reader = new MessageReader({ ...traffic, room: seat.room })
  const subscription = new Subscription(seat.number, plannedFor(seat, traffic))
  const member = roster.member(seat.role)
  const who = `subscriber ${seat.number}`
  let phase: 'entering' | 'there' | 'away' | 'back' = 'entering'
  let mayBeLost = false
  let session: string | undefined
  let epoch = ''
  let advised: ReconnectWindow | undefined
  /** The last seq of the replay; nothing is replayed at first. */
  let replayedTo = 0
  let [attempt, connectedAt, lostAt, late] = [0, clock.now(), 0, 0]

  const position = () => ({ epoch, seq: subscription.position })

  const receive = (stamped: Stamped, arrivedAt: number) => {
    const latency = arrivedAt - stamped.due
    const now = clock.now()
    tally.count('queue', now - arrivedAt, now)
    if (!subscription.arrived(stamped, latency > traffic.late_ms)) return true
    tally.count('delivery', latency, now)
    if (stamped.seq <= replayedTo) tally.count('replay', latency, now)
    return true
  }

  const subscribed = (reply: Reply) => {
    if (reply.type === 'error') return member.leave(`subscribe answered with ${reply.payload.code}`)
    const answer = reply.payload as Restored
    if (!Number.isSafeInteger(answer.head_seq)) return member.leave('subscribe answered without a head_seq')
    if (phase === 'back') return judgeRecovery(answer)
    epoch = `${answer.epoch}`
    subscription.startAfter(Number(answer.head_seq))
    phase = 'there'
    member.arrive()
  }

  const judgeRecovery = ({ recovered, replay_count, head_seq = 0, ...room }: Restored) => {
    const { seq } = position()
    const holds = recovered === true && room.epoch === epoch && replay_count === head_seq - seq
    checks.judge(
      'room_recovered',
      holds,
      () => `${who} came from seq ${seq}: head_seq ${head_seq}, recovered ${recovered}, replay_count ${replay_count}`,
    )
    replayedTo = head_seq
  }

  const returned = ({ payload }: Welcome, arrivedAt: number) => {
    phase = 'back'
    member.comeBack()
    // What this side was late with is told as `return_delay`.
    tally.count('recover', arrivedAt - lostAt - late, clock.now())
    const isResumed = payload.session.resumed === true && payload.session.id === session
    const breach = () => `${who} got session.resumed ${payload.session.resumed} (${payload.session.reason})`
    checks.judge('session_resumed', isResumed, breach)
    const room = payload.rooms.find(({ room }) => room === seat.room)
    if (room !== undefined && 'head_seq' in room) return judgeRecovery(room)
    // "Otherwise the server has forgotten the session, though not the rooms."
    socket.command('subscribe', { room: seat.room, position: position() }, subscribed)
  }

  const comeBack = () => {
    const wait = waitBefore(attempt, workload, Math.random(), advised)
    const due = clock.now() + wait
    setTimeout(() => {
      if (phase !== 'away' || stage.stopped()) return
      const delay = clock.now() - due
      tally.count('return_delay', delay, clock.now())
      late += delay
      attempt++
      socket = connect()
    }, wait)
  }

  const lost = (reason: string) => {
    if (phase === 'away') roster.note(`an attempt to come back failed: ${reason}`)
    else if (phase === 'there' && mayBeLost) goAway()
    else return member.leave(reason)
    comeBack()
  }

  const goAway = () => {
    phase = 'away'
    member.goAway()
    lostAt = clock.now()
  }

  const connect = (): ChatSocket => {
    connectedAt = clock.now()
    const hello = session === undefined ? {} : { session: { id: session }, positions: { [seat.room]: position() } }
    return openChat({ ...seat, origin, hello }, stage, {
      welcome(welcome, arrivedAt) {
        if (phase === 'away') return returned(welcome, arrivedAt)
        tally.count('connect', arrivedAt - connectedAt, clock.now())
        session = welcome.payload.session.id
        socket.command('subscribe', { room: seat.room }, subscribed)
      },
      frame(frame, arrivedAt) {
        const stamped = reader.scan(frame)
        return stamped !== undefined && receive(stamped, arrivedAt)
      },
      message(message, arrivedAt) {
        const stamped = reader.read(message)
        if (stamped === undefined) subscription.stray()
        else receive(stamped, arrivedAt)
      },
      event(event) {
        if (event.type !== 'draining') return
        advised = event.payload.reconnect_after
        mayBeLost = true
      },
      lost,
    })
  }
  let socket = connect()

  return {
    expectLoss(closes) {
      mayBeLost = true
      if (!closes || phase !== 'there') return
      socket.close(STORM_CODE)
      goAway()
      comeBack()
    },
    judgeReturn() {
      const holds = phase === 'back' && member.ready
      checks.judge('came_back', holds, () =>
        phase === 'there' ? `${who} was not sent away` : `${who} is ${phase} after ${attempt} attempts`,
      )
    },
    missing: () => (member.ready ? subscription.missing : 0),
    giveUp: () => giveUp(member, socket),
    record: () => (phase === 'entering' ? undefined : subscription.record()),
    close: () => socket.close(),
  }
}
