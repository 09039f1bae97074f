/** Which session a `hello` gets: a new one, or the one that it names. */
import { randomBytes } from 'node:crypto'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const session: readonly ChatCase[] = [
  chatCase('session/hello-without-one-gets-one', async (world) => {
    const [first, second] = [await world.ready('alice'), await world.ready('alice')].map(sessionOf)
    for (const one of [first, second])
      expectEqual('resumed and reason', [one?.resumed, one?.reason], [false, undefined])
    expectTrue('a session of its own for each connection', first?.id !== second?.id, `${first?.id} twice`)
  }),

  chatCase('session/ids-are-unguessable', async (world) => {
    const ids: string[] = []
    for (let n = 0; n < 16; n += 1) ids.push(sessionOf(await world.ready('alice')).id)
    const bits = mostBits(ids)
    expectTrue('ids with room for 128 bits that differ from one to the next', bits >= 128, `${Math.floor(bits)} bits`)
  }),

  chatCase('session/resumed-keeps-its-id', async (world) => {
    let alice = await world.ready('alice')
    const { id } = sessionOf(alice)
    // Again and again: what was resumed can be resumed.
    for (let n = 0; n < 3; n += 1) {
      alice.connection.destroy()
      alice = await world.back(alice)
      expectEqual('session', sessionOf(alice), { id, resumed: true })
    }
  }),

  chatCase('session/resumes-without-events', async (world) => {
    const alice = await world.ready('alice')
    alice.connection.destroy()
    const again = await world.back(alice)
    expectEqual('session', sessionOf(again), { id: sessionOf(alice).id, resumed: true })
    expectEqual(
      'rooms',
      again.welcome.payload.rooms.map(({ room }) => room),
      ['@me'],
    )
    // Nor does a session of no rooms lose what it then gets.
    await again.subscribed(world.room())
    await again.says(world.room(), 'hello')
    await again.hearsText('hello')
  }),

  chatCase('session/unknown-is-not-found', async (world) => {
    const alice = await world.ready('alice')
    const { id } = sessionOf(alice)
    const like = `${id.startsWith('0') ? '1' : '0'}${id.slice(1)}`
    const unknown = [randomBytes(16).toString('base64url'), like, id.slice(0, -1)]
    for (const one of [...unknown, '', '*', '__proto__', 'constructor', '../alice', 'x'.repeat(4096)])
      await expectNotFound(world, 'alice', one)
    expectEqual('session', sessionOf(await world.back(alice)), { id, resumed: true })
  }),

  chatCase('session/of-another-user-is-not-found', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    // While its connection is open, and when it is gone.
    const first = await expectNotFound(world, 'mallory', sessionOf(alice).id, room)
    alice.connection.destroy()
    const second = await expectNotFound(world, 'mallory', sessionOf(alice).id, room)
    const bob = await world.ready('bob')
    await bob.says(room, 'not for mallory')
    for (const mallory of [first, second]) {
      await mallory.subscribed(room)
      await bob.says(room, `for ${mallory.welcome.payload.connection_id}`)
      const heard = await mallory.next('user_message')
      expectEqual('the first text to mallory', heard.payload.text, `for ${mallory.welcome.payload.connection_id}`)
    }
  }),

  chatCase('session/attempt-of-another-user-harms-nothing', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const { id } = sessionOf(alice)
    await expectNotFound(world, 'mallory', id)
    await alice.says(room, 'still here')
    await alice.hearsText('still here')
    alice.connection.destroy()
    await expectNotFound(world, 'mallory', id)
    const again = await world.back(alice)
    expectEqual('session', sessionOf(again), { id, resumed: true })
    await again.says(room, 'back again')
    await again.hearsText('back again')
  }),

  chatCase('session/survives-another-token', async (world) => {
    const alice = await world.member('alice', world.room(), { claims: { jti: `${world.stage.name}-1`, name: 'Alice' } })
    alice.connection.destroy()
    const now = Math.floor(Date.now() / 1000)
    const claims = { jti: `${world.stage.name}-2`, name: 'Alice B.', iat: now - 1, exp: now + 3600 }
    const again = await world.back(alice, undefined, { claims })
    expectEqual('session', sessionOf(again), { id: sessionOf(alice).id, resumed: true })
    expectEqual('user.name', again.welcome.payload.user.name, 'Alice B.')
    await again.says(world.room(), 'hello')
    const { payload } = await again.next('user_message')
    expectEqual('from.name', payload.from.name, 'Alice B.')
  }),
]

export const sessionOf = ({ welcome }: Ready) => welcome.payload.session

/** The names in `welcome.rooms`, sorted. */
export const roomsOf = ({ welcome }: Ready) => welcome.payload.rooms.map(({ room }) => room).sort()

/** A hello with this session gets a new one, and nothing of what the other may hold. */
export async function expectNotFound(world: World, name: string, id: string, room?: string): Promise<Ready> {
  const hello = { session: { id }, ...(room && { positions: { [room]: { epoch: 'e', seq: 0 } } }) }
  const actor = await world.ready(name, { hello })
  const { id: fresh, ...rest } = sessionOf(actor)
  expectEqual('resumed and reason', rest, { resumed: false, reason: 'not_found' })
  expectTrue('a new session.id', fresh !== id, 'the one that was asked for')
  expectEqual(
    'rooms',
    actor.welcome.payload.rooms.map((entry) => entry.room),
    ['@me'],
  )
  return actor
}

/** How many bits ids like these can hold at most: what is the same in all of them holds none. */
function mostBits(ids: readonly string[]): number {
  const length = Math.max(...ids.map((id) => id.length))
  const varying = Array.from({ length }, (_, at) => new Set(ids.map((id) => id[at])).size > 1).filter(Boolean).length
  return varying * Math.log2(alphabetOf(ids.join('')))
}

function alphabetOf(text: string): number {
  if (/^[0-9-]*$/.test(text)) return 11
  if (/^(?:[0-9a-f-]*|[0-9A-F-]*)$/.test(text)) return 16
  if (/^(?:[0-9a-z_-]*|[0-9A-Z_-]*)$/.test(text)) return 38
  return /^[\w+/=.-]*$/.test(text) ? 68 : 65_536
}
