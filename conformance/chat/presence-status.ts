/** The status of a user, and the `rev` that orders what is known of one. */
import type { PresenceSnapshot } from '../../schemas/generated/chat.ts'
import type { Actor } from '../actors/actor.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { breaks, hearsOf, present, storyOf, watcher } from '../actors/watcher.ts'
import { Finding, Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

type Status = PresenceSnapshot['users'][number]['status']

export const presenceStatus: readonly ChatCase[] = [
  chatCase('presence/status-reaches-watchers', async (world) => {
    const [here, there, away] = [world.room('here'), world.room('there'), world.room('away')]
    const alice = await world.ready('alice')
    const watchers = [await watcher(world, here, 'walt'), await watcher(world, there, 'wanda')]
    const elsewhere = await watcher(world, away, 'wim')
    for (const room of [here, there]) await alice.subscribed(room)
    expectEqual('the ok', await sets(alice, 'dnd'), { status: 'dnd' })
    for (const one of watchers) {
      await hearsOf(one, world.user('alice'), 'update')
      expectEqual(`events to ${one.name}`, storyOf(one, world.user('alice')), ['join online', 'update dnd'])
    }
    await alice.subscribed(away)
    await hearsOf(elsewhere, world.user('alice'), 'join')
    expectEqual('events where alice was not present', storyOf(elsewhere, world.user('alice')), ['join dnd'])
  }),

  chatCase('presence/last-status-wins', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const phone = await world.member('alice', room)
    const laptop = await world.member('laptop', room, { claims: { sub: world.user('alice') } })
    const status = async () => {
      const list = await walt.ok<'presence_get'>(walt.send('presence_get', { room }))
      return present(list).find((entry) => entry.startsWith(world.user('alice')))
    }
    for (const [device, set] of [
      [phone, 'away'],
      [laptop, 'dnd'],
      [phone, 'online'],
      [laptop, 'away'],
    ] as const) {
      await sets(device, set)
      expectEqual('the status', await status(), `${world.user('alice')} ${set}`)
    }
    // The one that set it goes; it holds for the user all the same.
    await laptop.ok(laptop.send('unsubscribe', { room }))
    expectEqual('the status', await status(), `${world.user('alice')} away`)
  }),

  chatCase('presence/unchanged-status-is-silent', async (world) => {
    const walt = await watcher(world)
    const alice = await world.member('alice')
    const laptop = await world.member('laptop', world.room(), { claims: { sub: world.user('alice') } })
    // The first status is `online`, set or not.
    await sets(alice, 'online')
    await sets(alice, 'dnd')
    await sets(laptop, 'dnd')
    await sets(alice, 'away')
    await hearsOf(walt, world.user('alice'), 'update')
    await hearsOf(walt, world.user('alice'), 'update')
    expectEqual('events of alice', storyOf(walt, world.user('alice')), ['join online', 'update dnd', 'update away'])
  }),

  chatCase('presence/status-ends-with-the-last-room', async (world) => {
    const [here, there] = [world.room('here'), world.room('there')]
    const walt = await watcher(world, here)
    const alice = await world.member('alice', here)
    await alice.subscribed(there)
    await sets(alice, 'dnd')
    // As long as she is in another room, it holds.
    await alice.ok(alice.send('unsubscribe', { room: here }))
    await alice.subscribed(here)
    for (const room of [here, there]) await alice.ok(alice.send('unsubscribe', { room }))
    await alice.subscribed(here)
    for (let n = 0; n < 3; n += 1) await hearsOf(walt, world.user('alice'), 'join')
    const joins = storyOf(walt, world.user('alice')).filter((event) => event.startsWith('join'))
    expectEqual('joins of alice', joins, ['join online', 'join dnd', 'join online'])
  }),

  chatCase(
    'presence/status-ends-with-the-grace',
    async (world) => {
      const walt = await watcher(world)
      const grace = world.affords(walt.welcome.payload.limits, 'presence_grace_ms')
      const alice = await world.member('alice')
      await sets(alice, 'dnd')
      await breaks(alice, world.stage.patience)
      await hearsOf(walt, world.user('alice'), 'leave', grace + world.stage.patience)
      await world.member('alice-again', world.room(), { claims: { sub: world.user('alice') } })
      for (let n = 0; n < 2; n += 1) await hearsOf(walt, world.user('alice'), 'join')
      expectEqual('the status of the last join', storyOf(walt, world.user('alice')).at(-1), 'join online')
    },
    {
      of: ['presence/status-ends-with-the-last-room'],
      title: 'Whose grace has run out in the last room is online when the user next joins without a session.',
    },
  ),

  chatCase('presence/restored-status-in-no-room', async (world) => {
    const walt = await watcher(world)
    const { limits } = walt.welcome.payload
    const { presence_grace_ms: grace, resume_window_ms: window } = limits
    if (grace >= window) throw new Skip(`presence_grace_ms ${grace} outlasts resume_window_ms ${window}`)
    world.affords(limits, 'presence_grace_ms')
    const alice = await world.member('alice')
    await sets(alice, 'dnd')
    const since = await breaks(alice, world.stage.patience)
    await hearsOf(walt, world.user('alice'), 'leave', grace + world.stage.patience)
    const { session } = (await world.back(alice)).welcome.payload
    if (!session.resumed) {
      // On a machine that took longer than the window, the session is rightly gone.
      if (performance.now() - since >= window) throw new Skip(`took longer than resume_window_ms, ${window} ms`)
      throw new Finding('session.resumed true', `false, reason ${session.reason}`)
    }
    for (let n = 0; n < 2; n += 1) await hearsOf(walt, world.user('alice'), 'join')
    expectEqual('the status of the last join', storyOf(walt, world.user('alice')).at(-1), 'join dnd')
  }),

  chatCase(
    'presence/status-set-in-no-room-is-restored',
    async (world) => {
      const walt = await watcher(world)
      const alice = await world.ready('alice')
      await sets(alice, 'dnd')
      await breaks(alice, world.stage.patience)
      const again = await world.back(alice)
      await again.subscribed(world.room())
      await hearsOf(walt, world.user('alice'), 'join')
      expectEqual('events of alice', storyOf(walt, world.user('alice')), ['join dnd'])
    },
    {
      of: ['presence/restored-status-in-no-room'],
      title: 'A status that was set in no room comes back with the session.',
    },
  ),

  chatCase('presence/restored-status-yields', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const phone = await world.member('alice', room)
    await sets(phone, 'dnd')
    const laptop = await world.member('laptop', room, { claims: { sub: world.user('alice') } })
    await breaks(phone, world.stage.patience)
    await sets(laptop, 'away')
    const again = await world.back(phone)
    expectEqual('resumed', again.welcome.payload.session.resumed, true)
    await sets(laptop, 'online')
    for (let n = 0; n < 3; n += 1) await hearsOf(walt, world.user('alice'), 'update')
    expectEqual('events of alice', storyOf(walt, world.user('alice')), [
      'join online',
      'update dnd',
      'update away',
      'update online',
    ])
  }),

  chatCase('presence/rev-grows', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const alice = await world.member('alice', room)
    await sets(alice, 'away')
    await alice.ok(alice.send('unsubscribe', { room }))
    await alice.subscribed(room)
    await sets(alice, 'dnd')
    await alice.ok(alice.send('unsubscribe', { room }))
    for (let n = 0; n < 2; n += 1) await hearsOf(walt, world.user('alice'), 'leave')
    const revs = revsOf(walt, world.user('alice'))
    expectEqual('events of alice', revs.length, 6)
    expectTrue('rev that grows from each event to the next', ascends(revs), JSON.stringify(revs))
  }),

  chatCase('presence/rev-compares-with-snapshot', async (world) => {
    const room = world.room()
    const alice = await watcher(world, room, 'alice')
    await sets(alice, 'away')
    const walt = await watcher(world, room)
    const snapshot = walt.snapshot.users.find(({ user }) => user.id === world.user('alice'))
    await sets(alice, 'dnd')
    const { payload: update } = await hearsOf(walt, world.user('alice'), 'update')
    const list = await walt.ok<'presence_get'>(walt.send('presence_get', { room }))
    const entry = list.users.find(({ user }) => user.id === world.user('alice'))
    await alice.ok(alice.send('unsubscribe', { room }))
    const { payload: leave } = await hearsOf(walt, world.user('alice'), 'leave')
    // Each event after a list has a higher rev than the list.
    for (const [told, before] of [
      [update, snapshot],
      [leave, entry],
    ] as const)
      expectTrue(
        `a rev over ${before?.rev}, which was listed before`,
        before !== undefined && told.rev > before.rev,
        String(told.rev),
      )
  }),
]

const sets = (actor: Actor, status: Status) => actor.ok<'presence_set'>(actor.send('presence_set', { status }))

const revsOf = (watcher: Actor, sub: string) =>
  watcher.seen('presence').flatMap(({ payload: { user, rev } }) => (user.id === sub ? [rev] : []))

const ascends = (numbers: readonly number[]) => numbers.every((one, at) => at === 0 || one > (numbers[at - 1] ?? one))
