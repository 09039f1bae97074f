/** Arrivals: handshakes and hellos that are right, or wrong in a thing or two, and everything that has to come of them. */
import fc from 'fast-check'
import type { Welcome } from '../../schemas/generated/chat.ts'
import type { Actor } from '../actors/actor.ts'
import { inSeconds } from '../actors/clock.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'

const PLACES = ['header', 'subprotocol', 'hello', 'query'] as const

/** What each grant opens of `room`, and of the two that are named like it. */
const GRANTS = {
  none: { rooms: [], rooms_read: [] },
  exact: { rooms: ['room'], rooms_read: [] },
  prefix: { rooms: ['room*'], rooms_read: [] },
  'to read': { rooms: [], rooms_read: ['room'] },
} as const

export interface Arrival {
  readonly path: string
  readonly protocols: readonly string[]
  readonly places: readonly (typeof PLACES)[number][]
  readonly origin: 'own' | 'none' | 'foreign'
  readonly name: string | null
  readonly jti: string | null
  readonly livesForS: number
  readonly grants: keyof typeof GRANTS
  /** So many pings are sent behind the `hello`. */
  readonly behind: number
}

/** Mostly what is right, so that few things are wrong at once. */
const mostly = <T>(right: readonly T[], wrong: readonly T[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) })

const DAY_S = 24 * 3600

export const arrivals: fc.Arbitrary<Arrival> = fc.record({
  path: mostly(['/ws'], ['/', '/other', '/ws2', '/chat/ws']),
  protocols: mostly<readonly string[]>(
    [['chat.v1'], ['chat.v2', 'chat.v1'], ['chat.v1', 'graphql-ws']],
    [[], ['chat.v2'], ['chat.v10', 'chat'], ['graphql-ws']],
  ),
  places: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PLACES.slice(0, 3)).map((place) => [place]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...PLACES)) },
  ),
  origin: mostly(['own', 'none'], ['foreign']),
  name: fc.constantFrom(null, 'Ada', 'n'.repeat(200), '\u{1F600}'.repeat(130)),
  // The longest makes a token of about 4000 octets.
  jti: fc.constantFrom(null, 'j', 'j'.repeat(2000)),
  livesForS: fc.constantFrom(600, DAY_S, 30 * DAY_S, 3650 * DAY_S),
  grants: fc.constantFrom(...(Object.keys(GRANTS) as (keyof typeof GRANTS)[])),
  behind: fc.nat(16),
})

/** The `hello` of every arrival. */
const ID = 'h'
const CLIENT = { name: 'shakedown', version: '1' }

/** @throws Finding where the server lets in what it must not, keeps out what it must let in, or welcomes it wrongly. */
export async function playArrival(world: World, arrival: Arrival): Promise<void> {
  const { origin: own } = world.stage.target
  // Where no Origin is known to be allowed, all may be.
  if (arrival.origin === 'foreign' && own === undefined) return
  const exp = inSeconds(arrival.livesForS)
  const token = await mint(world, arrival, exp)
  const actor = await knock(world, arrival, token)
  if (!letIn(actor, arrival)) return
  const { places, behind } = arrival
  actor.send('hello', { client: CLIENT, ...(places.includes('hello') && { token }) }, ID)
  const pings = Array.from({ length: behind }, (_, at) => actor.send('ping', {}, `p${at}`))
  const credentials = places.filter((place) => place !== 'query').length
  if (credentials !== 1) {
    await actor.closes(4100)
    return expectTrue(`no welcome with ${credentials} credentials`, actor.seen('welcome').length === 0, 'a welcome')
  }
  const welcome = await actor.next('welcome')
  judgeWelcome(world, welcome, arrival, exp)
  for (const _ of pings) await actor.next('pong')
  expectEqual('the answers in their order', actor.replies(), [ID, ...pings])
  await judgeGrants(world, actor, arrival.grants)
}

const named = (world: World, names: readonly string[]) =>
  names.map((name) => world.room('room') + name.slice('room'.length))

