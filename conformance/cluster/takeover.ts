/** A client is on another node before its old connection has ended: the later one wins, wherever it is. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { sessionOf } from '../chat/session.ts'
import { nodesOf } from './nodes.ts'
import { seqsOf, upTo } from './order.ts'

const of = ['cluster/takeover-across-nodes']

/** "Within one second of a takeover" */
const WITHIN_MS = 1000

export const takeover: readonly ChatCase[] = [
  chatCase(
    'cluster/takeover-closes-the-old-one',
    async (world) => {
      const [a, b] = nodesOf(world)
      const room = world.room()
      const old = await a.member('alice', room)
      const spared = await a.member('alice', room)
      const again = await b.back(old)
      expectEqual('session', sessionOf(again), { id: sessionOf(old).id, resumed: true })
      const { atMs } = await old.closes(4104, WITHIN_MS + world.stage.patience)
      const took = atMs - again.arrivalOf(again.welcome)
      const most = WITHIN_MS + world.stage.patience / 2
      expectTrue(`a close within ${most} ms after the new welcome`, took <= most, `${Math.round(took)} ms`)
      const bob = await a.ready('bob')
      for (const n of upTo(3)) await bob.says(room, `n${n}`)
      for (const one of [again, spared]) await one.hearsText('n3')
      expectEqual('messages to the new connection', seqsOf(again, room), upTo(3))
      expectEqual('messages to the old one', seqsOf(old, room), [])
    },
    { of, title: 'Within a second of a takeover on another node the old connection is closed, and no other one.' },
  ),

  chatCase(
    'cluster/one-of-many-takeovers-stays',
    async (world) => {
      const nodes = nodesOf(world)
      const room = world.room()
      const old = await nodes[0].member('alice', room)
      const claims = { sub: old.welcome.payload.user.id }
      const places = [...nodes, nodes[1]]
      const rivals = await Promise.all(places.map((place, n) => place.upgrade(`rival-${n + 1}`, { claims })))
      const hello = { session: { id: sessionOf(old).id } }
      // One that is replaced at once may be closed before it is welcomed.
      await Promise.allSettled(rivals.map((rival) => world.welcome(rival, hello)))
      await old.closes(4104, WITHIN_MS + world.stage.patience)
      const ends = await Promise.all(rivals.map((rival) => rival.connection.end(WITHIN_MS + world.stage.patience / 4)))
      const outcomes = ends.map((end) => (end === 'timeout' ? 'open' : 'code' in end ? end.code : end.kind))
      expectEqual('the connections', outcomes.sort(), [4104, 4104, 4104, 'open'])
      const bob = await nodes[2].ready('bob')
      await bob.says(room, 'to the last')
      for (const one of rivals) if (one.connection.ended === undefined) await one.hearsText('to the last')
    },
    { of, title: 'Of several connections that take a session up on all nodes at once, one stays.' },
  ),

  harmless('1000', 'A close with 1000 of the old connection, on its node, does not end the session on the new one.', {
    end: async (old, world) => {
      await old.connection.close(1000)
      await old.connection.disconnect(world.stage.patience)
    },
  }),

  harmless('break', 'The break of the old connection, on its node, does not change the session on the new one.', {
    end: async (old) => old.connection.destroy(),
  }),
]

type Member = Awaited<ReturnType<World['member']>>

/** What ends the old connection races with its takeover. */
function harmless(what: string, title: string, { end }: { end(old: Member, world: World): Promise<void> }): ChatCase {
  const play = async (world: World) => {
    const [a, b, c] = nodesOf(world)
    const room = world.room()
    const old = await a.member('alice', room)
    const again = await b.back(old)
    await end(old, world)
    const bob = await a.ready('bob')
    await bob.says(room, 'to the new one')
    await again.hearsText('to the new one')
    again.connection.destroy()
    const third = await c.back(again)
    expectEqual('session', sessionOf(third), { id: sessionOf(old).id, resumed: true })
    await bob.says(room, 'to the third')
    await third.hearsText('to the third')
  }
  return chatCase(`cluster/old-${what}-after-takeover-is-harmless`, play, { of, title })
}
