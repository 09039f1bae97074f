/** Paging through what a room has stored. */
import type { History, OkPayloads } from '../../schemas/generated/chat.ts'
import type { Limits } from '../../schemas/generated/tables.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { crowd, talk } from './talk.ts'

type Query = Omit<History['payload'], 'room'>
type Page = OkPayloads['history']

/** What fits no integer of 32 bits, and what is 2 in the lower half of one of 64. */
const [LARGEST, BEYOND_32_BITS] = [Number.MAX_SAFE_INTEGER, 2 ** 32 + 2]

export const history: readonly ChatCase[] = [
  chatCase('history/latest-by-default', (world) =>
    expectPages(world, [
      [{}, [1, 2, 3, 4, 5]],
      [{ limit: 2 }, [4, 5]],
      [{ limit: 1 }, [5]],
    ]),
  ),

  chatCase('history/ascends', (world) =>
    expectPages(world, [
      [{ limit: 3 }, [3, 4, 5]],
      [{ before_seq: 5, limit: 3 }, [2, 3, 4]],
      [{ after_seq: 1, limit: 3 }, [2, 3, 4]],
    ]),
  ),

  chatCase('history/before-is-exclusive', (world) =>
    expectPages(world, [
      [{ before_seq: 4, limit: 2 }, [2, 3]],
      [{ before_seq: 2 }, [1]],
      [{ before_seq: 1 }, []],
      [{ before_seq: 0 }, []],
      [{ before_seq: 6, limit: 1 }, [5]],
      [{ before_seq: BEYOND_32_BITS, limit: 2 }, [4, 5]],
      [{ before_seq: LARGEST, limit: 2 }, [4, 5]],
    ]),
  ),

  chatCase('history/after-is-exclusive', (world) =>
    expectPages(world, [
      [{ after_seq: 2, limit: 2 }, [3, 4]],
      [{ after_seq: 0 }, [1, 2, 3, 4, 5]],
      [{ after_seq: 4 }, [5]],
      [{ after_seq: 5 }, []],
      [{ after_seq: BEYOND_32_BITS }, []],
      [{ after_seq: LARGEST }, []],
    ]),
  ),

  chatCase('history/has-more-is-true-or-false', async (world) => {
    const { ask, term } = await stored(world)
    const queries: [Query, boolean][] = [
      [{}, false],
      [{ limit: 5 }, false],
      [{ limit: 4 }, true],
      [{ before_seq: 3, limit: 2 }, false],
      [{ before_seq: 3, limit: 1 }, true],
      [{ before_seq: 1 }, false],
      [{ after_seq: 0, limit: 5 }, false],
      [{ after_seq: 0, limit: 4 }, true],
      [{ after_seq: 3, limit: 2 }, false],
      [{ after_seq: 3, limit: 1 }, true],
      [{ after_seq: 5 }, false],
    ]
    for (const [query, more] of queries) {
      const page = await ask(query)
      term.judge(() => expectEqual(`has_more of ${JSON.stringify(query)}`, page.has_more, more))
    }
  }),

  chatCase('history/limit-is-kept', async (world) => {
    const { ask } = await stored(world)
    for (const limit of [1, 2, 4]) {
      for (const direction of [{}, { before_seq: 6 }, { after_seq: 0 }]) {
        const { messages } = await ask({ ...direction, limit })
        expectTrue(`at most ${limit} messages`, messages.length <= limit, `${messages.length}`)
      }
    }
  }),

  chatCase('history/limit-is-clamped', async (world) => {
    // The test profile lets a page be longer than what has to be stored, so that no page would show the clamp.
    const place = world.stage.target.launch === undefined ? world : await world.apart({ limits: { history_max: 10 } })
    const room = place.room()
    const bob = await place.ready('bob')
    world.needs(bob.welcome, 'history')
    const { limits } = bob.welcome.payload
    const { history_max: max } = limits
    const term = new Term(limits, 'resume_window_ms')
    await crowd(place, room, max + 1, limits)
    for (const direction of [{}, { before_seq: max + 2 }, { after_seq: 0 }]) {
      const most = await asks(bob, room, { ...direction, limit: max })
      expectTrue(`at most ${max} messages`, most.messages.length <= max, `${most.messages.length}`)
      for (const limit of [max + 1, BEYOND_32_BITS, LARGEST, undefined]) {
        const page = await asks(bob, room, { ...direction, ...(limit && { limit }) })
        term.judge(() => expectEqual(`the page of limit ${limit ?? 'none'}`, page, most))
      }
    }
    await place.verify()
  }),

  chatCase('history/page-fits-a-frame', async (world) => {
    const bob = await world.ready('bob')
    world.needs(bob.welcome, 'history')
    const { limits } = bob.welcome.payload
    // More than a frame can hold, even where it is written with the fewest octets.
    const count = Math.ceil(limits.max_server_frame_bytes / 16_000) + 1
    world.fits(count, limits.history_max, 'history_max')
    const { room, term } = await talk(
      world,
      Array.from({ length: count }, () => '😀'.repeat(4000)),
    )
    await expectShortPages(bob, room, term, limits, count, (seqs) => ({ before_seq: Math.min(...seqs, count + 1) }))
    await expectShortPages(bob, room, term, limits, count, (seqs) => ({ after_seq: Math.max(...seqs, 0) }))
  }),

  chatCase('history/carries-epoch-and-head', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    world.needs(alice.welcome, 'history')
    const empty = await asks(alice, room, {})
    expectEqual('room, head_seq and messages', [empty.room, empty.head_seq, empty.messages], [room, 0, []])
    expectEqual('has_more', empty.has_more, false)
    await alice.says(room, 'one')
    const { epoch } = await alice.says(room, 'two')
    const { epoch: told, head_seq: head } = await asks(alice, room, { before_seq: 2 })
    expectEqual('epoch and head_seq', [told, head], [epoch, 2])
  }),

  chatCase('history/messages-as-delivered', async (world) => {
    const { room, alice, term } = await talk(world, ['plain'])
    world.needs(alice.welcome, 'history')
    const rich = {
      content_type: 'text/markdown' as const,
      reply_to_message_id: 'm-0',
      metadata: { nested: { list: [1, 2.5, null, true, 'ü'] }, empty: {}, large: LARGEST },
    }
    await alice.ok(alice.send('send_message', { room, client_msg_id: 'm1', text: '  *rich* ', ...rich }))
    await alice.next('user_message')
    const bob = await world.ready('bob')
    const { messages } = await asks(bob, room, {})
    term.judge(() => expectEqual('messages', messages, alice.seen('user_message')))
  }),

  chatCase('history/needs-no-subscription', async (world) => {
    const { bob, room, alice, ask } = await stored(world)
    await ask({})
    await alice.says(room, 'unheard')
    // Nor does asking subscribe: what comes first is what was said after the subscribe.
    await bob.subscribed(room)
    await alice.says(room, 'heard')
    expectEqual('text', (await bob.next('user_message')).payload.text, 'heard')
  }),

  chatCase('history/needs-a-grant-to-read', async (world) => {
    const { room } = await stored(world)
    const mallory = await world.ready('mallory', { claims: { rooms: [world.room('elsewhere')] } })
    await mallory.refused(mallory.send('history', { room }), 'forbidden')
    await mallory.ok(mallory.send('history', { room: world.room('elsewhere') }))
  }),

  chatCase('history/rooms-read-suffices', async (world) => {
    const { room, term } = await stored(world)
    const reader = await world.ready('reader', { claims: { rooms: null, rooms_read: [room] } })
    const page = await asks(reader, room, {})
    term.judge(() => expectEqual('seq', seqsOf(page), [1, 2, 3, 4, 5]))
  }),

  chatCase('history/both-cursors-are-invalid', async (world) => {
    const { bob, room, ask } = await stored(world)
    for (const [at, cursors] of [
      { before_seq: 5, after_seq: 1 },
      { before_seq: 0, after_seq: 0 },
    ].entries()) {
      bob.sendJson({ type: 'history', id: `x${at}`, payload: { room, ...cursors } })
      await bob.refused(`x${at}`, 'invalid_payload')
    }
    await ask({ before_seq: 5 })
    await ask({ after_seq: 1 })
  }),
]

