import t from 'tap'
import type { UserMessage } from '../../schemas/generated/chat.ts'
import { readStamp, scanFrame, stampText } from './stamp.ts'

const text = stampText({ publisher: 4, number: 17, due: 1234.567 }, 128)
const stamped = { publisher: 4, number: 17, due: 1234.567, seq: 42 }
const payload = { room: 'r', epoch: 'e', seq: 42, message_id: 'm', from: { id: 'shakedown' }, text }
const message: UserMessage = { type: 'user_message', ts: '2026-01-01T00:00:00.000Z', payload }

t.test('a text has the length that was asked for', async (t) => {
  t.equal(text.length, 128)
  t.equal(stampText({ publisher: 9999, number: 99_999_999, due: 86_400_000 }, 64).length, 64)
})

t.test('the stamp is found in a frame without parsing it', async (t) => {
  t.same(scanFrame(JSON.stringify(message)), stamped)
})

const { seq, ...unnumbered } = payload
const reversed = Object.fromEntries(Object.entries(payload).reverse())
const FRAMES: readonly (readonly [title: string, frame: string, found: object | undefined])[] = [
  ['whatever the order of the keys', JSON.stringify({ payload: reversed, type: 'user_message' }), stamped],
  ['with seq at the very end', JSON.stringify({ type: 'user_message', payload: { ...unnumbered, seq } }), stamped],
  ['with a space before the number', JSON.stringify(message).replace('"seq":42', '"seq": 42'), stamped],
  ['with a number in another form', JSON.stringify(message).replace('"seq":42', '"seq":4.2e1'), stamped],
  ['not where whitespace hides the type', JSON.stringify(message, null, 2), undefined],
  ['not where whitespace hides seq', JSON.stringify(message).replace('"seq":', '"seq" :'), undefined],
  ['not where there are two', JSON.stringify({ ...message, seq: 7 }), undefined],
  ['not in a message of somebody else', JSON.stringify({ ...message, payload: { ...payload, text: 'hi' } }), undefined],
  ['not in another type', JSON.stringify({ ...message, type: 'notification' }), undefined],
  ['not where it is cut off', JSON.stringify({ ...message, payload: { ...payload, text: 'shakedown 4' } }), undefined],
]
for (const [title, frame, found] of FRAMES) {
  t.test(`scanning finds the stamp: ${title}`, async (t) => t.same(scanFrame(frame), found))
}

t.test('a parsed message tells its stamp too, if it has one', async (t) => {
  t.same(readStamp(message), stamped)
  t.equal(readStamp({ ...message, payload: { ...payload, text: 'hello' } }), undefined)
})
