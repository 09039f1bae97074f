/** Going on from a position: what can be replayed is, exactly. */
import { expectEqual } from '../actors/expect.ts'
import { lateIn, Term } from '../actors/term.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { crowd, type Talk, talk, unmarked } from './talk.ts'

export const resume: readonly ChatCase[] = [
  chatCase(
    'resume/ok-tells-what-follows',
    async (world) => {
      const { room, epoch, term } = await talk(world, 5)
      const bob = await world.ready('bob')
      for (const seq of [2, 4, 1]) {
        const ok = await bob.subscribed(room, { epoch, seq })
        const expected = { room, epoch, head_seq: 5, recovered: true, replay_count: 5 - seq, gap: undefined }
        term.judge(() => expectEqual(`the ok to a position at ${seq}`, { ...ok, gap: ok.gap }, expected))
      }
    },
    {
      of: ['resume/recovers-what-followed'],
      title:
        'A position from which all can be replayed is answered with recovered and the number of messages that follow.',
    },
  ),

  chatCase(
    'resume/replay-is-complete',
    async (world) => {
      const spoken = await talk(world, 5)
      const bob = await resumed(world, spoken, 2)
      await spoken.alice.says(spoken.room, 'live')
      await bob.hearsText('live')
      expectEqual('seq and replay', marksOf(bob), [
        [3, true],
        [4, true],
        [5, true],
        [6, false],
      ])
      const [first] = bob.received().filter(({ type }) => type === 'ok' || type === 'user_message')
      expectEqual('the first of ok and user_message', first?.type, 'ok')
    },
    {
      of: ['resume/replay-follows-the-ok'],
      title: 'What is replayed is each message after the position, marked, in order, behind the ok.',
    },
  ),

  chatCase('resume/live-follows-the-replay', async (world) => {
    const spoken = await talk(world, 3)
    const bob = await resumed(world, spoken, 1)
    for (const text of ['n4', 'n5', 'n6']) await spoken.alice.says(spoken.room, text)
    await bob.hearsText('n6')
    const texts = bob.seen('user_message').map(({ payload }) => payload.text)
    expectEqual('texts', texts, ['n2', 'n3', 'n4', 'n5', 'n6'])
  }),

  chatCase('resume/live-is-not-marked', async (world) => {
    const spoken = await talk(world, 2)
    const bob = await resumed(world, spoken, 0)
    const carol = await world.member('carol', spoken.room)
    await spoken.alice.says(spoken.room, 'live')
    for (const actor of [spoken.alice, bob, carol]) {
      await actor.hearsText('live')
      expectEqual(`the last to ${actor.name}`, marksOf(actor).at(-1), [3, false])
    }
  }),

  chatCase('resume/replayed-as-delivered', async (world) => {
    const { room, alice, epoch, term } = await talk(world, ['plain'])
    const metadata = { nested: { list: [1, 2.5, null, true, 'ü'] }, empty: {}, large: Number.MAX_SAFE_INTEGER }
    const rich = { content_type: 'text/markdown' as const, reply_to_message_id: 'm-0', metadata }
    await alice.ok(alice.send('send_message', { room, client_msg_id: 'm1', text: '  *rich* ', ...rich }))
    await alice.next('user_message')
    const bob = await world.ready('bob')
    const { recovered } = await bob.subscribed(room, { epoch, seq: 0 })
    term.judge(() => expectEqual('recovered', recovered, true))
    const replayed = [await bob.next('user_message'), await bob.next('user_message')]
    expectEqual('the frames, but for replay', replayed.map(unmarked), alice.seen('user_message').map(unmarked))
  }),

  chatCase('resume/position-at-head', async (world) => {
    const spoken = await talk(world, 3)
    const bob = await resumed(world, spoken, 3)
    await spoken.alice.says(spoken.room, 'live')
    await bob.hearsText('live')
    expectEqual('seq and replay', marksOf(bob), [[4, false]])
  }),

  chatCase('resume/position-zero', async (world) => {
    const spoken = await talk(world, 2, world.room('full'))
    const bob = await resumed(world, spoken, 0)
    await bob.hearsText('n2')
    const empty = await talk(world, 0, world.room('empty'))
    const carol = await resumed(world, empty, 0)
    await empty.alice.says(empty.room, 'first')
    await carol.hearsText('first')
    expectEqual('seq and replay to bob', marksOf(bob), [
      [1, true],
      [2, true],
    ])
    expectEqual('seq and replay to carol', marksOf(carol), [[1, false]])
  }),

  chatCase('resume/replay-max-is-replayed', async (world) => {
    const room = world.room()
    const bob = await world.ready('bob')
    const { limits } = bob.welcome.payload
    const { replay_max: max } = limits
    const { epoch } = await bob.subscribed(room)
    await bob.ok(bob.send('unsubscribe', { room }))
    const term = new Term(limits, 'resume_window_ms')
    await crowd(world, room, max + 1, limits)
    const { recovered, replay_count: count } = await bob.subscribed(room, { epoch, seq: 1 })
    term.judge(() => expectEqual('recovered and replay_count', [recovered, count], [true, max]))
    await bob.until((one) => one.type === 'user_message' && one.payload.seq === max + 1, `seq ${max + 1}`)
    const expected = Array.from({ length: max }, (_, n) => [n + 2, true])
    expectEqual('seq and replay', marksOf(bob), expected)
  }),

  chatCase('resume/duplicate-subscribe-replays', async (world) => {
    const { room, alice, epoch, term } = await talk(world, 3)
    const { recovered, replay_count: count } = await alice.subscribed(room, { epoch, seq: 1 })
    term.judge(() => expectEqual('recovered and replay_count', [recovered, count], [true, 2]))
    await alice.says(room, 'live')
    await alice.hearsText('live')
    // Live once, then from the position; and what is live afterwards comes once, for there is one subscription.
    await alice.says(room, 'last')
    await alice.hearsText('last')
    const live = [1, 2, 3].map((seq) => [seq, false])
    expectEqual('seq and replay', marksOf(alice), [...live, [2, true], [3, true], [4, false], [5, false]])
  }),

  chatCase(
    'resume/ephemeral-events-move-no-position',
    async (world) => {
      const spoken = await talk(world, 1)
      const { room, alice, epoch, term } = spoken
      world.needs(alice.welcome, 'typing', 'signal', 'read')
      const bob = await world.member('bob', room)
      await alice.ok(alice.send('typing', { room, state: 'start' }))
      await alice.ok(alice.send('signal', { room, name: 'cursor', data: { seq: 7, epoch: 'other' } }))
      await alice.ok(alice.send('mark_read', { room, seq: 1 }))
      await alice.says(room, 'n2')
      await alice.ok(alice.send('signal', { room, name: 'cursor', data: {} }))
      await bob.hearsText('n2')
      await bob.ok(bob.send('unsubscribe', { room }))
      const ok = await bob.subscribed(room, { epoch, seq: 1 })
      const actual = [ok.head_seq, ok.recovered, ok.replay_count]
      term.judge(() => expectEqual('head_seq, recovered and replay_count', actual, [2, true, 1]))
      await alice.says(room, 'n3')
      await bob.hearsText('n3')
      expectEqual('seq and replay', marksOf(bob), [
        [2, false],
        [2, true],
        [3, false],
      ])
    },
    {
      of: ['resume/recovers-what-followed', 'resume/replay-follows-the-ok'],
      title: 'Ephemeral events move no head and are not replayed, so a position recovers exactly the messages.',
    },
  ),

  chatCase('resume/messages-are-kept', async (world) => {
    const bob = await world.ready('bob')
    const { limits } = bob.welcome.payload
    const { replay_max: max } = limits
    await lateIn(world, limits, 'resume_window_ms', async (waitMs, room) => {
      const { epoch } = await bob.subscribed(room)
      // Nobody is subscribed: what keeps the messages is the rule, and not a reader.
      await bob.ok(bob.send('unsubscribe', { room }))
      const term = new Term(limits, 'resume_window_ms')
      await crowd(world, room, max + 1, limits)
      await bob.staysOpen(waitMs)
      const { recovered, replay_count: count } = await bob.subscribed(room, { epoch, seq: 1 })
      return { term, judge: () => expectEqual('recovered and replay_count', [recovered, count], [true, max]) }
    })
  }),
]

/** bob subscribes from a position that can be recovered. */
async function resumed(world: World, { room, epoch, term, live }: Talk, seq: number) {
  const bob = await world.ready('bob')
  const ok = await bob.subscribed(room, { epoch, seq })
  const actual = [ok.recovered, ok.replay_count, ok.gap]
  term.judge(() => expectEqual('recovered, replay_count and gap', actual, [true, live.length - seq, undefined]))
  return bob
}

/** The seq of each message that came, and whether it was marked as replayed. */
function marksOf(actor: Talk['alice']) {
  return actor.seen('user_message').map(({ payload }) => [payload.seq, payload.replay ?? false])
}
