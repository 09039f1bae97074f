/** Read marks: one per user and room, that goes only forward. */
import { expectEqual } from '../actors/expect.ts'
import type { ConnectOptions, Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const read: readonly ChatCase[] = [
  chatCase('read/reaches-the-others', async (world) => {
    const room = world.room()
    const claims = { sub: world.user('alice'), name: 'Alice' }
    const phone = await reader(world, 'phone', { claims })
    const others = [await world.member('laptop', room, { claims }), await world.member('bob', room)]
    await filled(world, 3)
    await marks(phone, room, 2)
    for (const other of others)
      expectEqual('the read', (await other.next('read')).payload, {
        room,
        user: { id: claims.sub, name: claims.name },
        seq: 2,
      })
  }),

  chatCase('read/not-to-its-sender', async (world) => {
    const room = world.room()
    const claims = { sub: world.user('alice') }
    const phone = await reader(world, 'phone', { claims })
    const laptop = await world.member('laptop', room, { claims })
    await filled(world, 3)
    await marks(phone, room, 2)
    await laptop.next('read')
    await marks(laptop, room, 3)
    await phone.next('read')
    await phone.fence()
    expectEqual('seq of each read to the phone', seqs(phone), [3])
  }),

  chatCase('read/ok-carries-the-mark', async (world) => {
    const room = world.room()
    const alice = await reader(world, 'alice')
    await filled(world, 3)
    for (const [asked, holds] of [
      [2, 2],
      [1, 2],
      [2, 2],
      [3, 3],
    ] as const)
      expectEqual(`the ok to a mark_read of ${asked}`, await marks(alice, room, asked), { room, seq: holds })
  }),

  chatCase('read/goes-only-forward', async (world) => {
    const room = world.room()
    const alice = await reader(world, 'alice')
    const bob = await world.member('bob', room)
    await filled(world, 3)
    for (const seq of [2, 1, 2]) await marks(alice, room, seq)
    expectEqual('read_seq', (await alice.subscribed(room)).read_seq, 2)
    await marks(alice, room, 3)
    for (let n = 0; n < 2; n += 1) await bob.next('read')
    await bob.fence()
    expectEqual('seq of each read to bob', seqs(bob), [2, 3])
  }),

  chatCase('read/beyond-the-head-is-invalid', async (world) => {
    const room = world.room()
    const alice = await reader(world, 'alice')
    const bob = await world.member('bob', room)
    await alice.refused(alice.send('mark_read', { room, seq: 1 }), 'invalid_payload')
    await filled(world, 2)
    await alice.refused(alice.send('mark_read', { room, seq: 3 }), 'invalid_payload')
    await alice.refused(alice.send('mark_read', { room, seq: Number.MAX_SAFE_INTEGER }), 'invalid_payload')
    expectEqual('the ok at the head', await marks(alice, room, 2), { room, seq: 2 })
    await bob.next('read')
    await bob.fence()
    expectEqual('seq of each read to bob', seqs(bob), [2])
  }),

  chatCase('read/is-one-per-user', async (world) => {
    const room = world.room()
    const phone = await reader(world, 'alice')
    const laptop = await world.member('laptop', room, { claims: { sub: world.user('alice') } })
    const bob = await world.member('bob', room)
    await filled(world, 2)
    await marks(phone, room, 2)
    expectEqual('the mark of alice on her laptop', (await marks(laptop, room, 1)).seq, 2)
    expectEqual('the mark of bob', (await marks(bob, room, 1)).seq, 1)
    await phone.until((one) => one.type === 'read' && one.payload.user.id === world.user('bob'), 'a read of bob')
  }),

  chatCase('read/comes-back-on-subscribe', async (world) => {
    const [room, other] = [world.room(), world.room('other')]
    const alice = await reader(world, 'alice')
    await filled(world, 2)
    expectEqual('read_seq before there is a mark', (await alice.subscribed(room)).read_seq, undefined)
    await marks(alice, room, 2)
    const laptop = await world.ready('laptop', { claims: { sub: world.user('alice') } })
    expectEqual('read_seq', (await laptop.subscribed(room)).read_seq, 2)
    expectEqual('read_seq of another room', (await laptop.subscribed(other)).read_seq, undefined)
    const bob = await world.ready('bob')
    expectEqual('read_seq of another user', (await bob.subscribed(room)).read_seq, undefined)
    alice.connection.destroy()
    const again = await world.back(alice)
    const restored = again.welcome.payload.rooms.find((one) => one.room === room)
    expectEqual('read_seq of the restored room', restored && 'read_seq' in restored && restored.read_seq, 2)
  }),

  chatCase('read/needs-a-subscription', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    world.needs(alice.welcome, 'read')
    await filled(world, 1)
    await alice.refused(alice.send('mark_read', { room, seq: 1 }), 'not_subscribed')
    expectEqual('read_seq', (await alice.subscribed(room)).read_seq, undefined)
    await marks(alice, room, 1)
  }),

  chatCase('read/rooms-read-suffices', async (world) => {
    const room = world.room()
    const claims = { rooms: null, rooms_read: [room] }
    const alice = await reader(world, 'alice', { claims })
    await filled(world, 1)
    expectEqual('the ok', await marks(alice, room, 1), { room, seq: 1 })
  }),

  chatCase('read/reset-clears-the-mark', async (world) => {
    const room = world.room()
    const alice = await reader(world, 'alice')
    await filled(world, 3)
    await marks(alice, room, 3)
    const { status } = await world.control('reset-epoch', { room })
    expectEqual('HTTP status', status, 200)
    await alice.closes(4302)
    const again = await world.ready('alice-again', { claims: { sub: world.user('alice') } })
    expectEqual('read_seq after the reset', (await again.subscribed(room)).read_seq, undefined)
    await filled(world, 2)
    expectEqual('the mark, where the former one does not bind', (await marks(again, room, 1)).seq, 1)
    expectEqual('read_seq', (await again.subscribed(room)).read_seq, 1)
  }),
]

/** A member of the room, where the server serves read marks. */
async function reader(world: World, name: string, options: ConnectOptions = {}): Promise<Ready> {
  const actor = await world.ready(name, options)
  world.needs(actor.welcome, 'read')
  await actor.subscribed(world.room())
  return actor
}

const marks = (actor: Ready, room: string, seq: number) => actor.ok<'mark_read'>(actor.send('mark_read', { room, seq }))

const seqs = (actor: Ready) => actor.seen('read').map(({ payload }) => payload.seq)

/** The room has so many messages more, of somebody who is not subscribed. */
async function filled(world: World, count: number): Promise<void> {
  const author = await world.ready('author')
  for (let n = 1; n <= count; n += 1) await author.says(world.room(), `n${n}`)
}
