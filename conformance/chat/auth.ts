/** JSON Web Tokens: what a server must refuse, what it must accept, and what a token grants. */

import type { Claims } from '../../schemas/target.ts'
import { clocked, expires, inSeconds } from '../actors/clock.ts'
import { expectEqual } from '../actors/expect.ts'
import { unsigned, withClaims, withOtherSignature } from '../actors/forgery.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const DAY = 86_400

/** None of them is an array of room names and prefixes. */
const MALFORMED_GRANTS = {
  string: '*',
  object: {},
  null: [null],
  number: [1],
  pattern: ['Not A Room'],
  star: ['a*b'],
}

/** A token that is refused as a handshake credential; the same token without its fault is accepted. */
const refuses = (id: string, of: string, title: string, forge: (world: World) => Promise<string>, code = 4100) =>
  chatCase(
    id,
    async (world) => {
      await world.ready('alice')
      const forger = await world.upgrade('forger', { token: await forge(world) })
      await forger.closes(code)
    },
    { of: [of], title },
  )

/** Claims that are refused under a valid signature. */
const refusesClaims = (id: string, of: string, title: string, claims: () => Claims, code = 4100) =>
  refuses(id, of, title, (world) => world.token('forger', claims()), code)

/** A header field that is refused under a valid signature. */
const refusesHeader = (id: string, of: string, title: string, header: Record<string, unknown>) =>
  refuses(id, of, title, (world) => world.token('forger', {}, header))

