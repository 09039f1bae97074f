import t from 'tap'
import type * as Chat from '../schemas/generated/chat.ts'
import { PROFILES } from '../schemas/generated/tables.ts'
import type { Draft } from './bus.ts'
import { InProcessBus } from './in-process-bus.ts'
import { type Membership, Rooms } from './rooms.ts'
import { draftOf } from './stored-message.ts'

const LIMITS = { ...PROFILES.test, replay_max: 3, history_max: 1 }
const draft = (n: number, payload: Partial<Chat.SendMessage['payload']> = {}, sub = 'alice'): Draft => {
  const required = { room: 'lobby', client_msg_id: `m${n}`, text: `text ${n}` }
  const message: Chat.SendMessage = { type: 'send_message', id: 'm', payload: { ...required, ...payload } }
  return draftOf(message, { sub, exp: 0, grants: { read: [], write: [] } })
}

class Reader {
  readonly id = 'reader'
  readonly seqs: number[] = []
  deliver(frame: Buffer) {
    this.seqs.push(JSON.parse(frame.toString()).payload.seq)
  }
  offer(frame: Buffer) {
    this.deliver(frame)
  }
  resync() {
    this.seqs.push(Number.NaN)
  }
  isBehind() {
    return false
  }
  async caughtUp() {}
}

function world() {
  const bus = new InProcessBus(LIMITS)
  const publish = async (count: number, from = 1, room = 'lobby') => {
    for (let n = from; n < from + count; n++) await bus.publish(room, draft(n))
  }
  return { bus, rooms: new Rooms(bus, LIMITS.replay_max), publish }
}

t.test('every member gets the same contiguous numbers, from its own head on', async (t) => {
  const { rooms, publish } = world()
  const [early, late] = [new Reader(), new Reader()]
  ;(await rooms.join('lobby', early)).release()
  await publish(2)
  const member = await rooms.join('lobby', late)
  t.equal(member.head, 2)
  member.release()
  await Promise.all([publish(10, 3), publish(10, 13), publish(5, 1, 'elsewhere')])
  t.strictSame(
    early.seqs,
    Array.from({ length: 22 }, (_, n) => n + 1),
  )
  t.strictSame(late.seqs, early.seqs.slice(2))
})

t.test('what is published before the release comes at the release', async (t) => {
  const { rooms, publish } = world()
  const reader = new Reader()
  const member = await rooms.join('lobby', reader)
  await publish(2)
  t.strictSame(reader.seqs, [])
  member.release()
  await publish(1, 3)
  t.strictSame(reader.seqs, [1, 2, 3])
})

t.test('a second membership takes the place of the first without a gap', async (t) => {
  const { rooms, publish } = world()
  const reader = new Reader()
  const first = await rooms.join('lobby', reader)
  first.release()
  const joining = rooms.join('lobby', reader, first)
  const publishing = publish(3)
  const second = await joining
  second.release()
  await publishing
  await publish(1, 4)
  t.strictSame(reader.seqs, [1, 2, 3, 4])
})

t.test('a leave while another joins does not close the room under it', async (t) => {
  const { rooms, publish } = world()
  const [alice, bob] = [new Reader(), new Reader()]
  const member = await rooms.join('lobby', alice)
  member.release()
  const joining = rooms.join('lobby', bob)
  rooms.leave('lobby', member)
  ;(await joining).release()
  await publish(2)
  t.strictSame([alice.seqs, bob.seqs], [[], [1, 2]])
})

t.test('an epoch outlives its last member', async (t) => {
  const { rooms, publish } = world()
  const member = await rooms.join('lobby', new Reader())
  rooms.leave('lobby', member)
  await publish(1)
  const again = await rooms.join('lobby', new Reader())
  t.strictSame([again.epoch, again.head], [member.epoch, 1])
})

t.test('a position gets all that it missed, or the first reason why not', async (t) => {
  const { rooms, publish } = world()
  await publish(8)
  const member: Membership = await rooms.join('lobby', new Reader())
  const { epoch } = member
  const recover = async (seq: number, of = epoch) => {
    const { recovered, replay, gap } = await rooms.recover('lobby', member, { epoch: of, seq })
    return [recovered, replay.map((entry) => entry.seq), gap?.reason]
  }
  t.strictSame(await recover(8), [true, [], undefined])
  t.strictSame(await recover(5), [true, [6, 7, 8], undefined])
  t.strictSame(await recover(4), [false, [], 'too_large'])
  t.strictSame(await recover(1), [false, [], 'evicted'])
  t.strictSame(await recover(9), [false, [], 'ahead'])
  t.strictSame(await recover(9, 'other'), [false, [], 'epoch'])
})

t.test('the same message again is a duplicate, other content a conflict, another sender neither', async (t) => {
  const { bus } = world()
  const metadata = { a: 1, b: [{ c: 2, d: 3 }] }
  const first = await bus.publish('lobby', draft(1, { metadata }))
  const same = draft(1, { content_type: 'text/plain', metadata: { b: [{ d: 3, c: 2 }], a: 1 } })
  t.match(await bus.publish('lobby', same), { ...first, outcome: 'duplicate' })
  t.strictSame(await bus.publish('lobby', draft(1, { text: 'other', metadata })), { outcome: 'conflict' })
  t.match(await bus.publish('lobby', draft(1, {}, 'bob')), { outcome: 'accepted', entry: { seq: 2 } })
})
