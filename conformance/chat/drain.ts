/** How a node takes leave of its clients: of all, or of one user. */
import { expectEqual, expectStatus } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'
import { Finding, Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** "`deadline_ms` … 5000 where none was" */
const DEFAULT_DEADLINE_MS = 5000
/** Short enough to be waited out. */
const SHORT_MS = 300
/** Long enough for everything that is asked while it lasts. */
const LONG_MS = 10_000

async function drains(world: World, body: { sub?: string; deadline_ms?: number; reconnect_after?: object }) {
  expectEqual('the HTTP status', (await world.control('drain', body)).status, 202)
}

/** A server may close at any time before the deadline; what comes of that says nothing about the time before. */
async function whileOpen(actor: Ready, play: () => Promise<void>): Promise<void> {
  try {
    await play()
  } catch (error) {
    if (!(error instanceof Finding) || actor.connection.ended?.code !== 4300) throw error
    throw new Skip(`the server closed before its deadline of ${LONG_MS} ms, and before all was asked`)
  }
}

/** A node of its own that drains all of its connections; one is open as long as it pleases the server. */
async function drainingNode(world: World): Promise<World> {
  const there = await world.apart()
  const alice = await there.ready('alice')
  await drains(there, { deadline_ms: LONG_MS })
  await alice.next('draining')
  return there
}

export const drain: readonly ChatCase[] = [
  chatCase('drain/tells-then-closes-4300', async (world) => {
    const sub = world.user('alice')
    const devices = await Promise.all(['phone', 'laptop'].map((name) => world.ready(name, { claims: { sub } })))
    await drains(world, { sub, deadline_ms: SHORT_MS })
    for (const device of devices) {
      await device.next('draining')
      await device.closes(4300, SHORT_MS + world.stage.patience)
      expectEqual('draining', device.seen('draining').length, 1)
    }
  }),

  chatCase('drain/deadline-is-as-asked', async (world) => {
    const [alice, bob] = [await world.ready('alice'), await world.ready('bob')]
    await drains(world, { sub: world.user('alice'), deadline_ms: 1234 })
    expectEqual('deadline_ms', (await alice.next('draining')).payload.deadline_ms, 1234)
    await drains(world, { sub: world.user('bob') })
    expectEqual('deadline_ms', (await bob.next('draining')).payload.deadline_ms, DEFAULT_DEADLINE_MS)
  }),

  chatCase('drain/window-is-as-asked', async (world) => {
    const alice = await world.ready('alice')
    const window = { min_ms: 123, max_ms: 4567 }
    await drains(world, { sub: world.user('alice'), reconnect_after: window })
    expectEqual('reconnect_after', (await alice.next('draining')).payload.reconnect_after, window)
  }),

  chatCase('drain/commands-work-until-the-close', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const bob = await world.member('bob', room)
    await drains(world, { sub: world.user('alice'), deadline_ms: LONG_MS })
    await alice.next('draining')
    await whileOpen(alice, async () => {
      await alice.fence()
      await alice.says(room, 'from one who goes')
      await bob.hearsText('from one who goes')
      await bob.says(room, 'to one who goes')
      await alice.hearsText('to one who goes')
      await alice.subscribed(world.room('another'))
    })
  }),

  chatCase('drain/draining-node-refuses-upgrades', async (world) => {
    const there = await drainingNode(world)
    expectStatus(await there.connect('late'), 503, 503)
  }),

  chatCase(
    'drain/draining-node-is-not-ready',
    async (world) => {
      const there = await drainingNode(world)
      expectEqual('the HTTP status of /readyz', (await there.get('/readyz')).status, 503)
      expectEqual('the HTTP status of /healthz', (await there.get('/healthz')).status, 200)
    },
    {
      of: ['drain/draining-node-is-not-ready', 'control/healthz-is-200'],
      title: 'While a node is draining, GET /readyz is answered with 503, and GET /healthz with 200.',
    },
  ),

  chatCase('drain/of-one-user-spares-others', async (world) => {
    const alice = await world.ready('alice')
    const bob = await world.ready('bob')
    await drains(world, { sub: world.user('alice'), deadline_ms: SHORT_MS })
    await alice.closes(4300, SHORT_MS + world.stage.patience)
    await bob.fence()
    expectEqual('draining to bob', bob.seen('draining').length, 0)
  }),

  chatCase('drain/of-one-user-keeps-the-node-ready', async (world) => {
    const alice = await world.ready('alice')
    await drains(world, { sub: world.user('alice'), deadline_ms: LONG_MS })
    await alice.next('draining')
    expectEqual('the HTTP status of /readyz', (await world.get('/readyz')).status, 200)
    await world.ready('bob')
    await world.ready('alice')
  }),

  chatCase('drain/sigterm-drains', async (world) => {
    const there = await world.apart()
    const alice = await there.ready('alice')
    const stopped = there.stage.target.stop()
    const { deadline_ms } = (await alice.next('draining')).payload
    await alice.closes(4300, deadline_ms + world.stage.patience)
    await stopped
  }),
]
