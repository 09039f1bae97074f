/** A node that has lost its broker, while the others go on. */
import { setTimeout as pause } from 'node:timers/promises'
import type { ErrorMessage } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import { breaks, hearsOf, storyOf, watcher } from '../actors/watcher.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { answered, heardBy } from '../chat/sent-once.ts'
import { Finding, Missed, Skip } from '../runner/case.ts'
import { type Line, openLine } from './line.ts'
import { ownNode } from './nodes.ts'
import { hearsSeq, seqsOf, upTo } from './order.ts'

/** "Within 5 seconds", of the loss and of the return. */
const WITHIN_MS = 5000
const RETRY_MS = 250
/** Within the rate of any profile. */
const SPEAKS_EVERY_MS = 50

const LOSSES = [
  { how: 'cut', what: 'that is cut off from its broker' },
  { how: 'freeze', what: 'whose broker does not answer' },
] as const

export const broker: readonly ChatCase[] = [
  ...LOSSES.map(({ how, what }) =>
    chatCase(
      `cluster/${how}-broker-is-unavailable`,
      async (world) => {
        const room = world.room()
        const { there, line } = await nodeOnALine(world)
        const bob = await world.member('bob', room)
        const [alice, carol, dave] = [await there.ready('alice'), await there.ready('carol'), await there.ready('dave')]
        line[how]()
        const commands = [
          { by: alice, id: alice.sends(room, 'to nobody') },
          { by: carol, id: carol.send('subscribe', { room }) },
          ...(dave.welcome.payload.features.includes('history')
            ? [{ by: dave, id: dave.send('history', { room }) }]
            : []),
        ]
        await Promise.all(commands.map(({ by, id }) => unavailable(by, id, world)))
        // Nobody else is concerned.
        await bob.says(room, 'from elsewhere')
        await bob.hearsText('from elsewhere')
      },
      {
        of: ['cluster/without-broker-is-unavailable'],
        title: `A node ${what} answers subscribe, send_message and history with unavailable within 5 seconds.`,
      },
    ),
  ),

  chatCase('cluster/without-broker-keeps-connections', async (world) => {
    const { there, line } = await nodeOnALine(world)
    const alice = await there.member('alice')
    const carol = await there.ready('carol')
    line.cut()
    await unavailable(carol, carol.sends(world.room(), 'to nobody'), world)
    for (const one of [alice, carol]) await one.fence()
    await alice.staysOpen(world.affords(alice.welcome.payload.limits, 'heartbeat_interval_ms', 'heartbeat_grace_ms'))
    for (const one of [alice, carol]) await one.fence()
    line.mend()
    await isServed(carol, () => carol.sends(world.room(), 'to alice'))
    await alice.hearsText('to alice')
  }),

  chatCase('cluster/without-broker-presence-is-quiet', async (world) => {
    const { there, line } = await nodeOnALine(world)
    const watchers = [await watcher(world), await watcher(there, world.room(), 'wendy')]
    await there.member('bob')
    const carol = await there.member('carol')
    const [bobs, carols] = [world.user('bob'), world.user('carol')]
    const grace = world.affords(carol.welcome.payload.limits, 'presence_grace_ms')
    for (const one of watchers) for (const sub of [bobs, carols]) await hearsOf(one, sub, 'join')
    const since = performance.now()
    line.cut()
    await unavailable(carol, carol.sends(world.room(), 'to nobody'), world)
    line.mend()
    await isServed(carol, () => carol.sends(world.room(), 'to all'))
    if (performance.now() - since >= grace) throw new Skip(`took longer than presence_grace_ms, ${grace} ms`)
    // When she leaves, what the loss might have told of bob would be there too.
    await breaks(carol, world.stage.patience)
    for (const one of watchers) {
      await hearsOf(one, carols, 'leave', grace + world.stage.patience)
      expectEqual(`events of bob to ${one.name}`, storyOf(one, bobs), ['join online'])
      expectEqual(`events of carol to ${one.name}`, storyOf(one, carols), ['join online', 'leave online'])
    }
  }),

  chatCase('cluster/without-broker-is-not-ready', async (world) => {
    const { there, line } = await nodeOnALine(world)
    const alice = await there.ready('alice')
    line.cut()
    await unavailable(alice, alice.sends(world.room(), 'to nobody'), world)
    expectEqual('the HTTP status of /readyz', await statusSoon(there, 503), 503)
    expectEqual('the HTTP status of /readyz of another node', (await world.get('/readyz')).status, 200)
    line.mend()
    await isServed(alice, () => alice.sends(world.room(), 'to somebody'))
    expectEqual('the HTTP status of /readyz, with the broker again,', await statusSoon(there, 200), 200)
  }),

  hole('cut', 'What others said while a node was cut off from its broker reaches its subscribers in order.', {
    lose: async (line, { carol, room, world }) => {
      line.cut()
      await unavailable(carol, carol.sends(room, 'unheard'), world)
    },
  }),

  hole(
    'blips',
    'What others say while the connections of a node to its broker break again and again arrives in order.',
    {
      lose: async (line, { bob, room }) => {
        for (const n of upTo(4)) {
          line.cut()
          await bob.says(room, `in blip ${n}`)
          line.mend()
          await bob.says(room, `after blip ${n}`)
        }
      },
    },
  ),

  chatCase(
    'cluster/sent-while-frozen-is-there-once',
    async (world) => {
      const room = world.room()
      const { there, line } = await nodeOnALine(world)
      const bob = await world.member('bob', room)
      const alice = await there.ready('alice')
      const message = { room, client_msg_id: 'm1', text: 'perhaps' }
      line.freeze()
      await unavailable(alice, alice.send('send_message', message), world)
      const term = new Term(alice.welcome.payload.limits, 'dedupe_window_ms')
      line.mend()
      await isServed(alice, () => alice.send('send_message', message))
      await bob.says(room, 'next')
      await bob.hearsText('next')
      term.judge(() =>
        expectEqual('seq and text to bob', heardBy(bob), [
          [1, 'perhaps'],
          [2, 'next'],
        ]),
      )
    },
    {
      of: ['cluster/without-broker-is-unavailable', 'cluster/dedupe-on-all-nodes'],
      title: 'A message that was answered with unavailable and is sent again once the broker answers is there once.',
    },
  ),
]

