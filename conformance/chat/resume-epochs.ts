/** When an epoch begins and ends, and what becomes of a room when it is reset. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { lateIn, Term } from '../actors/term.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { talk } from './talk.ts'

export const resumeEpochs: readonly ChatCase[] = [
  chatCase('resume/epoch-begins-with-first-use', async (world) => {
    const [subscribed, asked] = [world.room('subscribed'), world.room('asked')]
    const alice = await world.ready('alice')
    const { epoch } = await alice.subscribed(subscribed)
    expectEqual('epoch of the first message', (await alice.says(subscribed, 'first')).epoch, epoch)
    if (!alice.welcome.payload.features.includes('history')) return
    const { epoch: told } = await alice.ok<'history'>(alice.send('history', { room: asked }))
    expectEqual('epoch of the first message', (await alice.says(asked, 'first')).epoch, told)
  }),

  chatCase('resume/epoch-outlives-subscribers', async (world) => {
    const alice = await world.ready('alice')
    const { limits } = alice.welcome.payload
    await lateIn(world, limits, 'resume_window_ms', async (waitMs, room) => {
      const empty = `${room}.empty`
      const before = [await alice.subscribed(room), await alice.subscribed(empty)]
      await alice.says(room, 'one')
      const term = new Term(limits, 'resume_window_ms')
      for (const left of [room, empty]) await alice.ok(alice.send('unsubscribe', { room: left }))
      await alice.staysOpen(waitMs)
      const after = [await alice.subscribed(room), await alice.subscribed(empty)]
      for (const left of [room, empty]) await alice.ok(alice.send('unsubscribe', { room: left }))
      const places = (oks: typeof after) => oks.map(({ epoch, head_seq }) => [epoch, head_seq])
      const expected = places(before).map(([epoch], at) => [epoch, at === 0 ? 1 : 0])
      return { term, judge: () => expectEqual('epoch and head_seq of both rooms', places(after), expected) }
    })
  }),

  chatCase('resume/reset-closes-4302', async (world) => {
    const room = world.room()
    const members = await Promise.all(['alice', 'bob'].map((name) => world.member(name, room)))
    // One that came by a position, and one that had left before and came again.
    const { epoch } = await (members[0] as (typeof members)[0]).subscribed(room)
    const carol = await world.ready('carol')
    await carol.subscribed(room, { epoch, seq: 0 })
    const dave = await world.member('dave', room)
    await dave.ok(dave.send('unsubscribe', { room }))
    await dave.subscribed(room)
    await reset(world, room)
    for (const member of [...members, carol, dave]) await member.closes(4302)
  }),

  chatCase('resume/reset-spares-others', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const bob = await world.member('bob', `${room}.2`)
    const gone = await world.member('gone', room)
    await gone.ok(gone.send('unsubscribe', { room }))
    const sender = await world.ready('sender')
    await sender.says(room, 'never subscribed')
    await reset(world, room)
    await alice.closes(4302)
    // What a server does to the others it does by then.
    for (const other of [bob, gone, sender]) {
      await other.fence()
      expectEqual(`the connection of ${other.name}`, other.connection.ended ?? 'open', 'open')
    }
    await bob.says(`${room}.2`, 'still here')
    await bob.hearsText('still here')
  }),

  chatCase('resume/reset-begins-anew', async (world) => {
    const { room, alice, epoch } = await talk(world, 3)
    const told = await reset(world, room)
    await alice.closes(4302)
    expectTrue('another epoch', told !== epoch, `the former, ${epoch}`)
    const bob = await world.ready('bob')
    const begun = await bob.subscribed(room)
    expectEqual('epoch and head_seq', [begun.epoch, begun.head_seq], [told, 0])
    const first = await bob.says(room, 'first')
    expectEqual('epoch and seq', [first.epoch, first.seq], [told, 1])
    const heard = await bob.hearsText('first')
    const { payload } = heard as Extract<typeof heard, { type: 'user_message' }>
    expectEqual('epoch and seq', [payload.epoch, payload.seq], [told, 1])
  }),

  chatCase(
    'resume/former-epoch-is-a-gap',
    async (world) => {
      const { room, alice, epoch } = await talk(world, 3)
      await reset(world, room)
      await alice.closes(4302)
      const bob = await world.ready('bob')
      await bob.says(room, 'of the new epoch')
      // There is a seq 1 in both.
      for (const seq of [3, 1, 0]) {
        const { recovered, replay_count, gap } = await bob.subscribed(room, { epoch, seq })
        expectEqual('recovered, replay_count and gap', [recovered, replay_count, gap], [false, 0, { reason: 'epoch' }])
      }
    },
    {
      of: ['resume/other-epoch-is-a-gap'],
      title: 'A position of the epoch before a reset is told so, even where its seq fits.',
    },
  ),

  chatCase('resume/reset-clears-history', async (world) => {
    const { room, alice } = await talk(world, 3)
    world.needs(alice.welcome, 'history')
    const told = await reset(world, room)
    await alice.closes(4302)
    const bob = await world.ready('bob')
    for (const query of [{}, { after_seq: 0 }, { before_seq: 4 }]) {
      const page = await bob.ok<'history'>(bob.send('history', { room, ...query }))
      const actual = [page.epoch, page.head_seq, page.messages, page.has_more]
      expectEqual('epoch, head_seq, messages and has_more', actual, [told, 0, [], false])
    }
    await bob.says(room, 'of the new epoch')
    const { messages } = await bob.ok<'history'>(bob.send('history', { room }))
    const heard = messages.map(({ payload }) => [payload.epoch, payload.seq])
    expectEqual('epoch and seq of each message', heard, [[told, 1]])
  }),
]

/** @returns the new epoch. */
async function reset(world: World, room: string): Promise<unknown> {
  const { status, body } = await world.control('reset-epoch', { room })
  expectEqual('the HTTP status of reset-epoch', status, 200)
  return body.epoch
}
