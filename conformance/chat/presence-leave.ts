/** When a user leaves a room: at once on purpose, after the grace where a connection broke. */
import { expectEqual, expectNotBefore } from '../actors/expect.ts'
import { breaks, hearsOf, present, storyOf, watcher } from '../actors/watcher.ts'
import type { Ready, World } from '../actors/world.ts'
import { Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const presenceLeave: readonly ChatCase[] = [
  chatCase(
    'presence/leave-after-the-grace',
    (world) => leavesAfterTheGrace(world, (bob) => breaks(bob, world.stage.patience)),
    { of: ['presence/leave-after-the-grace'], title: 'A client closes with 1001: leave after the grace, not before.' },
  ),

  chatCase(
    'presence/leave-after-the-grace-without-a-close',
    (world) =>
      leavesAfterTheGrace(world, async (bob) => {
        const since = performance.now()
        bob.connection.destroy()
        return since
      }),
    { of: ['presence/leave-after-the-grace'], title: 'A client vanishes: leave after the grace, not before.' },
  ),

  chatCase('presence/revoked-keeps-the-grace', (world) =>
    leavesAfterTheGrace(world, async (bob) => {
      const since = performance.now()
      await world.control('revoke', { sub: world.user('bob') })
      // "Within 5 seconds", by the section of revocation.
      await bob.closes(4103, 5000 + world.stage.patience)
      return since
    }),
  ),

  chatCase('presence/present-within-the-grace', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const { presence_grace_ms: grace } = walt.welcome.payload.limits
    const bob = await world.member('bob', room)
    const since = await breaks(bob, world.stage.patience)
    const list = await walt.ok<'presence_get'>(walt.send('presence_get', { room }))
    // On a machine that took longer than the grace, both are right.
    if (performance.now() - since >= grace) throw new Skip(`took longer than presence_grace_ms, ${grace} ms`)
    expectEqual('users present', present(list), [`${world.user('bob')} online`, `${world.user('walt')} online`])
    expectEqual('count', list.count, 2)
  }),

  chatCase(
    'presence/back-anew-within-the-grace-is-silent',
    (world) =>
      comesBackInSilence(world, (bob) =>
        world.member('bob-again', world.room(), { claims: { sub: bob.welcome.payload.user.id } }),
      ),
    { of: ['presence/back-within-the-grace-is-silent'], title: 'A subscribe within the grace: no leave and no join.' },
  ),

  chatCase(
    'presence/back-with-the-session-within-the-grace-is-silent',
    (world) => comesBackInSilence(world, (bob) => world.back(bob)),
    { of: ['presence/back-within-the-grace-is-silent'], title: 'A resume within the grace: no leave and no join.' },
  ),

  chatCase('presence/takeover-is-silent', async (world) => {
    const walt = await watcher(world)
    const grace = world.affords(walt.welcome.payload.limits, 'presence_grace_ms')
    const bob = await world.member('bob')
    const carol = await world.member('carol')
    const again = await world.back(bob)
    expectEqual('resumed', again.welcome.payload.session.resumed, true)
    await bob.closes(4104, 1000 + world.stage.patience)
    await nothingOfBobUntilCarolLeaves(world, walt, carol, grace)
    await again.fence()
  }),

  chatCase('presence/close-1000-leaves-at-once', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const { presence_grace_ms: grace } = walt.welcome.payload.limits
    const bob = await world.member('bob', room)
    await bob.connection.close(1000)
    await bob.connection.disconnect(world.stage.patience)
    // Well within the grace bob is back: who has left comes again, and who has not is silent.
    await hearsOf(walt, world.user('bob'), 'leave', Math.min(grace / 2, world.stage.patience)).catch(() => {})
    await world.member('bob-again', room, { claims: { sub: world.user('bob') } })
    await hasLeftAndComeAgain(world, walt)
  }),

  chatCase('presence/unsubscribe-leaves-at-once', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const bob = await world.member('bob', room)
    await bob.ok(bob.send('unsubscribe', { room }))
    await bob.subscribed(room)
    await hasLeftAndComeAgain(world, walt)
  }),

  chatCase('presence/lost-grant-leaves-at-once', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const bob = await world.member('bob', room)
    const full = await world.token('bob')
    const none = await world.token('bob', { rooms: null })
    await bob.ok(bob.send('auth_refresh', { token: none }))
    await bob.ok(bob.send('auth_refresh', { token: full }))
    await bob.subscribed(room)
    await hasLeftAndComeAgain(world, walt)
  }),

  chatCase('presence/at-once-despite-another-grace', async (world) => {
    const room = world.room()
    const walt = await watcher(world, room)
    const bob = await world.member('bob', room)
    const laptop = await world.member('laptop', room, { claims: { sub: world.user('bob') } })
    await breaks(laptop, world.stage.patience)
    await bob.ok(bob.send('unsubscribe', { room }))
    await bob.subscribed(room)
    await hasLeftAndComeAgain(world, walt)
  }),
]

/**
 * Bob's only connection goes without meaning to leave.
 * @param goes resolves with a moment before the server can have known.
 */
async function leavesAfterTheGrace(world: World, goes: (bob: Ready) => Promise<number>): Promise<void> {
  const walt = await watcher(world)
  const grace = world.affords(walt.welcome.payload.limits, 'presence_grace_ms')
  const bob = await world.member('bob')
  const since = await goes(bob)
  const leave = await hearsOf(walt, world.user('bob'), 'leave', grace + world.stage.patience)
  expectNotBefore(`a leave not before the grace of ${grace} ms is over`, walt.arrivalOf(leave) - since, grace)
  expectEqual('events of bob', storyOf(walt, world.user('bob')), ['join online', 'leave online'])
}

/** Bob breaks and comes back at once: nobody notices. */
async function comesBackInSilence(world: World, comes: (bob: Ready) => Promise<unknown>): Promise<void> {
  const walt = await watcher(world)
  const grace = world.affords(walt.welcome.payload.limits, 'presence_grace_ms')
  const bob = await world.member('bob')
  const carol = await world.member('carol')
  const since = await breaks(bob, world.stage.patience)
  await comes(bob)
  // On a machine that took longer than the grace, a leave and a join are right.
  if (performance.now() - since >= grace) throw new Skip(`took longer than presence_grace_ms, ${grace} ms`)
  await nothingOfBobUntilCarolLeaves(world, walt, carol, grace)
}

/** Carol breaks after bob: her leave comes when that of bob, were it to come, would have been there. */
async function nothingOfBobUntilCarolLeaves(world: World, walt: Ready, carol: Ready, grace: number): Promise<void> {
  await breaks(carol, world.stage.patience)
  await hearsOf(walt, world.user('carol'), 'leave', grace + world.stage.patience)
  expectEqual('events of bob', storyOf(walt, world.user('bob')), ['join online'])
}

/**
 * Bob left, and came again within the grace: where the leave was not at once, there was none, and so no second join.
 * No clock is needed to tell.
 */
async function hasLeftAndComeAgain(world: World, walt: Ready): Promise<void> {
  const dora = await world.member('dora', world.room(), { claims: { sub: world.user('bob') } })
  await dora.ok(dora.send('presence_set', { status: 'away' }))
  await hearsOf(walt, world.user('bob'), 'update')
  const story = storyOf(walt, world.user('bob')).map((event) => event.split(' ')[0])
  expectEqual('events of bob', story, ['join', 'leave', 'join', 'update'])
}
