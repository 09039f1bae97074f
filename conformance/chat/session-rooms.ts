/** What comes back with a session: its rooms, each from its position or live. */
import type { Position } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import type { Ready } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { sessionOf } from './session.ts'
import { talk, unmarked } from './talk.ts'

export const sessionRooms: readonly ChatCase[] = [
  chatCase('session/restores-subscriptions', async (world) => {
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
  }),

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
      const again = await world.back(alice)
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

  chatCase('session/positions-replay', async (world) => {
    const one = await talk(world, 3, world.room('one'))
    const two = await talk(world, 2, world.room('two'))
    const { term } = one
    const reader = await world.ready('reader')
    for (const { room } of [one, two]) await reader.subscribed(room)
    reader.connection.destroy()
    await two.alice.says(two.room, 'n3')
    const again = await world.back(reader, {
      [one.room]: { epoch: one.epoch, seq: 1 },
      [two.room]: { epoch: two.epoch, seq: 2 },
    })
    const places = [one, two].map(({ room }) => placeOf(again, room))
    const recovered = { recovered: true, head_seq: 3 }
    term.judge(() =>
      expectEqual('the two rooms', places, [
        { ...recovered, room: one.room, epoch: one.epoch, replay_count: 2 },
        { ...recovered, room: two.room, epoch: two.epoch, replay_count: 1 },
      ]),
    )
    for (const { room, alice } of [one, two]) {
      await alice.says(room, `live in ${room}`)
      await again.hearsText(`live in ${room}`)
    }
    expectEqual('the first frame', again.received()[0]?.type, 'welcome')
    expectEqual('seq and replay in one', heardIn(again, one.room), [
      [2, true],
      [3, true],
      [4, false],
    ])
    expectEqual('seq and replay in two', heardIn(again, two.room), [
      [3, true],
      [4, false],
    ])
    const replayed = again.seen('user_message').filter(({ payload }) => payload.room === one.room && payload.replay)
    expectEqual('the frames, but for replay', replayed.map(unmarked), one.live.slice(1).map(unmarked))
  }),

  chatCase(
    'session/positions-with-a-gap',
    async (world) => {
      const { room, alice, epoch } = await talk(world, 2)
      let reader = await world.member('reader', room)
      const positions: [Position, string][] = [
        [{ epoch: epoch === 'other' ? 'another' : 'other', seq: 1 }, 'epoch'],
        [{ epoch, seq: 3 }, 'ahead'],
        [{ epoch, seq: 2 ** 32 + 1 }, 'ahead'],
      ]
      for (const [position, reason] of positions) {
        reader.connection.destroy()
        reader = await world.back(reader, { [room]: position })
        const gap = { room, epoch, head_seq: 2, recovered: false, replay_count: 0, gap: { reason } }
        expectEqual('the entry of the room', placeOf(reader, room), gap)
      }
      await alice.says(room, 'live')
      expectEqual('text', (await reader.next('user_message')).payload.text, 'live')
    },
    {
      of: ['session/positions-replay'],
      title: 'A position from which nothing can be replayed is told in welcome.rooms as subscribe would tell it.',
    },
  ),

  chatCase('session/without-position-goes-live', async (world) => {
    const { room, alice, epoch } = await talk(world, 1)
    const reader = await world.member('reader', room)
    reader.connection.destroy()
    await alice.says(room, 'missed')
    const again = await world.back(reader)
    expectEqual('the entry of the room', placeOf(again, room), {
      room,
      epoch,
      head_seq: 2,
      recovered: false,
      replay_count: 0,
    })
    await alice.says(room, 'live')
    await again.hearsText('live')
    expectEqual('seq and replay', heardIn(again, room), [[3, false]])
  }),

  chatCase('session/positions-need-a-resumed-session', async (world) => {
    const { room, alice, epoch } = await talk(world, 2)
    const positions = { [room]: { epoch, seq: 0 } }
    const fresh = await world.ready('fresh', { hello: { positions } })
    const unknown = await world.ready('unknown', { hello: { positions, session: { id: 'unknown' } } })
    for (const actor of [fresh, unknown]) {
      expectEqual('rooms', roomsOf(actor), ['@me'])
      await alice.says(room, 'unheard')
      await actor.subscribed(room)
      await alice.says(room, `to ${actor.name}`)
      expectEqual('text', (await actor.next('user_message')).payload.text, `to ${actor.name}`)
    }
  }),

  chatCase('session/positions-of-other-rooms-are-ignored', async (world) => {
    const { room, alice, epoch } = await talk(world, 2)
    const mine = world.room('mine')
    const reader = await world.member('reader', mine)
    reader.connection.destroy()
    const keys = [room, 'Not A Room', '', 'constructor', `${mine}\n`]
    const positions = Object.fromEntries(keys.map((key) => [key, { epoch, seq: 0 }]))
    const again = await world.back(reader, positions)
    expectEqual('resumed', sessionOf(again).resumed, true)
    expectEqual('rooms', roomsOf(again), ['@me', mine])
    await alice.says(room, 'unheard')
    await alice.says(mine, 'heard')
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

const roomsOf = ({ welcome }: Ready) => welcome.payload.rooms.map(({ room }) => room).sort()

/** What welcome.rooms tells of a room, but for the read mark. */
function placeOf({ welcome }: Ready, room: string) {
  const entry = welcome.payload.rooms.find((one) => one.room === room)
  if (entry === undefined || 'code' in entry) throw new Finding(`${room} restored`, JSON.stringify(entry ?? 'absent'))
  const { read_seq: _, ...place } = entry
  return place
}

function heardIn(actor: Ready, room: string) {
  const messages = actor.seen('user_message').filter(({ payload }) => payload.room === room)
  return messages.map(({ payload }) => [payload.seq, payload.replay ?? false])
}
