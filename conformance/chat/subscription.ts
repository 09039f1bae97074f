/** Subscribing to rooms and leaving them. */
import { expectEqual } from '../actors/expect.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const subscription: readonly ChatCase[] = [
  chatCase('subscription/ok-carries-room-epoch-and-head', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const first = await alice.subscribed(room)
    expectEqual('head_seq of a new room', first.head_seq, 0)
    await alice.says(room, 'one')
    await alice.says(room, 'two')
    const bob = await world.ready('bob')
    const second = await bob.subscribed(room)
    expectEqual('room, epoch and head_seq', [second.room, second.epoch, second.head_seq], [room, first.epoch, 2])
  }),

  chatCase('subscription/without-position-is-live', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    await alice.says(room, 'before')
    const bob = await world.ready('bob')
    const { recovered, replay_count, gap } = await bob.subscribed(room)
    expectEqual('recovered, replay_count and gap', [recovered, replay_count, gap], [false, 0, undefined])
    await bob.fence()
    expectEqual('messages to bob', bob.seen('user_message').length, 0)
  }),

  chatCase('subscription/ok-precedes-events', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const bob = await world.ready('bob')
    // Messages are under way from before bob subscribes until the ok is there; whichever reach bob, the ok comes first.
    const { rate_burst: burst } = alice.welcome.payload.limits
    const subscribe = bob.send('subscribe', { room })
    for (let n = 1; n < burst - 1 && !bob.replies().includes(subscribe); n += 1) await alice.says(room, `n${n}`)
    await bob.ok(subscribe)
    await alice.says(room, 'last')
    await bob.hearsText('last')
    const [first] = bob.received().filter(({ type }) => type === 'ok' || type === 'user_message')
    expectEqual('the first of ok and user_message', first?.type, 'ok')
  }),

  chatCase('subscription/live-from-head', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    await alice.says(room, 'before')
    const bob = await world.ready('bob')
    const { head_seq: head } = await bob.subscribed(room)
    await alice.says(room, 'after')
    const heard = await bob.next('user_message')
    expectEqual('seq and text', [heard.payload.seq, heard.payload.text], [head + 1, 'after'])
    expectEqual('replay', heard.payload.replay ?? false, false)
  }),

  chatCase('subscription/unsubscribe-without-subscription-is-ok', async (world) => {
    const alice = await world.ready('alice')
    const ok = await alice.ok<'unsubscribe'>(alice.send('unsubscribe', { room: world.room() }))
    expectEqual('ok.room', ok.room, world.room())
  }),

  chatCase('subscription/no-events-after-unsubscribe', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const bob = await world.member('bob', room)
    await bob.ok(bob.send('unsubscribe', { room }))
    await alice.says(room, 'unheard')
    // What bob hears next is what was sent next: the message between them never came.
    await bob.subscribed(room)
    await alice.says(room, 'heard')
    expectEqual('text', (await bob.next('user_message')).payload.text, 'heard')
    expectEqual('messages to bob', bob.seen('user_message').length, 1)
  }),

  chatCase('subscription/duplicate-subscribe-is-answered', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    await alice.says(room, 'one')
    const again = await alice.subscribed(room)
    expectEqual('head_seq', again.head_seq, 1)
    await alice.says(room, 'two')
    await alice.says(room, 'three')
    await alice.hearsText('three')
    const texts = alice.seen('user_message').map(({ payload }) => payload.text)
    expectEqual('texts', texts, ['one', 'two', 'three'])
  }),

  chatCase('subscription/one-of-two-connections-unsubscribes', async (world) => {
    const room = world.room()
    const sub = world.user('alice')
    const phone = await world.member('phone', room, { claims: { sub } })
    const laptop = await world.member('laptop', room, { claims: { sub } })
    await phone.ok(phone.send('unsubscribe', { room }))
    await laptop.says(room, 'still here')
    expectEqual('text', (await laptop.next('user_message')).payload.text, 'still here')
  }),

  chatCase('subscription/over-max-rooms-is-limit-exceeded', async (world) => {
    const alice = (await world.ready('alice')).crowding()
    const { max_rooms: max, rate_burst: burst } = alice.welcome.payload.limits
    world.fits(max + 4, burst, 'max_rooms', 'rate_burst')
    for (let n = 1; n <= max; n += 1) await alice.subscribed(world.room(`r${n}`))
    await alice.refused(alice.send('subscribe', { room: world.room('one-more') }), 'limit_exceeded')
    // A room that is subscribed already is not one more, and an unsubscribe makes place.
    await alice.subscribed(world.room('r1'))
    await alice.ok(alice.send('unsubscribe', { room: world.room('r1') }))
    await alice.subscribed(world.room('one-more'))
  }),

  chatCase('subscription/me-is-forbidden', async (world) => {
    const alice = await world.ready('alice', { claims: { rooms: ['*'] } })
    await alice.refused(alice.send('subscribe', { room: '@me' }), 'forbidden')
    await alice.refused(alice.send('unsubscribe', { room: '@me' }), 'forbidden')
    await alice.refused(alice.send('send_message', { room: '@me', client_msg_id: 'm1', text: 'hi' }), 'forbidden')
    const { features } = alice.welcome.payload
    const room = '@me'
    if (features.includes('typing')) await alice.refused(alice.send('typing', { room, state: 'start' }), 'forbidden')
    if (features.includes('signal'))
      await alice.refused(alice.send('signal', { room, name: 'cursor', data: {} }), 'forbidden')
    if (features.includes('read')) await alice.refused(alice.send('mark_read', { room, seq: 1 }), 'forbidden')
    if (features.includes('presence')) await alice.refused(alice.send('presence_get', { room }), 'forbidden')
    if (features.includes('history')) await alice.ok(alice.send('history', { room }))
  }),

  chatCase('subscription/requests-in-arrival-order', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    // In one write, and nobody waits for an answer: subscribed, heard, unsubscribed, not heard, subscribed again, heard.
    alice.connection.together(() => {
      alice.send('subscribe', { room })
      alice.sends(room, 'heard')
      alice.send('unsubscribe', { room })
      alice.sends(room, 'unheard')
      alice.send('subscribe', { room }, 'again')
    })
    const { head_seq: head } = await alice.ok<'subscribe'>('again')
    expectEqual('head_seq', head, 2)
    await alice.says(room, 'heard again')
    await alice.fence()
    const texts = alice.seen('user_message').map(({ payload }) => payload.text)
    expectEqual('texts', texts, ['heard', 'heard again'])
  }),
]