/** alice, who hears, and carol are on the node that loses its broker; bob is elsewhere. */
interface Scene {
  readonly world: World
  readonly room: string
  readonly carol: Ready
  readonly bob: Ready
}

/** Alice gets everything in order, or is closed with 4302 before the first message that does not follow. */
function hole(what: string, title: string, { lose }: { lose(line: Line, scene: Scene): Promise<void> }): ChatCase {
  const play = async (world: World) => {
    const room = world.room()
    const { there, line } = await nodeOnALine(world)
    const alice = await there.ready('alice')
    const { epoch } = await alice.subscribed(room)
    const carol = await there.ready('carol')
    const bob = await world.member('bob', room)
    const others = [await world.ready('dan'), await world.ready('eve')]
    await bob.says(room, 'before')
    await hearsSeq(alice, 1)
    await lose(line, { world, room, carol, bob })
    for (const n of upTo(3)) await bob.says(room, `missed ${n}`)
    line.mend()
    // Throughout, so that something is said while the node is half back.
    let isBack = false
    const talking = [bob, ...others].map(async (speaker) => {
      while (!isBack) {
        await speaker.says(room, 'meanwhile')
        await speaker.staysOpen(SPEAKS_EVERY_MS)
      }
    })
    const serving = isServed(carol, () => carol.sends(room, 'served')).finally(() => {
      isBack = true
    })
    await Promise.all([serving, ...talking])
    const { seq: last } = await bob.says(room, 'after')
    await hearsSeq(bob, last)
    expectEqual('the seqs to bob', seqsOf(bob, room), upTo(last))
    const end = await alice
      .until((one) => one.type === 'user_message' && one.payload.seq === last, `seq ${last}`, within(world))
      .then(() => last)
      .catch((error: unknown) => {
        if (!(error instanceof Missed) || alice.connection.ended?.code !== 4302) throw error
        return seqsOf(alice, room).length
      })
    expectEqual('the seqs to alice', seqsOf(alice, room), upTo(end))
    if (end === last) return
    // Closed with 4302, she finds the rest, or is told that it is too much.
    const again = await world.ready('alice')
    const { recovered } = await again.subscribed(room, { epoch, seq: end })
    expectEqual('recovered, after 4302,', recovered, last - end <= again.welcome.payload.limits.replay_max)
    if (!recovered) return
    await hearsSeq(again, last)
    expectEqual('the seqs to alice, after 4302,', seqsOf(again, room), upTo(last, end))
  }
  return chatCase(`cluster/hole-of-${what}-is-filled-or-4302`, play, {
    of: ['cluster/holes-are-filled-or-4302'],
    title,
  })
}

const within = ({ stage }: World) => WITHIN_MS + stage.patience / 2

/** One more node, whose line to the broker is the case's own. */
async function nodeOnALine(world: World): Promise<{ there: World; line: Line }> {
  const { broker } = world.stage.target
  if (broker === undefined)
    throw new Skip('needs a node whose line to its broker it can cut, and knows no broker of the target')
  const line = await openLine(broker.url)
  world.stage.cleanup(line.close)
  const { there } = await ownNode(world, { env: { CHAT_REDIS_URL: line.url } })
  return { there, line }
}

/** What `/readyz` answers, as soon as it is the one that is due, or when that has to be so: many a server asks its broker by turns. */
async function statusSoon(world: World, due: number): Promise<number> {
  const until = performance.now() + within(world)
  for (;;) {
    const { status } = await world.get('/readyz')
    if (status === due || performance.now() > until) return status
    await pause(RETRY_MS)
  }
}

async function unavailable(actor: Ready, id: string, world: World): Promise<void> {
  const isAnswer = (one: { type: string; reply_to?: string }) => 'reply_to' in one && one.reply_to === id
  const answer = await actor.until(isAnswer, `an error unavailable to ${actor.name}`, within(world))
  if (answer.type !== 'error') throw new Finding('error unavailable', answer.type)
  const { code, retryable } = (answer as ErrorMessage).payload
  expectEqual('code and retryable', [code, retryable], ['unavailable', true])
}

/** Sends until it is not answered with `unavailable` any more, for as long as the way back may take. */
async function isServed(actor: Ready, send: () => string): Promise<void> {
  const until = performance.now() + WITHIN_MS
  for (;;) {
    const answer = await answered(actor, send())
    if (answer.type === 'ok') return
    if (answer.payload.code !== 'unavailable' || performance.now() > until)
      throw new Finding(`ok within ${WITHIN_MS} ms after the broker is back`, `error ${answer.payload.code}`)
    await actor.staysOpen(RETRY_MS)
  }
}
