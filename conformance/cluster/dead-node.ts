/** A node that dies takes nobody with it who is elsewhere, and leaves nobody behind. */
import { expectEqual, expectNotBefore, expectTrue } from '../actors/expect.ts'
import { hearsOf, present, storyOf, watcher } from '../actors/watcher.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { Skip } from '../runner/case.ts'
import { ownNode } from './nodes.ts'

const of = ['cluster/dead-node-leaves-no-zombies']

/** "`presence_grace_ms` and three times `heartbeat_interval_ms` after its death" */
const HEARTBEATS = 3

export const deadNode: readonly ChatCase[] = [
  chatCase(
    'cluster/dead-node-leaves-no-zombies',
    async (world) => {
      const { walt, died, grace, most, zoe } = await death(world)
      const leave = await hearsOf(walt, world.user('bob'), 'leave', most + world.stage.patience)
      const took = walt.arrivalOf(leave) - died
      expectNotBefore(`a leave ${grace} ms after the death`, took, grace)
      const allowed = most + world.stage.patience / 2
      expectTrue(`a leave within ${allowed} ms after the death`, took <= allowed, `${Math.round(took)} ms`)
      // Until the leave of any who were with bob would be there too.
      await walt.staysOpen(Math.max(0, died + most - performance.now()))
      await walt.fence()
      expectEqual('events of bob', storyOf(walt, world.user('bob')), ['join online', 'leave online'])
      for (const name of ['carol', 'dave', 'zoe'])
        expectEqual(`events of ${name}`, storyOf(walt, world.user(name)), ['join online'])
      const list = await zoe.ok<'presence_get'>(zoe.send('presence_get', { room: world.room() }))
      const there = ['carol', 'dave', 'walt', 'zoe'].map((name) => `${world.user(name)} online`)
      expectEqual('who is present', present(list), there.sort())
    },
    { of },
  ),
]

/**
 * bob is on a node that dies; so are carol, who comes back within the grace, and dave, who has another connection
 * elsewhere. zoe and walt, who watches, are on another one.
 */
async function death(world: World) {
  const room = world.room()
  const { there, kill } = await ownNode(world)
  const walt = await watcher(world, room)
  const { limits } = walt.welcome.payload
  const grace = world.affords(limits, 'presence_grace_ms')
  const beats = Array.from({ length: HEARTBEATS }, () => 'heartbeat_interval_ms' as const)
  const most = world.affords(limits, 'presence_grace_ms', ...beats)
  const zoe = await world.member('zoe', room)
  await there.member('bob', room)
  const carol = await there.member('carol', room)
  await there.member('dave', room)
  await world.member('dave', room)
  for (const name of ['bob', 'carol', 'dave']) await hearsOf(walt, world.user(name), 'join')
  const died = performance.now()
  await kill()
  await world.back(carol)
  if (performance.now() - died >= grace) throw new Skip(`took longer than presence_grace_ms, ${grace} ms`)
  return { walt, zoe, died, grace, most }
}
