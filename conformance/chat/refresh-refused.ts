/** New tokens that are refused: some end the connection, the rest leave the old token in its place. */

import type { Claims } from '../../schemas/target.ts'
import { clocked, expires, inSeconds } from '../actors/clock.ts'
import { unsigned, withClaims, withOtherSignature } from '../actors/forgery.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const expired = (): Claims => ({ iat: inSeconds(-180), exp: inSeconds(-120) })

/** New tokens with another fault than their `exp` or a revocation. */
const INVALID: Readonly<Record<string, { what: string; token: (world: World) => Promise<string> }>> = {
  'no-jwt': { what: 'that is no JWT', token: async () => 'not-a-token' },
  'unsigned-token': { what: 'under alg none', token: async (world) => unsigned(await world.token('alice')) },
  'changed-signature': { what: 'with a changed signature', token: forged },
  'changed-claims': {
    what: 'with claims changed under the signature of others',
    token: async (world) => withClaims(await world.token('alice'), { rooms: ['*'] }),
  },
  'other-audience': { what: 'for another audience', token: (world) => world.token('alice', { aud: 'other' }) },
  'other-issuer': {
    what: 'of another issuer',
    token: (world) => world.token('alice', { iss: 'https://issuer.example/other' }),
  },
  'missing-exp': { what: 'without exp', token: (world) => world.token('alice', { exp: null }) },
  'missing-sub': { what: 'without sub', token: (world) => world.token('alice', { sub: null }) },
  'malformed-grant': { what: 'with a malformed grant', token: (world) => world.token('alice', { rooms: ['a*b'] }) },
  'future-nbf': { what: 'that is not valid yet', token: (world) => world.token('alice', { nbf: inSeconds(600) }) },
  'expired-and-forged': { what: 'that has expired and is forged', token: (world) => forged(world, expired()) },
  'other-sub-and-forged': {
    what: 'of another user that is forged',
    token: async (world) => withOtherSignature(await world.token('mallory')),
  },
}

async function forged(world: World, claims: Claims = {}): Promise<string> {
  return withOtherSignature(await world.token('alice', claims))
}

export const refusedRefresh: readonly ChatCase[] = [
  chatCase('refresh/other-sub-closes-4100', async (world) => {
    const alice = await world.ready('alice')
    await alice.refreshes(await world.token('alice'))
    alice.send('auth_refresh', { token: await world.token('mallory') })
    await alice.closes(4100)
  }),

  chatCase('refresh/expired-closes-4101', async (world) => {
    const alice = await world.ready('alice')
    await alice.refreshes(await world.token('alice'))
    alice.send('auth_refresh', { token: await world.token('alice', expired()) })
    await alice.closes(4101)
  }),

  ...Object.entries(INVALID).map(([name, { what, token }]) =>
    chatCase(
      `refresh/${name}-is-unauthorized`,
      async (world) => {
        const alice = await world.ready('alice')
        await alice.refused(alice.send('auth_refresh', { token: await token(world) }), 'unauthorized')
        await alice.fence()
        await alice.refreshes(await world.token('alice'))
      },
      { of: ['refresh/invalid-is-unauthorized'], title: `A new token ${what}: unauthorized.` },
    ),
  ),

  chatCase('refresh/invalid-leaves-the-old-token', async (world) => {
    const [here, there] = [world.room('here'), world.room('there')]
    const exp = inSeconds(3)
    const alice = await clocked(world, 'alice', { claims: { exp, rooms: [here] } })
    // Each would grant more and last longer than the old one.
    const more = { rooms: ['*'], exp: inSeconds(600) }
    for (const token of [await forged(world, more), await world.token('alice', { ...more, aud: 'other' })])
      await alice.refused(alice.send('auth_refresh', { token }), 'unauthorized')
    await alice.says(here, 'still mine')
    await alice.refused(alice.sends(there, 'still not mine'), 'forbidden')
    await expires(world, alice, exp)
  }),

  chatCase('refresh/invalid-does-not-count', async (world) => {
    const alice = await world.ready('alice')
    const { max_errors: max, rate_burst: burst } = alice.welcome.payload.limits
    world.fits(max + 3, burst, 'rate_burst')
    // As many errors as are borne with; one more that counted would be one too many.
    for (let n = 1; n <= max; n += 1) alice.sendJson({ type: 'teleport', id: `x${n}`, payload: {} })
    await alice.refused(`x${max}`, 'unknown_type')
    for (const token of ['not-a-token', await forged(world)])
      await alice.refused(alice.send('auth_refresh', { token }), 'unauthorized')
    await alice.fence()
  }),
]
