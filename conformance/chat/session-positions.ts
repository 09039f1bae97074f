/** Where each room of a resumed session goes on: from its position, or live. */
import type { Position } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import type { Ready } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { roomsOf, sessionOf } from './session.ts'
import { talk, unmarked } from './talk.ts'

export const sessionPositions: readonly ChatCase[] = [
  chatCase(
    'session/positions-are-replayed',
    async (world) => {
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
    },
    {
      of: ['session/positions-replay'],
      title: 'Each restored room with a position is replayed from it after welcome, then live.',
    },
  ),

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

  chatCase(
    'session/positions-of-rooms-need-a-resumed-session',
    async (world) => {
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
    },
    {
      of: ['session/positions-need-a-resumed-session'],
      title: 'Without a resumed session, a position of a room neither subscribes nor replays.',
    },
  ),

  chatCase(
    'session/positions-of-me-need-a-resumed-session',
    async (world) => {
      const alice = await world.ready('alice')
      world.needs(alice.welcome, 'notifications')
      const notify = (title: string) => world.control('notify', { sub: world.user('alice'), kind: 'note', title })
      await notify('one')
      const { epoch } = (await alice.next('notification')).payload
      const other = await world.ready('other', {
        claims: { sub: world.user('alice') },
        hello: { positions: { '@me': { epoch, seq: 0 } } },
      })
      const place = { room: '@me', epoch, head_seq: 1, recovered: false, replay_count: 0 }
      expectEqual('the entry of @me', placeOf(other, '@me'), place)
      await notify('two')
      expectEqual('title', (await other.next('notification')).payload.title, 'two')
    },
    {
      of: ['session/positions-need-a-resumed-session'],
      title: 'Without a resumed session, a position of @me has no effect.',
    },
  ),

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
]

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