/** Five messages in a room, and bob, who asks for them without a subscription. */
async function stored(world: World) {
  const bob = await world.ready('bob')
  world.needs(bob.welcome, 'history')
  const spoken = await talk(world, 5)
  return { ...spoken, bob, ask: (query: Query) => asks(bob, spoken.room, query) }
}

const asks = (actor: Ready, room: string, query: Query): Promise<Page> =>
  actor.ok<'history'>(actor.send('history', { room, ...query }))

const seqsOf = ({ messages }: Page) => messages.map(({ payload }) => payload.seq)

async function expectPages(world: World, pages: readonly (readonly [Query, readonly number[]])[]): Promise<void> {
  const { ask, term } = await stored(world)
  for (const [query, seqs] of pages) {
    const page = await ask(query)
    term.judge(() => expectEqual(`seq of ${JSON.stringify(query)}`, seqsOf(page), seqs))
  }
}

/** Pages through all messages, each page as long as a frame may be and yet not empty. */
async function expectShortPages(
  bob: Ready,
  room: string,
  term: Term,
  limits: Limits,
  count: number,
  next: (seqs: readonly number[]) => Query,
): Promise<void> {
  const { max_server_frame_bytes: longest, history_max: limit } = limits
  const seqs: number[] = []
  while (seqs.length < count) {
    const page = await asks(bob, room, { ...next(seqs), limit })
    const octets = Math.max(...bob.connection.messages.map(({ payload }) => payload.length))
    expectTrue(`frames of at most ${longest} octets`, octets <= longest, `${octets}`)
    term.judge(() => expectTrue('a page that is not empty', page.messages.length > 0, `none after seq ${seqs}`))
    seqs.push(...seqsOf(page))
    term.judge(() => expectEqual('has_more', page.has_more, seqs.length < count))
  }
  const expected = Array.from({ length: count }, (_, n) => n + 1)
  expectEqual(
    'the seqs of all pages',
    seqs.sort((a, b) => a - b),
    expected,
  )
}
