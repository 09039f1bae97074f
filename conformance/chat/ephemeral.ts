/** `typing` and `signal`: to everybody else now, and nowhere afterwards. */
import type { ClientMessage, ServerMessage } from '../../schemas/generated/chat.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const KINDS = ['typing', 'signal'] as const
type Kind = (typeof KINDS)[number]
type Payload = Extract<ClientMessage, { type: Kind }>['payload']

const DATA = { line: 3, at: [1.5, -0.25, 1e21], text: 'ü\u0000😀', nested: { none: null, yes: true } }

/** Time for what a server does by a timer of its own. */
const TIMER_SLACK_MS = 250

export const ephemeral: readonly ChatCase[] = [
  ...ofBoth(
    'reaches-the-others',
    async (world, kind) => {
      const room = world.room()
      const claims = { sub: world.user('alice'), name: 'Alice' }
      const phone = await member(world, kind, 'phone', { claims })
      const others = [await world.member('laptop', room, { claims }), await world.member('bob', room)]
      const user = { id: claims.sub, name: claims.name }
      const first = payloadOf(kind, room)
      await phone.ok(phone.send(kind, first))
      // Without an id it gets no answer, and reaches them all the same.
      const second = kind === 'typing' ? { room, state: 'stop' } : { room, name: 'selection', data: {} }
      phone.sendJson({ type: kind, payload: second })
      for (const other of others) {
        expectEqual(`the ${kind}`, (await other.next(kind)).payload, { ...first, user })
        expectEqual(`the ${kind} without an id`, (await other.next(kind)).payload, { ...second, user })
      }
    },
    { typing: 'ephemeral/typing-reaches-the-others', signal: 'ephemeral/signal-reaches-the-others' },
  ),

  ...ofBoth('not-to-its-sender', async (world, kind) => {
    const room = world.room()
    const alice = await member(world, kind, 'alice')
    const bob = await world.member('bob', room)
    await alice.ok(alice.send(kind, payloadOf(kind, room)))
    await bob.next(kind)
    await bob.ok(bob.send(kind, payloadOf(kind, room)))
    await alice.next(kind)
    await alice.fence()
    const from = alice.seen(kind).map(({ payload }) => payload.user.id)
    expectEqual(`users of each ${kind} to alice`, from, [world.user('bob')])
  }),

  ...ofBoth('stays-in-its-room', async (world, kind) => {
    const [here, there] = [world.room('here'), world.room('there')]
    const alice = await member(world, kind, 'alice', {}, here)
    await alice.subscribed(there)
    const bob = await world.member('bob', here)
    const carol = await world.member('carol', there)
    const gone = await world.member('gone', here)
    await gone.ok(gone.send('unsubscribe', { room: here }))
    await gone.subscribed(there)
    await alice.ok(alice.send(kind, payloadOf(kind, here)))
    await bob.next(kind)
    await alice.ok(alice.send(kind, payloadOf(kind, there)))
    for (const other of [carol, gone]) {
      await other.next(kind)
      const rooms = other.seen(kind).map(({ payload }) => payload.room)
      expectEqual(`rooms of each ${kind} to ${other.name}`, rooms, [there])
    }
  }),

  ...ofBoth('needs-a-subscription', async (world, kind) => {
    const room = world.room()
    const bob = await member(world, kind, 'bob')
    const alice = await world.ready('alice')
    await alice.refused(alice.send(kind, payloadOf(kind, room)), 'not_subscribed')
    // Another connection of the same user does not count.
    const phone = await world.member('phone', room, { claims: { sub: world.user('alice') } })
    await alice.refused(alice.send(kind, payloadOf(kind, room)), 'not_subscribed')
    await phone.ok(phone.send(kind, payloadOf(kind, room)))
    await alice.subscribed(room)
    await alice.ok(alice.send(kind, payloadOf(kind, room)))
    for (let n = 0; n < 2; n += 1) await bob.next(kind)
    await bob.fence()
    expectEqual(`each ${kind} to bob`, bob.seen(kind).length, 2)
  }),

  ...ofBoth('needs-a-grant-to-write', async (world, kind) => {
    const room = world.room()
    const bob = await member(world, kind, 'bob')
    const reader = await world.member('reader', room, { claims: { rooms: null, rooms_read: [room] } })
    await reader.refused(reader.send(kind, payloadOf(kind, room)), 'forbidden')
    await bob.refused(bob.send(kind, payloadOf(kind, 'elsewhere')), 'forbidden')
    const alice = await world.member('alice', room)
    await alice.ok(alice.send(kind, payloadOf(kind, room)))
    await bob.next(kind)
    await bob.fence()
    const from = bob.seen(kind).map(({ payload }) => payload.user.id)
    expectEqual(`users of each ${kind} to bob`, from, [world.user('alice')])
  }),

  chatCase('ephemeral/data-over-2048-octets-is-too-large', async (world) => {
    const room = world.room()
    const alice = await member(world, 'signal', 'alice')
    const bob = await world.member('bob', room)
    const signal = (fill: string) => alice.send('signal', { room, name: 'cursor', data: { fill } })
    await alice.refused(signal('x'.repeat(3072)), 'payload_too_large')
    // Octets, not characters: 1024 of these are 3072 octets, and 512 are 1536.
    await alice.refused(signal('€'.repeat(1024)), 'payload_too_large')
    await alice.ok(signal('€'.repeat(512)))
    await alice.ok(signal('x'.repeat(1536)))
    for (const fill of ['€'.repeat(512), 'x'.repeat(1536)])
      expectEqual('data', (await bob.next('signal')).payload.data, { fill })
  }),

  chatCase('ephemeral/uses-no-seq', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const { seq: first } = await alice.says(room, 'one')
    await ephemerals(world, alice)
    const bob = await world.ready('bob')
    expectEqual('head_seq', (await bob.subscribed(room)).head_seq, first)
    const { seq: second } = await alice.says(room, 'two')
    expectEqual('seq of the messages before and after', [first, second], [1, 2])
  }),

  chatCase('ephemeral/is-not-stored', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const carol = await world.member('carol', room)
    const term = new Term(alice.welcome.payload.limits, 'resume_window_ms')
    const { epoch } = await alice.says(room, 'one')
    const sent = await ephemerals(world, alice)
    for (const event of sent) await carol.next(event)
    const bob = await world.ready('bob')
    const { replay_count: count } = await bob.subscribed(room, { epoch, seq: 0 })
    term.judge(() => expectEqual('replay_count', count, 1))
    await bob.hearsText('one')
    await alice.says(room, 'two')
    await bob.hearsText('two')
    const stored: readonly ServerMessage['type'][] = bob.welcome.payload.features.includes('history')
      ? (await bob.ok<'history'>(bob.send('history', { room }))).messages.map(({ type }) => type)
      : []
    const seen = [...bob.received().map(({ type }) => type), ...stored]
    const kept = seen.filter((type) => ['typing', 'signal', 'read'].includes(type))
    expectEqual('ephemeral events that were replayed or stored', kept, [])
  }),

  chatCase('ephemeral/server-adds-no-stop', async (world) => {
    const room = world.room()
    const alice = await member(world, 'typing', 'alice')
    const ttl = world.affords(alice.welcome.payload.limits, 'typing_ttl_ms')
    const [closes, vanishes, leaves] = [
      await world.member('closes', room),
      await world.member('vanishes', room),
      await world.member('leaves', room),
    ]
    const bob = await world.member('bob', room)
    for (const one of [alice, closes, vanishes, leaves]) await one.ok(one.send('typing', { room, state: 'start' }))
    for (let n = 0; n < 4; n += 1) await bob.next('typing')
    await closes.connection.close(1000)
    vanishes.connection.destroy()
    await leaves.ok(leaves.send('unsubscribe', { room }))
    const more = await bob.hears('typing', ttl + TIMER_SLACK_MS)
    expectTrue('no typing but the four that were sent', !more, JSON.stringify(bob.seen('typing').at(-1)?.payload))
  }),
]

