/** What comes back with a session: its rooms, as they were, but for those that the token does not open. */
import { expectEqual } from '../actors/expect.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { roomsOf } from './session.ts'

export const sessionRooms: readonly ChatCase[] = [
  chatCase(
    'session/restores-lost-rooms',
    async (world) => {
      const [here, there] = [world.room('here'), world.room('there')]
      const alice = await world.ready('alice')
      for (const room of [here, there]) await alice.subscribed(room)
      alice.connection.destroy()
      const again = await world.back(alice)
      expectEqual('rooms', roomsOf(again), ['@me', here, there].sort())
      const bob = await world.ready('bob')
      for (const room of [here, there]) {
        await bob.says(room, `to ${room}`)
        await again.hearsText(`to ${room}`)
      }
    },
    {
      of: ['session/restores-subscriptions'],
      title: 'The rooms of the lost connection are listed, and heard without a subscribe.',
    },
  ),

  chatCase(
    'session/restores-what-was-restored',
    async (world) => {
      const [first, second] = [world.room('first'), world.room('second')]
      const alice = await world.member('alice', first)
      alice.connection.destroy()
      const again = await world.back(alice)
      await again.subscribed(second)
      again.connection.destroy()
      const third = await world.back(again)
      expectEqual('rooms', roomsOf(third), ['@me', first, second].sort())
      const bob = await world.ready('bob')
      for (const room of [first, second]) {
        await bob.says(room, `to ${room}`)
        await third.hearsText(`to ${room}`)
      }
      expectEqual('messages to alice', third.seen('user_message').length, 2)
    },
    {
      of: ['session/restores-subscriptions'],
      title: 'What was restored is restored again, beside what was subscribed since.',
    },
  ),

  chatCase(
    'session/restored-rooms-count',
    async (world) => {
      const alice = await world.ready('alice')
      const { max_rooms: max, rate_burst: burst } = alice.welcome.payload.limits
      world.fits(max + 3, burst, 'max_rooms', 'rate_burst')
      for (let n = 1; n <= max; n += 1) await alice.subscribed(world.room(`r${n}`))
      alice.connection.destroy()
      const again = (await world.back(alice)).crowding()
      expectEqual('rooms, beside @me', roomsOf(again).length, max + 1)
      await again.refused(again.send('subscribe', { room: world.room('one-more') }), 'limit_exceeded')
      await again.ok(again.send('unsubscribe', { room: world.room('r1') }))
      await again.subscribed(world.room('one-more'))
    },
    {
      of: ['session/restores-subscriptions'],
      title: 'Rooms that are restored are subscribed, and count in max_rooms.',
    },
  ),

  chatCase('session/left-rooms-are-not-restored', async (world) => {
    const [left, kept] = [world.room('left'), world.room('kept')]
    const alice = await world.ready('alice')
    for (const room of [left, kept]) await alice.subscribed(room)
    await alice.ok(alice.send('unsubscribe', { room: left }))
    alice.connection.destroy()
    const again = await world.back(alice, { [left]: { epoch: 'e', seq: 0 } })
    expectEqual('rooms', roomsOf(again), ['@me', kept])
    const bob = await world.ready('bob')
    await bob.says(left, 'unheard')
    await bob.says(kept, 'heard')
    expectEqual('text', (await again.next('user_message')).payload.text, 'heard')
  }),

  chatCase('session/forbidden-room-is-not-restored', async (world) => {
    const [open, shut] = [world.room('open'), world.room('shut')]
    const alice = await world.ready('alice')
    const { epoch } = await alice.subscribed(shut)
    await alice.subscribed(open)
    const bob = await world.ready('bob')
    await bob.says(shut, 'missed')
    alice.connection.destroy()
    const again = await world.back(alice, { [shut]: { epoch, seq: 0 } }, { claims: { rooms: [open] } })
    const { rooms } = again.welcome.payload
    expectEqual(
      'the entry of the room',
      rooms.filter((entry) => entry.room === shut),
      [{ room: shut, code: 'forbidden' }],
    )
    expectEqual('rooms', roomsOf(again), ['@me', open, shut].sort())
    await bob.says(shut, 'unheard')
    await bob.says(open, 'heard')
    expectEqual('text', (await again.next('user_message')).payload.text, 'heard')
  }),

  chatCase('session/welcome-omits-presence', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    world.needs(alice.welcome, 'presence')
    await alice.ok(alice.send('subscribe', { room, presence: true }))
    alice.connection.destroy()
    const again = await world.back(alice)
    expectEqual('rooms', roomsOf(again), ['@me', room].sort())
    const snapshots = again.welcome.payload.rooms.filter((one) => 'presence' in one)
    expectEqual(
      'rooms with a snapshot of presence',
      snapshots.map((one) => one.room),
      [],
    )
  }),

  chatCase('session/restores-presence-flag', async (world) => {
    const [watched, unwatched] = [world.room('watched'), world.room('unwatched')]
    const alice = await world.ready('alice')
    world.needs(alice.welcome, 'presence')
    await alice.ok(alice.send('subscribe', { room: watched, presence: true }))
    await alice.subscribed(unwatched)
    alice.connection.destroy()
    const again = await world.back(alice)
    const bob = await world.member('bob', unwatched)
    await bob.subscribed(watched)
    const { payload } = await again.until(
      (one): one is Extract<typeof one, { type: 'presence' }> =>
        one.type === 'presence' && one.payload.user.id === world.user('bob'),
      'a presence of bob',
    )
    expectEqual('room and event', [payload.room, payload.event], [watched, 'join'])
  }),
]