export const auth: readonly ChatCase[] = [
  ...['none', 'None', 'NONE'].map((alg) =>
    refuses(
      `auth/alg-${alg === 'none' ? 'none' : alg === 'None' ? 'none-capitalised' : 'none-in-capitals'}-closes-4100`,
      'auth/alg-none-closes-4100',
      `A token under "alg": "${alg}" without a signature: 4100.`,
      async (world) => unsigned(await world.token('forger'), alg),
    ),
  ),
  ...['HS384', 'HS512'].map((alg) =>
    refusesHeader(
      `auth/${alg.toLowerCase()}-closes-4100`,
      'auth/algorithm-is-pinned',
      `A token well signed with the right key, but by ${alg} and not the pinned algorithm: 4100.`,
      { alg },
    ),
  ),
  refuses(
    'auth/changed-claims-close-4100',
    'auth/signature-is-verified',
    'Claims changed under the signature of others: 4100.',
    async (world) => withClaims(await world.token('forger'), { sub: world.user('alice') }),
  ),
  refuses(
    'auth/changed-signature-closes-4100',
    'auth/signature-is-verified',
    'A signature of which one bit is changed: 4100.',
    async (world) => withOtherSignature(await world.token('forger')),
  ),
  refuses(
    'auth/no-jwt-closes-4100',
    'auth/signature-is-verified',
    'A credential that is no JWT at all: 4100.',
    async () => 'not-a-token',
  ),

  refusesHeader('auth/crit-closes-4100', 'auth/key-headers-close-4100', 'A header with crit: 4100.', {
    crit: ['b64'],
    b64: true,
  }),
  refusesHeader('auth/jwk-closes-4100', 'auth/key-headers-close-4100', 'A header with jwk: 4100.', {
    jwk: { kty: 'oct', k: 'c2hha2Vkb3du' },
  }),
  ...(['jku', 'x5u'] as const).map((field) =>
    refusesHeader(`auth/${field}-closes-4100`, 'auth/key-headers-close-4100', `A header with ${field}: 4100.`, {
      [field]: 'https://keys.example/set.json',
    }),
  ),
  refusesHeader('auth/kid-traversal-closes-4100', 'auth/kid-is-only-looked-up', 'A kid that is a path: 4100.', {
    kid: '../../../../dev/null',
  }),

  ...(['exp', 'sub', 'iss', 'aud'] as const).map((claim) =>
    refusesClaims(`auth/missing-${claim}-closes-4100`, 'auth/required-claims', `No ${claim}: 4100.`, () => ({
      [claim]: null,
    })),
  ),
  refusesClaims('auth/exp-as-string-closes-4100', 'auth/exp-and-nbf-are-numbers', 'exp as a string: 4100.', () => ({
    exp: String(inSeconds(60)),
  })),
  refusesClaims('auth/nbf-as-string-closes-4100', 'auth/exp-and-nbf-are-numbers', 'nbf as a string: 4100.', () => ({
    nbf: String(inSeconds(-60)),
  })),
  refusesClaims('auth/other-issuer-closes-4100', 'auth/issuer-and-audience', 'Another issuer: 4100.', () => ({
    iss: 'https://issuer.example/other',
  })),
  refusesClaims('auth/other-audience-closes-4100', 'auth/issuer-and-audience', 'Another audience: 4100.', () => ({
    aud: 'other',
  })),
  chatCase(
    'auth/future-nbf-closes-4100',
    async (world) => {
      const { server_time, limits } = (await world.ready('alice')).welcome.payload
      // By the server's own clock, a little beyond the leeway, and a little inside.
      const there = Math.floor(Date.parse(server_time) / 1000) + Math.ceil(limits.auth_leeway_ms / 1000)
      const early = await world.upgrade('early', { claims: { nbf: there + 10, exp: there + 600 } })
      await early.closes(4100)
      await world.ready('bob', { claims: { nbf: there - 5, exp: there + 600 } })
    },
    { of: ['auth/leeway'], title: 'nbf further ahead than auth_leeway_ms: 4100.' },
  ),
  refusesClaims('auth/numeric-sub-closes-4100', 'auth/required-claims', 'A sub that is a number: 4100.', () => ({
    sub: 7,
  })),
  ...Object.entries({ sub: '', 'long-sub': 'x'.repeat(129) }).map(([name, sub]) =>
    refusesClaims(
      `auth/bad-${name}-closes-4100`,
      'auth/required-claims',
      `A sub of ${sub.length} code points: 4100.`,
      () => ({
        sub,
      }),
    ),
  ),
  ...(['rooms', 'rooms_read'] as const).flatMap((claim) =>
    Object.entries(MALFORMED_GRANTS).map(([name, grants]) =>
      refusesClaims(
        `auth/${claim.replace('_', '-')}-of-${name}-closes-4100`,
        'auth/malformed-grant-closes-4100',
        `${claim}: ${JSON.stringify(grants)} is malformed: 4100.`,
        () => ({ [claim]: grants }),
      ),
    ),
  ),

  chatCase('auth/expiry-closes-4101', async (world) => {
    const exp = inSeconds(3)
    await expires(world, await clocked(world, 'alice', { claims: { exp } }), exp)
  }),

  ...[25, 36_500].map((days) =>
    chatCase(
      `auth/exp-${days}-days-away-stays-open`,
      async (world) => {
        const alice = await world.ready('alice', { claims: { exp: inSeconds(days * DAY) } })
        // A 32-bit timer that overflows fires at once; two round trips are later than that.
        await alice.fence()
        await alice.ok(alice.send('subscribe', { room: world.room() }))
        await alice.fence()
        expectEqual('the connection', alice.connection.ended ?? 'open', 'open')
      },
      { of: ['auth/far-expiry-does-not-overflow'], title: `An exp ${days} days away does not close the connection.` },
    ),
  ),

  chatCase('auth/no-grant-is-forbidden', async (world) => {
    const alice = await world.ready('alice', { claims: { rooms: ['elsewhere', 'else.*'] } })
    await alice.refused(alice.send('subscribe', { room: world.room() }), 'forbidden')
    await alice.refused(alice.send('send_message', message(world.room())), 'forbidden')
    await alice.ok(alice.send('subscribe', { room: 'else.where' }))
  }),

  chatCase('auth/absent-grants-are-none', async (world) => {
    const alice = await world.ready('alice', { claims: { rooms: null } })
    await alice.refused(alice.send('subscribe', { room: world.room() }), 'forbidden')
  }),

  chatCase('auth/exact-grant-is-exact', async (world) => {
    const alice = await world.ready('alice', { claims: { rooms: [world.room()] } })
    await alice.ok(alice.send('subscribe', { room: world.room() }))
    await alice.refused(alice.send('subscribe', { room: `${world.room()}2` }), 'forbidden')
  }),

  chatCase('auth/prefix-grant-opens-what-begins-so', async (world) => {
    const prefix = world.room('team')
    const alice = await world.ready('alice', { claims: { rooms: [`${prefix}*`] } })
    for (const room of [prefix, `${prefix}:a`, `${prefix}2`]) await alice.subscribed(room)
    await alice.refused(alice.send('subscribe', { room: world.room('tea') }), 'forbidden')
    await alice.refused(alice.send('subscribe', { room: `x${prefix}` }), 'forbidden')
    const everybody = await world.ready('everybody', { claims: { rooms: ['*'] } })
    await everybody.subscribed(world.room('any'))
  }),

  chatCase('auth/rooms-read-does-not-write', async (world) => {
    const alice = await world.ready('alice', { claims: { rooms: null, rooms_read: [`${world.stage.name}.*`] } })
    await alice.ok(alice.send('subscribe', { room: world.room() }))
    await alice.refused(alice.send('send_message', message(world.room())), 'forbidden')
  }),

  chatCase('auth/optional-claims', async (world) => {
    const claims = { nbf: null, iat: null, name: null, jti: null, rooms: null, rooms_read: null }
    await world.ready('alice', { claims })
  }),

  chatCase('auth/welcome-tells-expiry', async (world) => {
    const exp = inSeconds(1000)
    const { auth, limits } = (await world.ready('alice', { claims: { exp } })).welcome.payload
    expectEqual('auth.expires_at', auth.expires_at, new Date(exp * 1000).toISOString())
    expectEqual('auth.refresh_before_ms', auth.refresh_before_ms, limits.auth_warn_ms)
  }),
]

const message = (room: string) => ({ room, client_msg_id: 'm1', text: 'hello' })
