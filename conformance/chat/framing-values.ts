/** Fields and values: what is not named, what is no integer, and what languages read differently. */
import { expectEqual } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const framingValues: readonly ChatCase[] = [
  chatCase('framing/unknown-fields-are-ignored', async (world) => {
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'ping', id: 'x1', payload: { future: { deep: [1] } }, future: true })
    await alice.until((frame) => frame.type === 'pong' && frame.reply_to === 'x1', 'a pong')
  }),

  chatCase('framing/unknown-fields-are-not-relayed', async (world) => {
    const alice = await world.member('alice')
    const bob = await world.member('bob')
    alice.sendJson({
      type: 'send_message',
      id: 'x1',
      future: 1,
      payload: { room: world.room(), client_msg_id: 'm1', text: 'hi', future: 'relayed?' },
    })
    const heard = await bob.next('user_message')
    expectEqual('unknown fields', JSON.stringify(heard).includes('future'), false)
  }),

  chatCase('framing/integral-float-is-an-integer', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    for (const [at, right] of ['1', '1.0', '1e0', '10e-1'].entries()) {
      alice.sendText(subscribe(room, `x${at}`, right))
      await alice.ok(`x${at}`)
    }
  }),

  chatCase('framing/only-numbers-are-integers', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    for (const [at, wrong] of ['true', '"1"', '1.5', '[1]', '-1'].entries()) {
      alice.sendText(subscribe(room, `x${at}`, wrong))
      await alice.refused(`x${at}`, 'invalid_payload')
      await alice.ok(alice.send('unsubscribe', { room }))
    }
  }),

  chatCase('framing/null-is-not-absent', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const message = { room, client_msg_id: 'm1', text: 'hello' }
    const nulls = [
      { type: 'ping', payload: { nonce: null } },
      { type: 'subscribe', payload: { room, position: null } },
      { type: 'subscribe', payload: { room, presence: null } },
      ...['content_type', 'reply_to_message_id', 'metadata'].map((field) => ({
        type: 'send_message',
        payload: { ...message, [field]: null },
      })),
    ]
    for (const [at, one] of nulls.entries()) {
      alice.sendJson({ ...one, id: `x${at}` })
      await alice.refused(`x${at}`, 'invalid_payload')
      await alice.ok(alice.send('unsubscribe', { room }))
    }
    await alice.ok(alice.send('send_message', message))
  }),

  chatCase('framing/patterns-match-the-whole-string', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const message = { room, client_msg_id: 'm1', text: 'hello' }
    // In some languages `$` also matches before a final newline.
    const wrong = [
      { type: 'subscribe', id: 'x1', payload: { room: `${room}\n` } },
      { type: 'send_message', id: 'x2', payload: { ...message, client_msg_id: 'm1\n' } },
      { type: 'send_message', id: 'x3', payload: { ...message, room: `${room}\n` } },
    ]
    for (const one of wrong) {
      alice.sendJson(one)
      await alice.refused(one.id, 'invalid_payload')
    }
    alice.sendJson({ type: 'ping', id: 'x4\n', payload: {} })
    const { payload, reply_to } = await alice.next('error')
    expectEqual('code and reply_to', [payload.code, reply_to], ['invalid_payload', undefined])
    await alice.ok(alice.send('send_message', message))
  }),

  chatCase('framing/lone-surrogate-is-invalid-payload', async (world) => {
    const alice = await world.member('alice')
    alice.sendText(sending(world, '"text":"\\ud800"'))
    await alice.refused('x1', 'invalid_payload')
    alice.sendText(sending(world, '"text":"hi","metadata":{"\\udfff":1}').replace('x1', 'x2'))
    await alice.refused('x2', 'invalid_payload')
    // A pair, written as escapes, is one code point.
    alice.sendText(sending(world, '"text":"\\ud83d\\ude00"').replace('x1', 'x3'))
    expectEqual('text', (await alice.next('user_message')).payload.text, '😀')
  }),

  chatCase('framing/proto-keys-are-inert', async (world) => {
    const alice = await world.member('alice')
    const metadata = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'
    alice.sendText(sending(world, `"text":"hi","metadata":${metadata},"__proto__":{"polluted":true}`))
    const answer = await alice.until(
      (frame) => (frame.type === 'ok' || frame.type === 'error') && frame.reply_to === 'x1',
      'an answer',
    )
    if (answer.type === 'error') expectEqual('error.code', answer.payload.code, 'invalid_payload')
    const bob = await world.member('bob', world.room('other'))
    bob.send('send_message', { room: world.room('other'), client_msg_id: 'm1', text: 'clean' })
    const clean = await bob.next('user_message')
    expectEqual('"polluted" in a later message', JSON.stringify(clean).includes('polluted'), false)
  }),

  chatCase('framing/duplicate-key-never-first-wins', async (world) => {
    const alice = await world.member('alice')
    alice.sendText(sending(world, '"text":"first","text":"last"'))
    const outcome = await alice.answerOrEnd('x1')
    if ('kind' in outcome) await alice.closes(4000)
    else expectEqual('text', (await alice.next('user_message')).payload.text, 'last')
  }),
]

const sending = (world: World, fields: string) =>
  `{"type":"send_message","id":"x1","payload":{"room":"${world.room()}","client_msg_id":"m1",${fields}}}`

/** A `subscribe` with a position, whose seq is spelt out. */
const subscribe = (room: string, id: string, seq: string) =>
  `{"type":"subscribe","id":"${id}","payload":{"room":"${room}","position":{"epoch":"e","seq":${seq}}}}`
