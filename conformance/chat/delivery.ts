/** From `send_message` to every subscriber: acceptance, numbering, order, and what the message looks like when it arrives. */
import type { OkPayloads, UserMessage } from '../../schemas/generated/chat.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const delivery: readonly ChatCase[] = [
  chatCase('delivery/ok-carries-place-and-id', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const sent = await alice.says(room, 'hello')
    const heard = await alice.next('user_message')
    expectEqual(
      'room, epoch, seq, message_id and ts of the ok and of the message',
      place(sent),
      place({ ...heard.payload, ts: heard.ts }),
    )
  }),

  chatCase('delivery/reaches-every-subscriber', async (world) => {
    const room = world.room()
    const members = await Promise.all(['alice', 'bob', 'carol', 'dave'].map((name) => world.member(name, room)))
    const [alice] = members
    await alice?.says(room, 'to all')
    const heard = await Promise.all(members.map((member) => member.next('user_message')))
    for (const one of heard) expectEqual('the frame', one, heard[0])
  }),

  chatCase('delivery/sender-hears-itself', async (world) => {
    const room = world.room()
    const sub = world.user('alice')
    const phone = await world.member('phone', room, { claims: { sub } })
    const laptop = await world.member('laptop', room, { claims: { sub } })
    await phone.says(room, 'mine')
    for (const device of [phone, laptop]) expectEqual('text', (await device.next('user_message')).payload.text, 'mine')
  }),

  chatCase('delivery/needs-no-subscription-to-send', async (world) => {
    const room = world.room()
    const bob = await world.member('bob', room)
    const alice = await world.ready('alice')
    await alice.says(room, 'from outside')
    expectEqual('text', (await bob.next('user_message')).payload.text, 'from outside')
    await alice.fence()
    expectEqual('messages to alice', alice.seen('user_message').length, 0)
  }),

  chatCase('delivery/seq-is-contiguous', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const bob = await world.member('bob', room)
    for (let n = 1; n <= 10; n += 1) await alice.says(room, `n${n}`)
    await bob.hearsText('n10')
    const seqs = bob.seen('user_message').map(({ payload }) => payload.seq)
    expectEqual('seq', seqs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  }),

  chatCase('delivery/all-see-the-same-order', async (world) => {
    const room = world.room()
    const members = await Promise.all(['alice', 'bob', 'carol'].map((name) => world.member(name, room)))
    // All at once: nobody waits for an answer before sending on.
    const ids = members.map((member) => Array.from({ length: 8 }, (_, n) => member.sends(room, `${member.name} ${n}`)))
    for (const [at, member] of members.entries()) for (const id of ids[at] ?? []) await member.ok(id)
    const last = members.length * 8
    for (const member of members)
      await member.until((one) => one.type === 'user_message' && one.payload.seq === last, `seq ${last}`)
    const orders = members.map((member) => member.seen('user_message').map(summary))
    expectEqual(
      'seq',
      orders[0]?.map(({ seq }) => seq),
      Array.from({ length: last }, (_, n) => n + 1),
    )
    for (const order of orders) expectEqual('the order', order, orders[0])
  }),

  chatCase('delivery/from-is-the-tokens-user', async (world) => {
    const room = world.room()
    const bob = await world.member('bob', room)
    const alice = await world.ready('alice', { claims: { name: 'Alice ✨' } })
    alice.sendJson({ type: 'send_message', id: 'x1', payload: { ...body(room, 'hi'), from: { id: 'mallory' } } })
    const { payload } = await bob.next('user_message')
    expectEqual('from', payload.from, { id: world.user('alice'), name: 'Alice ✨' })
  }),

  chatCase('delivery/text-is-untouched', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    for (const text of ['  spaces \n\t kept  ', 'e\u0301 is not \u00e9', '<b>&amp;</b>\u0000\u2028', '😀'.repeat(3)]) {
      await alice.says(room, text)
      expectEqual('text', (await alice.next('user_message')).payload.text, text)
    }
  }),

  chatCase('delivery/optional-fields-are-relayed', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const extra = {
      content_type: 'text/markdown' as const,
      reply_to_message_id: 'm-0',
      metadata: { nested: { list: [1, 2.5, null, true, 'ü'] }, large: Number.MAX_SAFE_INTEGER, digits: '9'.repeat(20) },
    }
    await alice.ok(alice.send('send_message', { ...body(room, '*hi*'), ...extra }))
    const { content_type, reply_to_message_id, metadata, client_msg_id } = (await alice.next('user_message')).payload
    expectEqual(
      'fields',
      { content_type, reply_to_message_id, metadata, client_msg_id },
      { ...extra, client_msg_id: 'm1' },
    )
  }),

  chatCase('delivery/reply-target-is-not-looked-up', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const reply = { ...body(room, 'indeed'), reply_to_message_id: 'no-such-message' }
    await alice.ok(alice.send('send_message', reply))
    const { payload } = await alice.next('user_message')
    expectEqual('reply_to_message_id', payload.reply_to_message_id, reply.reply_to_message_id)
  }),

  chatCase('delivery/rooms-count-apart', async (world) => {
    const [here, there] = [world.room('here'), world.room('there')]
    const alice = await world.ready('alice')
    const seqs: unknown[] = []
    for (const room of [here, there, here, there, there]) seqs.push((await alice.says(room, 'hi')).seq)
    expectEqual('seq', seqs, [1, 1, 2, 2, 3])
  }),

  chatCase('delivery/message-ids-differ', async (world) => {
    const [here, there] = [world.room('here'), world.room('there')]
    const alice = await world.ready('alice')
    const ids = new Set<string>()
    for (const room of [here, there, here, here, there]) ids.add((await alice.says(room, 'same text')).message_id)
    expectEqual('distinct message ids of 5 messages', ids.size, 5)
  }),

  chatCase('delivery/refused-is-not-delivered', async (world) => {
    const room = world.room()
    const bob = await world.member('bob', room)
    const reader = await world.ready('reader', { claims: { rooms: null, rooms_read: [`${world.stage.name}.*`] } })
    const alice = await world.ready('alice')
    await alice.says(room, 'one')
    await reader.refused(reader.sends(room, 'not mine to send'), 'forbidden')
    alice.sendJson({ type: 'send_message', id: 'x1', payload: { ...body(room, 'hi'), text: '' } })
    await alice.refused('x1', 'invalid_payload')
    await alice.says(room, 'two')
    await bob.hearsText('two')
    const heard = bob.seen('user_message').map(({ payload }) => [payload.seq, payload.text])
    expectEqual('seq and text', heard, [
      [1, 'one'],
      [2, 'two'],
    ])
  }),

  chatCase('delivery/a-broken-reader-harms-nobody', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const gone = await world.member('gone', room)
    const bob = await world.member('bob', room)
    await alice.says(room, 'one')
    gone.connection.destroy()
    for (let n = 2; n <= 10; n += 1) await alice.says(room, `n${n}`)
    await bob.hearsText('n10')
    expectEqual('messages to bob', bob.seen('user_message').length, 10)
  }),

  chatCase('delivery/stays-in-its-room', async (world) => {
    const [here, there] = [world.room('here'), world.room('there')]
    const alice = await world.member('alice', here)
    const bob = await world.member('bob', there)
    await alice.says(here, 'here')
    await alice.says(there, 'there')
    expectEqual('text', (await bob.next('user_message')).payload.text, 'there')
    expectEqual('messages to bob', bob.seen('user_message').length, 1)
  }),

  chatCase('delivery/longest-text-is-accepted', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    // Two UTF-16 units and four octets each.
    const longest = '😀'.repeat(4000)
    await alice.says(room, longest)
    expectEqual('text', (await alice.next('user_message')).payload.text, longest)
    alice.sendJson({ type: 'send_message', id: 'x1', payload: { room, client_msg_id: 'm1', text: `${longest}😀` } })
    await alice.refused('x1', 'invalid_payload')
    alice.sendJson({ type: 'send_message', id: 'x2', payload: { room, client_msg_id: 'm1', text: 'x'.repeat(4001) } })
    await alice.refused('x2', 'invalid_payload')
    alice.sendJson({ type: 'send_message', id: 'x3', payload: { room, client_msg_id: 'm1', text: '' } })
    await alice.refused('x3', 'invalid_payload')
  }),

  chatCase('delivery/one-senders-order-is-kept', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const texts = Array.from({ length: 16 }, (_, n) => `n${n}`)
    for (const text of texts) alice.sends(room, text)
    await alice.hearsText('n15')
    const heard = alice.seen('user_message').map(({ payload }) => payload.text)
    expectEqual('texts', heard, texts)
  }),

  chatCase('delivery/metadata-over-2048-octets-is-too-large', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    await alice.ok(alice.send('send_message', { ...body(room, 'small'), metadata: { fill: 'x'.repeat(1536) } }))
    const large = { ...body(room, 'large'), client_msg_id: 'm2', metadata: { fill: 'x'.repeat(3072) } }
    await alice.refused(alice.send('send_message', large), 'payload_too_large')
    // Octets, not characters: 1024 of these are 3072 octets.
    const wide = { ...body(room, 'wide'), client_msg_id: 'm3', metadata: { fill: '€'.repeat(1024) } }
    await alice.refused(alice.send('send_message', wide), 'payload_too_large')
  }),

  chatCase('delivery/ok-follows-acceptance', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const bob = await world.ready('bob')
    const sent = await alice.says(room, 'accepted')
    // Whoever subscribes after the ok finds the message behind the head.
    const { head_seq: head } = await bob.subscribed(room)
    expectTrue(`a head of at least ${sent.seq} after its ok`, head >= Number(sent.seq), `head_seq ${head}`)
  }),
]

const body = (room: string, text: string) => ({ room, client_msg_id: 'm1', text })
const summary = ({ payload }: UserMessage) => ({ seq: payload.seq, text: payload.text, message_id: payload.message_id })
const place = ({ room, epoch, seq, message_id, ts }: OkPayloads['send_message']) => ({
  room,
  epoch,
  seq,
  message_id,
  ts,
})