function mint(world: World, { name, jti, grants }: Arrival, exp: number): Promise<string> {
  const { rooms, rooms_read } = GRANTS[grants]
  const opened =
    grants === 'none' ? { rooms: null } : { rooms: named(world, rooms), rooms_read: named(world, rooms_read) }
  return world.token('alice', { exp, name, jti, iat: null, ...opened })
}

function knock(world: World, { path, protocols, places, origin }: Arrival, token: string): Promise<Actor> {
  const bearer = places.includes('subprotocol') ? [`chat.v1.bearer.${token}`] : []
  return world.connect('alice', {
    credential: 'none',
    path: places.includes('query') ? `${path}?token=${token}` : path,
    subprotocols: [...bearer, ...protocols],
    headers: places.includes('header') ? [['Authorization', `Bearer ${token}`]] : [],
    ...(origin === 'own' ? {} : { origin: origin === 'none' ? null : 'https://foreign.example' }),
  })
}

/** @returns whether the upgrade was made, as it had to be */
function letIn({ connection: { response } }: Actor, { path, protocols, origin }: Arrival): boolean {
  const { accepted, status, subprotocol, problem } = response
  const isWrong = path !== '/ws' || !protocols.includes('chat.v1')
  if (isWrong || origin === 'foreign') {
    const expected = isWrong ? 'HTTP 4xx' : 'HTTP 403'
    const holds = isWrong ? status >= 400 && status < 500 : status === 403
    expectTrue(
      `${expected} to an upgrade of ${path} to [${protocols}] from a(n) ${origin} Origin`,
      holds,
      `HTTP ${status}`,
    )
    return false
  }
  if (!accepted) throw new Finding('HTTP 101 and a valid upgrade', problem ?? `HTTP ${status}`)
  expectTrue('the subprotocol chat.v1', subprotocol === 'chat.v1', subprotocol?.slice(0, 20) ?? 'none')
  return true
}

function judgeWelcome(world: World, welcome: Welcome, { name }: Arrival, exp: number): void {
  const { user, auth, session, rooms, limits } = welcome.payload
  const cut = name === null ? {} : { name: [...name].slice(0, 128).join('') }
  expectEqual('welcome.user', user, { id: world.user('alice'), ...cut })
  const expires_at = new Date(exp * 1000).toISOString()
  expectEqual('welcome.auth', auth, { expires_at, refresh_before_ms: limits.auth_warn_ms })
  expectEqual('what is said of a session that nobody asked for', [session.resumed, session.reason], [false, undefined])
  expectEqual(
    'welcome.rooms of a new session',
    rooms.map(({ room }) => room),
    ['@me'],
  )
  const { rate_burst, max_errors, auth_leeway_ms, max_message_bytes, max_server_frame_bytes } = limits
  const related = rate_burst > max_errors && auth_leeway_ms <= 60_000
  const roomy = Math.min(max_message_bytes, max_server_frame_bytes) >= 65_536
  expectTrue('limits that hold their relations', related && roomy, JSON.stringify(limits))
}

/** A room, one whose name begins with its name, and one whose name holds it. */
async function judgeGrants(world: World, actor: Actor, grants: Arrival['grants']): Promise<void> {
  const room = world.room('room')
  const opens = grants === 'prefix' ? [true, true, false] : [grants !== 'none', false, false]
  const rooms = [room, `${room}2`, `x.${room}`]
  for (const [at, name] of rooms.entries())
    await judgeAnswer(actor, actor.send('subscribe', { room: name }), `subscribe to ${name}`, opens[at] === true)
  const writes = grants === 'exact' || grants === 'prefix'
  await judgeAnswer(actor, actor.sends(room, 'hello'), `send_message to ${room}`, writes)
}

async function judgeAnswer(actor: Actor, id: string, what: string, expected: boolean): Promise<void> {
  const answer = await actor.answerOrEnd(id)
  const actual = 'kind' in answer ? 'an end' : answer.type === 'ok' ? 'ok' : (answer.payload as { code: string }).code
  expectEqual(`the answer to ${what}`, actual, expected ? 'ok' : 'forbidden')
}
