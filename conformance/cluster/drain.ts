/** One node after the other is stopped in order: its clients go elsewhere, and nobody else notices. */
import { expectEqual, expectStatus } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { sessionOf } from '../chat/session.ts'
import { nodesOf, ownNode } from './nodes.ts'
import { hearsSeq, seqsOf, upTo } from './order.ts'

const of = ['cluster/drain-is-of-one-node']

/** Short enough to be waited out. */
const SHORT_MS = 300
const CLIENTS = 3
/** What is said while the clients move. */
const EACH = 4

export const drain: readonly ChatCase[] = [
  chatCase(
    'cluster/drain-of-a-user-is-of-one-node',
    async (world) => {
      const [a, b] = nodesOf(world)
      const room = world.room()
      const sub = world.user('alice')
      const phone = await a.ready('phone', { claims: { sub } })
      const laptop = await b.member('laptop', room, { claims: { sub } })
      const speaker = await a.ready('speaker')
      await drains(a, { sub, deadline_ms: SHORT_MS })
      await phone.next('draining')
      await phone.closes(4300, SHORT_MS + world.stage.patience)
      // What the drained node had told the other before would be there by now.
      await speaker.says(room, 'after the drain')
      await laptop.hearsText('after the drain')
      await laptop.fence()
      expectEqual('draining to the connection on the other node', laptop.seen('draining'), [])
    },
    { of, title: 'The drain of a user on one node spares the connections of that user on another.' },
  ),

  chatCase(
    'cluster/drain-node-by-node',
    async (world) => {
      const room = world.room()
      const [first, second] = await Promise.all([ownNode(world), ownNode(world)])
      const bystander = await world.member('bystander', room)
      const { epoch } = await bystander.subscribed(room)
      const speaker = await world.ready('speaker')
      const clients = await Promise.all(upTo(CLIENTS).map((n) => first.there.member(`client-${n}`, room)))
      let readers = clients.map((on): Reader => ({ on, before: [] }))
      let said = 0
      // From the first node to the second, and from there to one that stays.
      for (const [node, next] of [
        [first.there, second.there],
        [second.there, world],
      ] as const) {
        const term = new Term(bystander.welcome.payload.limits, 'resume_window_ms')
        await drains(node, { deadline_ms: SHORT_MS })
        const moving = readers.map((reader) => moves(reader, { room, epoch, next, term, world }))
        ;[said, ...readers] = await Promise.all([talk(speaker, room, said), ...moving])
        expectStatus(await node.connect('late'), 503, 503)
      }
      await speaker.says(room, 'last')
      for (const { on } of [...readers, { on: bystander }]) await hearsSeq(on, said + 1)
      for (const { on, before } of readers)
        expectEqual(`the seqs to ${on.name}, over all nodes,`, [...before, ...seqsOf(on, room)], upTo(said + 1))
      await bystander.fence()
      expectEqual('draining to a connection on another node', bystander.seen('draining'), [])
      expectEqual('the seqs to a connection on another node', seqsOf(bystander, room), upTo(said + 1))
    },
    {
      of,
      title: 'Where one node after another is drained while others speak, its clients alone move, and lose nothing.',
    },
  ),
]

interface Reader {
  readonly on: Ready
  /** The seqs of the connections before this one. */
  readonly before: readonly number[]
}

interface Move {
  readonly room: string
  readonly epoch: string
  readonly next: World
  readonly term: Term
  readonly world: World
}

/** Closed by the drain, the client takes its session up on the next node. */
async function moves({ on, before }: Reader, { room, epoch, next, term, world }: Move): Promise<Reader> {
  await on.next('draining')
  await on.closes(4300, SHORT_MS + world.stage.patience)
  const heard = [...before, ...seqsOf(on, room)]
  const again = await next.back(on, { [room]: { epoch, seq: heard.at(-1) ?? 0 } })
  term.judge(() => expectEqual('session', sessionOf(again), { id: sessionOf(on).id, resumed: true }))
  return { on: again, before: heard }
}

/** At the pace of the answers. @returns the seq of the last. */
async function talk(speaker: Ready, room: string, said: number): Promise<number> {
  for (const n of upTo(said + EACH, said)) await speaker.says(room, `n${n}`)
  return said + EACH
}

async function drains(world: World, body: { sub?: string; deadline_ms: number }): Promise<void> {
  expectEqual('the HTTP status', (await world.control('drain', body)).status, 202)
}
