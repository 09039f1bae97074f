/** What is acknowledged is stored for all nodes, and all show the same of it. */
import { expectEqual } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { unmarked } from '../chat/talk.ts'
import { nodesOf, ownNode, placesOf } from './nodes.ts'
import { hearsSeq, membersOn, upTo } from './order.ts'

/** What each of several speakers has under way when its node dies; together no more than is replayed. */
const UNDER_WAY = 6

export const stored: readonly ChatCase[] = [
  chatCase(
    'cluster/acknowledged-is-found-at-once',
    async (world) => {
      const room = world.room()
      const [place = world, ...others] = placesOf(world)
      const alice = await place.ready('alice')
      const readers = await Promise.all(others.map((other, n) => other.ready(`reader-${n + 1}`)))
      const term = new Term(alice.welcome.payload.limits, 'resume_window_ms')
      for (const [n, reader] of readers.entries()) {
        const { epoch, seq } = await alice.says(room, `n${n + 1}`)
        const { recovered, replay_count } = await reader.subscribed(room, { epoch, seq: seq - 1 })
        term.judge(() =>
          expectEqual(
            'recovered and replay_count, from the seq before an ok on,',
            [recovered, replay_count],
            [true, 1],
          ),
        )
        await reader.hearsText(`n${n + 1}`)
      }
    },
    {
      of: ['cluster/ok-follows-the-broker'],
      title: 'Who subscribes on another node after an ok, from the position before it, gets the message.',
    },
  ),

  chatCase(
    'cluster/delivered-is-found-at-once',
    async (world) => {
      const room = world.room()
      const places = placesOf(world)
      const members = await membersOn(places, room)
      const [alice] = members as [Ready]
      const term = new Term(alice.welcome.payload.limits, 'resume_window_ms')
      for (const [n, member] of members.entries()) {
        alice.sends(room, `n${n + 1}`)
        const { epoch, seq } = (await hearsSeq(member, n + 1)).payload as { epoch: string; seq: number }
        const { recovered, replay_count } = await member.subscribed(room, { epoch, seq: seq - 1 })
        term.judge(() =>
          expectEqual(
            'recovered and replay_count, from the seq before a live one on,',
            [recovered, replay_count],
            [true, 1],
          ),
        )
      }
    },
    {
      of: ['cluster/ok-follows-the-broker', 'cluster/resumes-on-another-node'],
      title: 'Who has got a message on any node can resume from the position before it at once.',
    },
  ),

  chatCase(
    'cluster/acknowledged-outlives-its-node',
    async (world) => {
      const room = world.room()
      const { there, kill } = await ownNode(world)
      const bob = await world.member('bob', room)
      const speakers = await Promise.all([1, 2, 3].map((n) => there.ready(`speaker-${n}`)))
      const term = new Term(bob.welcome.payload.limits, 'resume_window_ms')
      const sent = speakers.map((speaker) => ({
        speaker,
        ids: Array.from({ length: UNDER_WAY }, (_, n) => speaker.sends(room, `${speaker.name} ${n + 1}`)),
      }))
      const [first] = sent as [(typeof sent)[number]]
      await first.speaker.ok(first.ids[0] ?? '')
      await kill()
      for (const { speaker } of sent) await speaker.connection.end(world.stage.patience)
      const acknowledged = sent.flatMap(({ speaker, ids }) =>
        speaker
          .seen('ok')
          .flatMap(({ reply_to, payload }) => (ids.includes(reply_to) ? (payload as Acknowledged) : [])),
      )
      // What was not acknowledged may be there too: the room's own head tells how much it is.
      const carol = await world.ready('carol')
      const { epoch } = acknowledged[0] as Acknowledged
      const { head_seq, recovered } = await carol.subscribed(room, { epoch, seq: 0 })
      term.judge(() => expectEqual('recovered, from the beginning on,', recovered, true))
      if (head_seq > 0) for (const reader of [bob, carol]) await hearsSeq(reader, head_seq)
      const [live, replayed] = [bob, carol].map((reader) => reader.seen('user_message').map(unmarked))
      expectEqual('the live messages, as they are replayed,', live, replayed)
      expectEqual(
        'their seqs',
        live?.map(({ payload }) => payload.seq),
        upTo(head_seq),
      )
      const missing = acknowledged.filter(({ seq, message_id }) => live?.[seq - 1]?.payload.message_id !== message_id)
      expectEqual('acknowledged messages that are not there', missing, [])
    },
    {
      of: ['cluster/ok-follows-the-broker'],
      title: 'What a node acknowledged before it died is there on the others, live and from a position.',
    },
  ),

  chatCase(
    'cluster/history-is-the-same-everywhere',
    async (world) => {
      const room = world.room()
      const members = await membersOn(placesOf(world), room)
      const [{ welcome }] = members as [Ready]
      world.needs(welcome, 'history')
      const term = new Term(welcome.payload.limits, 'resume_window_ms')
      for (const [n, member] of members.entries()) {
        await member.says(room, `from ${member.name}`)
        const { head_seq } = await member.ok<'history'>(member.send('history', { room }))
        term.judge(() => expectEqual('head_seq', head_seq, n + 1))
      }
      for (const member of members) {
        const page = await member.ok<'history'>(member.send('history', { room }))
        await hearsSeq(member, members.length)
        term.judge(() => {
          expectEqual('head_seq', page.head_seq, members.length)
          expectEqual(
            `the history on the node of ${member.name}, as it was live,`,
            page.messages,
            member.seen('user_message'),
          )
        })
      }
    },
    { of: ['cluster/stored-on-all-nodes'], title: 'The history of a room is the same on all nodes.' },
  ),

  chatCase(
    'cluster/read-marks-are-of-all-nodes',
    async (world) => {
      const room = world.room()
      const [a, b, c] = nodesOf(world)
      const phone = await a.member('alice', room)
      world.needs(phone.welcome, 'read')
      for (let n = 1; n <= 4; n += 1) await phone.says(room, `n${n}`)
      const laptop = await b.member('alice', room)
      const marked = [
        await phone.ok<'mark_read'>(phone.send('mark_read', { room, seq: 3 })),
        await laptop.ok<'mark_read'>(laptop.send('mark_read', { room, seq: 2 })),
        await laptop.ok<'mark_read'>(laptop.send('mark_read', { room, seq: 4 })),
      ]
      expectEqual(
        'the marks',
        marked.map(({ seq }) => seq),
        [3, 3, 4],
      )
      const { read_seq } = await (await c.ready('alice')).subscribed(room)
      expectEqual('read_seq on another node', read_seq, 4)
    },
    { of: ['cluster/stored-on-all-nodes'], title: 'A read mark holds on all nodes, and goes forward only.' },
  ),
]

interface Acknowledged {
  readonly epoch: string
  readonly seq: number
  readonly message_id: string
}
