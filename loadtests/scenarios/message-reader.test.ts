import t from 'tap'
import type { UserMessage } from '../../schemas/generated/chat.ts'
import { MalformedFrame, MessageReader } from './message-reader.ts'
import { stampText } from './stamp.ts'

const reader = new MessageReader({ room: 'load-x-0', sender_prefix: 'load-x-p', message_bytes: 128 })
const stamp = { publisher: 4, number: 17, due: 1234.567 }
const stamped = { ...stamp, seq: 42 }
const text = stampText(stamp, 128)
const payload = { room: 'load-x-0', epoch: 'e', seq: 42, message_id: 'm', from: { id: 'load-x-p4' }, text }
const message: UserMessage = { type: 'user_message', ts: '2026-01-01T00:00:00.000Z', payload }
const changed = (change: object) => ({ ...message, payload: { ...payload, ...change } }) as UserMessage
const frame = JSON.stringify(message)

const { seq, ...unnumbered } = payload
const reversed = Object.fromEntries(Object.entries(payload).reverse())
const FRAMES: readonly (readonly [title: string, frame: string, found: object | undefined])[] = [
  ['as servers write it', frame, stamped],
  ['whatever the order of the keys', JSON.stringify({ payload: reversed, type: 'user_message' }), stamped],
  ['with seq at the very end', JSON.stringify({ type: 'user_message', payload: { ...unnumbered, seq } }), stamped],
  ['with a space before the number', frame.replace('"seq":42', '"seq": 42'), stamped],
  ['with a number in another form', frame.replace('"seq":42', '"seq":4.2e1'), stamped],
  ['not where whitespace hides the type', JSON.stringify(message, null, 2), undefined],
  ['not where whitespace hides seq', frame.replace('"seq":', '"seq" :'), undefined],
  ['not where there are two', JSON.stringify({ ...message, seq: 7 }), undefined],
  ['not in another type', JSON.stringify({ ...message, type: 'notification' }), undefined],
]
for (const [title, frame, found] of FRAMES) {
  t.test(`scanning finds the stamp: ${title}`, async (t) => t.same(reader.scan(frame), found))
}

t.test('a parsed message tells its stamp too', async (t) => t.same(reader.read(message), stamped))

const STRAYS: readonly (readonly [title: string, message: UserMessage])[] = [
  ['of another room', changed({ room: 'load-x-1' })],
  ['of somebody else', changed({ text: 'hi' })],
]
for (const [title, stray] of STRAYS) {
  t.test(`a sound message ${title} has no stamp`, async (t) => {
    t.equal(reader.scan(JSON.stringify(stray)), undefined)
    t.equal(reader.read(stray), undefined)
  })
}

const BROKEN: readonly (readonly [fault: RegExp, message: UserMessage])[] = [
  [/text is not as it was sent/, changed({ text: text.slice(0, 40) })],
  [/from is not its sender/, changed({ from: { id: 'load-x-p5' } })],
  [/without from\.id/, changed({ from: null })],
  [/without a room/, changed({ room: undefined })],
  [/without a text/, changed({ text: undefined })],
  [/seq is no integer/, changed({ seq: 0 })],
  [/seq is no integer/, changed({ seq: 1.5 })],
  [/seq is no integer/, changed({ seq: '42' })],
  [/without a room/, { type: 'user_message' } as UserMessage],
  [/without a room/, { type: 'user_message', payload: null } as unknown as UserMessage],
]
for (const [fault, broken] of BROKEN) {
  t.test(`${JSON.stringify(broken)} is malformed`, async (t) => {
    t.equal(reader.scan(JSON.stringify(broken)), undefined)
    t.throws(() => reader.read(broken), MalformedFrame)
    t.throws(() => reader.read(broken), { message: fault })
  })
}