/** One case for each kind of event, for a server may serve either without the other. */
function ofBoth(
  rule: string,
  play: (world: World, kind: Kind) => Promise<void>,
  of: Readonly<Record<Kind, string>> = { typing: `ephemeral/${rule}`, signal: `ephemeral/${rule}` },
): ChatCase[] {
  return KINDS.map((kind) => {
    const id = `ephemeral/${kind}-${rule}`
    const title = `For ${kind}: ${rule.replaceAll('-', ' ')}.`
    return chatCase(id, (world) => play(world, kind), of[kind] === id ? {} : { of: [of[kind]], title })
  })
}

/** A member of the room, where the server serves this kind of event. */
async function member(world: World, kind: Kind, name: string, options = {}, room = world.room()): Promise<Ready> {
  const actor = await world.ready(name, options)
  world.needs(actor.welcome, kind)
  await actor.subscribed(room)
  return actor
}

function payloadOf(kind: Kind, room: string): Payload {
  return kind === 'typing' ? { room, state: 'start' } : { room, name: 'cursor', data: DATA }
}

/**
 * Sends one of each that the server serves, of a room that has a message.
 * @returns the types of the events that come of them.
 */
async function ephemerals(world: World, actor: Ready): Promise<('typing' | 'signal' | 'read')[]> {
  const room = world.room()
  const { features } = actor.welcome.payload
  const served = ([...KINDS, 'read'] as const).filter((feature) => features.includes(feature))
  if (served.length === 0) throw new Skip('welcome.features lists none of typing, signal and read')
  for (const kind of served)
    await actor.ok(
      kind === 'read' ? actor.send('mark_read', { room, seq: 1 }) : actor.send(kind, payloadOf(kind, room)),
    )
  return served
}
