/** Positions from which nothing can be replayed: the reason is told, nothing comes twice, and it goes live. */
import type { Gap, OkPayloads, Position } from '../../schemas/generated/chat.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { Finding, Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { crowd, talk } from './talk.ts'

export const resumeGaps: readonly ChatCase[] = [
  chatCase(
    'resume/unknown-epoch-is-a-gap',
    async (world) => {
      const { room, epoch } = await talk(world, 3)
      const bob = await world.ready('bob')
      for (const other of [likeness(epoch), 'other', ''].filter((one) => one !== epoch)) {
        for (const seq of [3, 1, 0]) expectGap(await bob.subscribed(room, { epoch: other, seq }), 'epoch')
      }
      const { recovered } = await bob.subscribed(room, { epoch, seq: 3 })
      expectEqual('recovered', recovered, true)
    },
    {
      of: ['resume/other-epoch-is-a-gap'],
      title: 'A position of an epoch that the room never had is told so, even where its seq fits.',
    },
  ),

  chatCase('resume/ahead-is-a-gap', async (world) => {
    const { room, epoch } = await talk(world, 2)
    const bob = await world.ready('bob')
    // The last ones are 2 where a server counts with 32 bits, and the largest seq there is.
    for (const seq of [3, 100, 2 ** 31 + 2, 2 ** 32 + 2, Number.MAX_SAFE_INTEGER])
      expectGap(await bob.subscribed(room, { epoch, seq }), 'ahead')
    const empty = world.room('empty')
    const { epoch: begun } = await bob.subscribed(empty)
    expectGap(await bob.subscribed(empty, { epoch: begun, seq: 1 }), 'ahead')
  }),

  chatCase('resume/too-large-is-a-gap', async (world) => {
    const { room, bob, epoch } = await overfull(world, 1)
    const { gap } = await bob.subscribed(room, { epoch, seq: 0 })
    // A server that stores no more than it has to no longer has the first.
    if (gap?.reason === 'evicted' && !(await storesAll(bob, room))) throw new Skip('the server has evicted seq 1')
    expectEqual('gap.reason', gap?.reason, 'too_large')
  }),

  chatCase('resume/evicted-is-a-gap', async (world) => {
    const { room, bob, epoch, first } = await evicted(world)
    expectGap(await bob.subscribed(room, { epoch, seq: first - 2 }), 'evicted')
    // Nothing that follows this one is evicted, unless it just was.
    const { gap } = await bob.subscribed(room, { epoch, seq: first - 1 })
    if ((await firstStored(bob, room)) === first)
      expectTrue('another answer than evicted', gap?.reason !== 'evicted', 'evicted')
  }),

  chatCase(
    'resume/epoch-is-the-first-reason',
    async (world) => {
      const { room, bob, epoch } = await overfull(world, 1)
      const other = likeness(epoch)
      expectGap(await bob.subscribed(room, { epoch: other, seq: 1_000_000 }), 'epoch')
      expectGap(await bob.subscribed(room, { epoch: other, seq: 0 }), 'epoch')
    },
    {
      of: ['resume/first-reason-wins'],
      title: 'A position of another epoch is told so, even where it is also ahead, or too far behind.',
    },
  ),

  chatCase(
    'resume/evicted-comes-before-too-large',
    async (world) => {
      const { room, bob, epoch } = await evicted(world)
      expectGap(await bob.subscribed(room, { epoch, seq: 0 }), 'evicted')
    },
    {
      of: ['resume/first-reason-wins'],
      title: 'A position that is too far behind is told that messages are evicted, where they are.',
    },
  ),

  chatCase('resume/gap-replays-nothing', async (world) => {
    const { room, bob, epoch, alice } = await overfull(world, 1)
    const positions = [
      { epoch: likeness(epoch), seq: 1 },
      { epoch, seq: 1_000_000 },
      { epoch, seq: 0 },
    ]
    for (const position of positions) await expectNoReplay(bob, room, position)
    await alice.says(room, 'live')
    await bob.hearsText('live')
    expectEqual('messages to bob', bob.seen('user_message').length, 1)
  }),

  chatCase('resume/gap-goes-live', async (world) => {
    const { room, alice, epoch } = await talk(world, 2)
    for (const [name, position] of [
      ['bob', { epoch: likeness(epoch), seq: 1 }],
      ['carol', { epoch, seq: 1_000_000 }],
    ] as const) {
      const actor = await world.ready(name)
      const { head_seq: head } = await expectNoReplay(actor, room, position)
      for (const text of [`one to ${name}`, `two to ${name}`]) {
        await alice.says(room, text)
        await actor.hearsText(text)
      }
      const heard = actor.seen('user_message').map(({ payload }) => [payload.seq, payload.replay ?? false])
      expectEqual('seq and replay', heard, [
        [head + 1, false],
        [head + 2, false],
      ])
    }
  }),
]

function expectGap(ok: OkPayloads['subscribe'], reason: Gap['reason']): void {
  const actual = [ok.gap?.reason, ok.recovered, ok.replay_count]
  expectEqual('gap.reason, recovered and replay_count', actual, [reason, false, 0])
}

async function expectNoReplay(actor: Ready, room: string, position: Position): Promise<OkPayloads['subscribe']> {
  const ok = await actor.subscribed(room, position)
  expectEqual(
    'recovered, replay_count and a gap',
    [ok.recovered, ok.replay_count, ok.gap !== undefined],
    [false, 0, true],
  )
  return ok
}

/** Another epoch, and yet as like this one as can be. */
function likeness(epoch: string): string {
  return `${epoch.slice(0, -1)}${epoch.endsWith('0') ? '1' : '0'}`
}

/** A room with so many messages more than can be replayed from its beginning. */
async function overfull(world: World, more: number) {
  const { room, alice, epoch, limits } = await talk(world, 0)
  const term = new Term(limits, 'resume_window_ms')
  await crowd(world, room, limits.replay_max + more, limits)
  return { room, alice, epoch, term, bob: await world.ready('bob') }
}

/** A room whose first messages are no longer stored, as its history shows; `first` is the first that is. */
async function evicted(world: World) {
  const bob = await world.ready('bob')
  world.needs(bob.welcome, 'history')
  const { replay_max: replayed, history_max: page } = bob.welcome.payload.limits
  const spoken = await overfull(world, replayed + 2 * page)
  const first = await firstStored(bob, spoken.room)
  if (first === 1) throw new Skip('the server still stores every message')
  return { ...spoken, first }
}

/** Where nothing shows what is stored, it may be less than all. */
async function storesAll(bob: Ready, room: string): Promise<boolean> {
  return bob.welcome.payload.features.includes('history') && (await firstStored(bob, room)) === 1
}

async function firstStored(bob: Ready, room: string): Promise<number> {
  const { messages } = await bob.ok<'history'>(bob.send('history', { room, after_seq: 0, limit: 1 }))
  const [first] = messages
  if (first === undefined) throw new Finding('a page with the earliest message', 'no message')
  return first.payload.seq
}
