/** Who is present in a room: who is told when somebody comes, and what the lists of the present hold. */
import { expectEqual } from '../actors/expect.ts'
import { breaks, hearsOf, present, storyOf, watcher } from '../actors/watcher.ts'
import { Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** More connections than this are not opened only to fill a list. */
const MOST_USERS = 64

export const presence: readonly ChatCase[] = [
  chatCase('presence/join-with-first-connection', async (world) => {
    const walt = await watcher(world)
    const alice = await world.member('alice', world.room(), { claims: { name: 'Alice' } })
    const { payload } = await hearsOf(walt, world.user('alice'), 'join')
    const { room, user, status } = payload
    expectEqual(
      'room, user and status',
      { room, user, status },
      { room: world.room(), user: { id: world.user('alice'), name: 'Alice' }, status: 'online' },
    )
    await alice.ok(alice.send('presence_set', { status: 'away' }))
    await hearsOf(walt, world.user('alice'), 'update')
    expectEqual('events of alice', storyOf(walt, world.user('alice')), ['join online', 'update away'])
  }),

  chatCase('presence/further-connections-are-silent', async (world) => {
    const room = world.room()
    const walt = await watcher(world)
    const { limits } = walt.welcome.payload
    const grace = world.affords(limits, 'presence_grace_ms')
    const sub = world.user('alice')
    const device = (name: string) => world.member(name, room, { claims: { sub } })
    const bob = await world.member('bob', room)
    const phone = await device('phone')
    const laptop = await device('laptop')
    // The first that came goes, and is one more when it comes again.
    await phone.ok(phone.send('unsubscribe', { room }))
    await phone.subscribed(room)
    const tablet = await device('tablet')
    await tablet.connection.close(1000)
    await tablet.connection.end(world.stage.patience)
    await breaks(laptop, world.stage.patience)
    // A leave because of the laptop would have come by the time of that of bob, who breaks after it.
    await breaks(bob, world.stage.patience)
    await hearsOf(walt, world.user('bob'), 'leave', grace + world.stage.patience)
    await phone.ok(phone.send('presence_set', { status: 'away' }))
    await hearsOf(walt, sub, 'update')
    expectEqual('events of alice', storyOf(walt, sub), ['join online', 'update away'])
  }),

  chatCase('presence/duplicate-subscribe-is-silent', async (world) => {
    const room = world.room()
    const walt = await watcher(world)
    const alice = await world.member('alice', room)
    await alice.subscribed(room)
    await alice.ok(alice.send('subscribe', { room, presence: true }))
    // It did not count twice either: one unsubscribe is enough to leave.
    await alice.ok(alice.send('unsubscribe', { room }))
    await hearsOf(walt, world.user('alice'), 'leave')
    expectEqual('events of alice', storyOf(walt, world.user('alice')), ['join online', 'leave online'])
  }),

  chatCase('presence/only-for-watchers', async (world) => {
    const room = world.room()
    const walt = await watcher(world)
    const ned = await world.member('ned', room)
    const nora = await world.ready('nora')
    await nora.ok(nora.send('subscribe', { room, presence: false }))
    const alice = await world.member('alice', room)
    await hearsOf(walt, world.user('alice'), 'join')
    await alice.ok(alice.send('presence_set', { status: 'dnd' }))
    await hearsOf(walt, world.user('alice'), 'update')
    await alice.says(room, 'after the events')
    for (const other of [ned, nora]) {
      await other.hearsText('after the events')
      expectEqual(`presence events to ${other.name}`, other.seen('presence').length, 0)
    }
  }),

  chatCase('presence/join-is-not-sent-to-its-cause', async (world) => {
    const walt = await watcher(world)
    const alice = await watcher(world, world.room(), 'alice')
    await hearsOf(walt, world.user('alice'), 'join')
    await world.member('bob')
    await hearsOf(alice, world.user('bob'), 'join')
    await alice.ok(alice.send('presence_set', { status: 'away' }))
    await hearsOf(alice, world.user('alice'), 'update')
    expectEqual('events of alice to herself', storyOf(alice, world.user('alice')), ['update away'])
  }),

  chatCase('presence/snapshot-has-the-present', async (world) => {
    const room = world.room()
    const bob = await watcher(world, room, 'bob')
    world.fits(2, bob.welcome.payload.limits.presence_max, 'presence_max')
    await world.member('bobs-other', room, { claims: { sub: world.user('bob') } })
    const gone = await world.member('gone', room)
    await gone.ok(gone.send('unsubscribe', { room }))
    await bob.ok(bob.send('presence_set', { status: 'dnd' }))
    const { snapshot } = await watcher(world, room, 'alice', { claims: { name: 'Alice' } })
    expectEqual('users present', present(snapshot), [`${world.user('alice')} online`, `${world.user('bob')} dnd`])
    expectEqual('count and truncated', [snapshot.count, snapshot.truncated], [2, false])
    const own = snapshot.users.find(({ user }) => user.id === world.user('alice'))
    expectEqual('the user of the subscriber', own?.user, { id: world.user('alice'), name: 'Alice' })
  }),

  chatCase('presence/get-has-the-present', async (world) => {
    const room = world.room()
    const alice = await watcher(world, room, 'alice')
    world.fits(2, alice.welcome.payload.limits.presence_max, 'presence_max')
    const bob = await world.member('bob', room)
    await world.member('bobs-other', room, { claims: { sub: world.user('bob') } })
    const gone = await world.member('gone', room)
    await gone.ok(gone.send('unsubscribe', { room }))
    await bob.ok(bob.send('presence_set', { status: 'away' }))
    const list = await alice.ok<'presence_get'>(alice.send('presence_get', { room }))
    expectEqual('users present', present(list), [`${world.user('alice')} online`, `${world.user('bob')} away`])
    expectEqual('room, count and truncated', [list.room, list.count, list.truncated], [room, 2, false])
  }),

  chatCase('presence/get-needs-no-subscription', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const alice = await world.ready('alice')
    const list = await alice.ok<'presence_get'>(alice.send('presence_get', { room }))
    // Who asks is not present for that.
    expectEqual('users present', present(list), [`${world.user('walt')} online`])
    await alice.subscribed(room)
    await hearsOf(walt, world.user('alice'), 'join')
  }),

  chatCase('presence/get-needs-a-grant-to-read', async (world) => {
    const room = world.room()
    const alice = await watcher(world, room, 'alice')
    await alice.refused(alice.send('presence_get', { room: 'elsewhere' }), 'forbidden')
    const reader = await world.ready('reader', { claims: { rooms: null, rooms_read: [room] } })
    const list = await reader.ok<'presence_get'>(reader.send('presence_get', { room }))
    expectEqual('users present', present(list), [`${world.user('alice')} online`])
    await reader.refused(reader.send('presence_get', { room: `${room}.attic` }), 'forbidden')
  }),

  chatCase('presence/truncated-beyond-the-maximum', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const { presence_max: max } = walt.welcome.payload.limits
    if (max > MOST_USERS) throw new Skip(`needs ${max + 1} users, for presence_max is ${max}`)
    const list = async () => {
      const { users, count, truncated } = await walt.ok<'presence_get'>(walt.send('presence_get', { room }))
      return { users: new Set(users.map(({ user }) => user.id)).size, listed: users.length, count, truncated }
    }
    await Promise.all(Array.from({ length: max - 1 }, (_, n) => world.member(`user${n}`, room)))
    expectEqual('a full list', await list(), { users: max, listed: max, count: max, truncated: false })
    const { snapshot } = await watcher(world, room, 'last')
    expectEqual('a list with one user more', await list(), {
      users: max,
      listed: max,
      count: max + 1,
      truncated: true,
    })
    expectEqual(
      'the snapshot: listed, count and truncated',
      [snapshot.users.length, snapshot.count, snapshot.truncated],
      [max, max + 1, true],
    )
  }),
]
