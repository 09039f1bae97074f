/** Coming back on another node, with what was said meanwhile: stickiness is never needed. */
import { clocked, inSeconds, outlives } from '../actors/clock.ts'
import { expectEqual } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { expectNothingLost, positionOf } from '../chat/resume-under-load.ts'
import { roomsOf, sessionOf } from '../chat/session.ts'
import { Finding, Skip } from '../runner/case.ts'
import { nodesOf, ownNode } from './nodes.ts'
import { hearsSeq, seqsOf, upTo } from './order.ts'

const of = ['cluster/resumes-on-another-node']

/** As long as it may take, at the most; tried with less first. */
const TELLS_WITHIN_MS = [0, 200, 1000]

export const resume: readonly ChatCase[] = [
  chatCase(
    'cluster/position-on-another-node-under-load',
    async (world) => {
      const nodes = nodesOf(world)
      const next = inTurn(nodes)
      const resumes: Parameters<typeof expectNothingLost>[1] = async (reader) => {
        const position = positionOf(reader)
        reader.on.connection.destroy()
        const on = await next().ready('reader')
        return { on, answer: await on.subscribed(reader.room, position) }
      }
      await expectNothingLost(world, resumes, nodes)
    },
    { of, title: 'A client that comes from node to node with its position while others speak gets each message once.' },
  ),

  chatCase(
    'cluster/session-on-another-node-under-load',
    async (world) => {
      const nodes = nodesOf(world)
      const next = inTurn(nodes)
      const resumes: Parameters<typeof expectNothingLost>[1] = async (reader) => {
        const position = positionOf(reader)
        const term = new Term(reader.on.welcome.payload.limits, 'resume_window_ms')
        reader.on.connection.destroy()
        const on = await next().back(reader.on, { [reader.room]: position })
        term.judge(() => expectEqual('session', sessionOf(on), { id: sessionOf(reader.on).id, resumed: true }))
        const answer = on.welcome.payload.rooms.find(({ room }) => room === reader.room)
        if (answer === undefined || 'code' in answer) throw new Finding(`${reader.room} in welcome.rooms`, 'none')
        return { on, answer }
      }
      await expectNothingLost(world, resumes, nodes)
    },
    { of, title: 'A session that is taken up on node after node while others speak loses nothing.' },
  ),

  chatCase(
    'cluster/session-is-whole-on-another-node',
    async (world) => {
      const [a, b, c] = nodesOf(world)
      const [kept, left, entered] = [world.room('kept'), world.room('left'), world.room('entered')]
      const first = await a.ready('alice')
      for (const room of [kept, left]) await first.subscribed(room)
      first.connection.destroy()
      const second = await b.back(first)
      expectEqual('session', sessionOf(second), { id: sessionOf(first).id, resumed: true })
      expectEqual('rooms', roomsOf(second), ['@me', kept, left].sort())
      await second.ok(second.send('unsubscribe', { room: left }))
      await second.subscribed(entered)
      second.connection.destroy()
      const third = await c.back(second)
      expectEqual('session', sessionOf(third), { id: sessionOf(first).id, resumed: true })
      expectEqual('rooms', roomsOf(third), ['@me', kept, entered].sort())
      const bob = await a.ready('bob')
      for (const room of [kept, left, entered]) await bob.says(room, `in ${room}`)
      for (const room of [kept, entered]) await third.hearsText(`in ${room}`)
      expectEqual('messages of the room that was left', seqsOf(third, left), [])
    },
    { of, title: 'A session that is taken up on another node has the rooms that it was left with.' },
  ),

  chatCase(
    'cluster/session-ends-on-all-nodes',
    async (world) => {
      const [a, b] = nodesOf(world)
      let found: unknown[] = []
      // The node that was closed need not have told the others before it answered the close.
      for (const waitMs of TELLS_WITHIN_MS) {
        const alice = await a.member('alice')
        const bystander = await b.ready('bystander')
        await alice.connection.close(1000)
        await alice.connection.end(world.stage.patience)
        await bystander.staysOpen(waitMs)
        const { resumed, reason } = sessionOf(await b.back(alice))
        found = [resumed, reason]
        if (!resumed) break
      }
      expectEqual('session.resumed and reason', found, [false, 'not_found'])
      const bob = await a.ready('bob')
      const { session } = (await b.ready('mallory', { hello: { session: { id: sessionOf(bob).id } } })).welcome.payload
      expectEqual("another user's session", [session.resumed, session.reason], [false, 'not_found'])
      await bob.fence()
    },
    { of, title: 'A session that was closed with 1000, or that is of another user, is found on no other node.' },
  ),

  chatCase(
    'cluster/session-outlives-its-node',
    async (world) => {
      const room = world.room()
      const { there, kill } = await ownNode(world)
      const alice = await there.ready('alice')
      const { epoch } = await alice.subscribed(room)
      const bob = await world.ready('bob')
      const term = new Term(alice.welcome.payload.limits, 'resume_window_ms')
      // More of them are under way than are read when the node dies.
      const ids = upTo(6).map((n) => bob.sends(room, `n${n}`))
      await alice.hearsText('n1')
      await kill()
      for (const id of ids) await bob.ok(id)
      await alice.connection.end(world.stage.patience)
      const seq = seqsOf(alice, room).at(-1) ?? 0
      const again = await world.back(alice, { [room]: { epoch, seq } })
      term.judge(() => expectEqual('session', sessionOf(again), { id: sessionOf(alice).id, resumed: true }))
      await bob.says(room, 'n7')
      await hearsSeq(again, 7)
      expectEqual('the seqs to alice, before and after,', [...seqsOf(alice, room), ...seqsOf(again, room)], upTo(7))
    },
    { of, title: 'The session of a node that was killed is taken up on another, and nothing is lost.' },
  ),

  chatCase(
    'cluster/refreshes-by-going-elsewhere',
    async (world) => {
      const [a, b] = nodesOf(world)
      const room = world.room()
      const exp = inSeconds(3)
      const old = await clocked(a, 'alice', { claims: { exp } })
      const { epoch } = await old.subscribed(room)
      const { id } = sessionOf(old)
      const hello = { session: { id }, positions: { [room]: { epoch, seq: 0 } } }
      const again = await clocked(b, 'alice', { claims: { exp: inSeconds(60) }, hello })
      expectEqual('session', sessionOf(again), { id, resumed: true })
      if (old.clock.atMost(performance.now()) >= exp * 1000) throw new Skip('took longer than the old token is valid')
      await old.closes(4104)
      // The end of the old token, on the node that the client has left, is of no concern any more.
      await outlives(world, again, exp)
      await again.says(room, 'under the new token')
      await again.hearsText('under the new token')
    },
    {
      of: [...of, 'cluster/takeover-across-nodes'],
      title: 'A client that brings a new token to another node is not ended there by the old one.',
    },
  ),
]

/** The next node each time. */
function inTurn(nodes: readonly World[]): () => World {
  let turn = 0
  return () => {
    turn += 1
    return nodes[turn % nodes.length] as World
  }
}
