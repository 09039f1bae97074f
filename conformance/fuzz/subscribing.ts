/** What the `ok` to a `subscribe` has to say, and a room of a resumed session in `welcome.rooms` alike. */
import type { OkPayloads, Position } from '../../schemas/generated/chat.ts'
import type { Limits } from '../../schemas/generated/tables.ts'
import { Finding } from '../runner/case.ts'
import { type Room, same } from './room.ts'

type Told = Omit<OkPayloads['subscribe'], 'presence'>

/** As of now; the function that is returned judges what the server then says. */
export function expectSubscribed(room: Room, user: string, position: Position | undefined, limits: Limits) {
  const head = room.head
  const mark = room.marks.get(user)
  const storedUntil = position === undefined ? 0 : room.storedUntil(position.seq + 1, limits)
  return (told: Told): void => {
    same('room', told.room, room.name)
    room.hasEpoch(told.epoch)
    same(`head_seq of ${room.name}`, told.head_seq, head)
    same(`read_seq of ${room.name}`, told.read_seq, mark)
    const actual = outcomeOf(told)
    if (position === undefined) same('without a position', actual, { recovered: false, replay_count: 0 })
    if (position === undefined) return
    const missed = head - position.seq
    const recovered = { recovered: true, replay_count: missed }
    const gap = (reason: string) => ({ recovered: false, replay_count: 0, gap: { reason } })
    const allowed = []
    if (position.epoch !== told.epoch) allowed.push(gap('epoch'))
    else if (missed < 0) allowed.push(gap('ahead'))
    else {
      const isStored = missed === 0 || performance.now() < storedUntil
      if (!isStored) allowed.push(gap('evicted'))
      allowed.push(missed > limits.replay_max ? gap('too_large') : recovered)
    }
    if (allowed.some((one) => JSON.stringify(one) === JSON.stringify(actual))) return
    throw new Finding(
      `${allowed.map((one) => JSON.stringify(one)).join(' or ')} from seq ${position.seq} of ${head}`,
      JSON.stringify(actual),
    )
  }
}

const outcomeOf = ({ recovered, replay_count, gap }: Told) => ({
  recovered,
  replay_count,
  ...(gap === undefined ? {} : { gap: { reason: gap.reason } }),
})
