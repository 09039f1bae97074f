/** Who is present, on whatever node. */
import { expectEqual, expectNotBefore } from '../actors/expect.ts'
import { breaks, hearsOf, present, storyOf, watcher } from '../actors/watcher.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { Skip } from '../runner/case.ts'
import { nodesOf, placesOf } from './nodes.ts'

const of = ['cluster/presence-on-all-nodes']

export const presence: readonly ChatCase[] = [
  chatCase(
    'cluster/presence-events-on-all-nodes',
    async (world) => {
      const [place = world, ...others] = placesOf(world)
      const watchers = await Promise.all(others.map((other, n) => watcher(other, world.room(), `walt-${n + 1}`)))
      const bob = await place.member('bob')
      await bob.ok(bob.send('presence_set', { status: 'away' }))
      await bob.ok(bob.send('unsubscribe', { room: world.room() }))
      const sub = world.user('bob')
      for (const walt of watchers) {
        for (const event of ['join', 'update', 'leave'] as const) await hearsOf(walt, sub, event)
        expectEqual(`events of bob to ${walt.name}`, storyOf(walt, sub), ['join online', 'update away', 'leave away'])
      }
    },
    { of, title: 'A join, an update and a leave are told to the watchers on all nodes, each once.' },
  ),

  chatCase(
    'cluster/lists-take-all-nodes',
    async (world) => {
      const room = world.room()
      const places = placesOf(world)
      const expected: string[] = []
      const watchers: Ready[] = []
      // Each is seen by those who come after it, and asked for again by those who came before.
      for (const [n, place] of places.entries()) {
        const name = `walt-${n + 1}`
        expected.push(`${world.user(name)} online`)
        const walt = await watcher(place, room, name)
        expectEqual(`who is present to ${name}`, present(walt.snapshot), expected)
        watchers.push(walt)
      }
      for (const walt of watchers) {
        const list = await walt.ok<'presence_get'>(walt.send('presence_get', { room }))
        expectEqual(`who is present to ${walt.name}`, present(list), expected)
        expectEqual('count', list.count, expected.length)
      }
      const [first, last] = [watchers[0], watchers.at(-1)] as [Ready, Ready]
      await first.ok(first.send('unsubscribe', { room }))
      const left = await last.ok<'presence_get'>(last.send('presence_get', { room }))
      expectEqual(`who is present to ${last.name}, once walt-1 has left,`, present(left), expected.slice(1))
    },
    { of, title: 'Snapshots and lists of the present take all nodes together, as they are now.' },
  ),

  chatCase(
    'cluster/connections-on-two-nodes-are-one-user',
    async (world) => {
      const [a, b, c] = nodesOf(world)
      const walt = await watcher(c)
      const sub = world.user('bob')
      const phone = await a.member('phone', world.room(), { claims: { sub } })
      const laptop = await b.member('laptop', world.room(), { claims: { sub } })
      await phone.connection.close(1000)
      await phone.connection.end(world.stage.patience)
      await laptop.ok(laptop.send('presence_set', { status: 'dnd' }))
      await hearsOf(walt, sub, 'update')
      const list = await walt.ok<'presence_get'>(walt.send('presence_get', { room: world.room() }))
      expectEqual('who is present', present(list).includes(`${sub} dnd`), true)
      await laptop.connection.close(1000)
      await hearsOf(walt, sub, 'leave')
      expectEqual('events of bob', storyOf(walt, sub), ['join online', 'update dnd', 'leave dnd'])
    },
    { of, title: 'A user with connections on two nodes joins with the first and leaves with the last.' },
  ),

  chatCase(
    'cluster/comes-back-elsewhere-in-silence',
    (world) =>
      expectSilence(world, async (bob, elsewhere) => {
        await breaks(bob, world.stage.patience)
        await elsewhere.back(bob)
      }),
    { of, title: 'A user whose connection broke and who is back on another node within the grace has not left.' },
  ),

  chatCase(
    'cluster/takeover-elsewhere-is-silent',
    (world) =>
      expectSilence(world, async (bob, elsewhere) => {
        await elsewhere.back(bob)
        await bob.closes(4104)
      }),
    { of, title: 'A user whose session is taken over on another node has not left.' },
  ),

  chatCase(
    'cluster/leaves-after-the-grace-on-all-nodes',
    async (world) => {
      const [a, b, c] = nodesOf(world)
      const walt = await watcher(b, world.room(), 'walt')
      const watchers = [walt, await watcher(c, world.room(), 'wendy')]
      const grace = world.affords(walt.welcome.payload.limits, 'presence_grace_ms')
      const bob = await a.member('bob')
      const since = await breaks(bob, world.stage.patience)
      for (const one of watchers) {
        const leave = await hearsOf(one, world.user('bob'), 'leave', grace + world.stage.patience)
        expectNotBefore(`a leave ${grace} ms after the break`, one.arrivalOf(leave) - since, grace)
        expectEqual(`events of bob to ${one.name}`, storyOf(one, world.user('bob')), ['join online', 'leave online'])
      }
    },
    { of, title: 'A user whose last connection broke leaves after the grace, on all nodes, once.' },
  ),
]

/** Nobody notices that bob is on another node; the leave of carol, who breaks after him, tells when his would be there. */
async function expectSilence(world: World, goes: (bob: Ready, elsewhere: World) => Promise<unknown>): Promise<void> {
  const [a, b, c] = nodesOf(world)
  const walt = await watcher(c, world.room(), 'walt')
  const watchers = [walt, await watcher(a, world.room(), 'wendy')]
  const grace = world.affords(walt.welcome.payload.limits, 'presence_grace_ms')
  const bob = await a.member('bob')
  const carol = await a.member('carol')
  const since = performance.now()
  await goes(bob, b)
  if (performance.now() - since >= grace) throw new Skip(`took longer than presence_grace_ms, ${grace} ms`)
  await breaks(carol, world.stage.patience)
  for (const one of watchers) {
    await hearsOf(one, world.user('carol'), 'leave', grace + world.stage.patience)
    expectEqual(`events of bob to ${one.name}`, storyOf(one, world.user('bob')), ['join online'])
  }
  const list = await walt.ok<'presence_get'>(walt.send('presence_get', { room: world.room() }))
  expectEqual('whether bob is listed', present(list).includes(`${world.user('bob')} online`), true)
}
