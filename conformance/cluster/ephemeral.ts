/** What is stored nowhere reaches the other nodes all the same. */
import type { ReadEvent, SignalEvent, TypingEvent } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import type { Ready } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { placesOf } from './nodes.ts'
import { membersOn } from './order.ts'

type Event = TypingEvent | SignalEvent | ReadEvent

/** What a user does, and what the others are to get of it beside the room and the user. */
const EVENTS: readonly { type: Event['type']; does: (alice: Ready, room: string) => string; tells: object }[] = [
  {
    type: 'typing',
    does: (alice, room) => alice.send('typing', { room, state: 'start' }),
    tells: { state: 'start' },
  },
  {
    type: 'signal',
    does: (alice, room) => alice.send('signal', { room, name: 'cursor', data: { at: [1, 2] } }),
    tells: { name: 'cursor', data: { at: [1, 2] } },
  },
  {
    type: 'read',
    does: (alice, room) => alice.send('mark_read', { room, seq: 1 }),
    tells: { seq: 1 },
  },
]

export const ephemeral: readonly ChatCase[] = EVENTS.map(({ type, does, tells }) =>
  chatCase(
    `cluster/${type}-on-all-nodes`,
    async (world) => {
      const room = world.room()
      const members = await membersOn(placesOf(world), room)
      const [alice, ...others] = members as [Ready, ...Ready[]]
      world.needs(alice.welcome, type)
      await alice.says(room, 'something to read')
      await alice.ok(does(alice, room))
      const user = alice.welcome.payload.user
      for (const other of others)
        expectEqual(`the ${type} to ${other.name}`, (await other.next(type)).payload, { room, user, ...tells })
      await alice.fence()
      expectEqual(`${type} to its own cause`, alice.seen(type), [])
    },
    { of: ['cluster/ephemeral-on-all-nodes'], title: `A ${type} reaches the subscribers on all nodes.` },
  ),
)
