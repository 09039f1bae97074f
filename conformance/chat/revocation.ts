/** Credentials that are withdrawn: open connections, later ones, and the sessions behind them. */

import type { Claims } from '../../schemas/target.ts'
import { inSeconds } from '../actors/clock.ts'
import { expectEqual } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** "closed with 4103 within 5 seconds" */
const WITHIN_MS = 5000

/** Surely issued before the second of a revocation that is yet to come. */
const issuedBefore = (): Claims => ({ iat: inSeconds(-60) })
const expired = (): Claims => ({ iat: inSeconds(-180), exp: inSeconds(-120) })

const jti = (world: World, name: string) => `${world.stage.name}-${name}`

async function revokes(world: World, body: { jti: string } | { sub: string }): Promise<void> {
  expectEqual('the HTTP status', (await world.control('revoke', body)).status, 200)
}

export const revocation: readonly ChatCase[] = [
  chatCase('revocation/jti-closes-4103', async (world) => {
    const claims = { jti: jti(world, 'lost') }
    const devices = await Promise.all(['phone', 'laptop'].map((name) => world.ready(name, { claims })))
    await revokes(world, claims)
    for (const device of devices) await device.closes(4103, WITHIN_MS + world.stage.patience)
  }),

  chatCase(
    'revocation/jti-of-a-refresh-closes-4103',
    async (world) => {
      const alice = await world.ready('alice', { claims: { jti: jti(world, 'old') } })
      await alice.refreshes(await world.token('alice', { jti: jti(world, 'new') }))
      // The connection is under the new token only.
      await revokes(world, { jti: jti(world, 'old') })
      await alice.fence()
      await revokes(world, { jti: jti(world, 'new') })
      await alice.closes(4103, WITHIN_MS + world.stage.patience)
    },
    { of: ['revocation/jti-closes-4103'], title: 'A connection is closed for the jti of the token that it has now.' },
  ),

  chatCase('revocation/sub-closes-4103', async (world) => {
    const sub = world.user('alice')
    const tokens: Claims[] = [{ ...issuedBefore(), jti: jti(world, '1') }, issuedBefore(), { iat: null }]
    const devices = await Promise.all(
      tokens.map((claims, at) => world.ready(`device-${at + 1}`, { claims: { ...claims, sub } })),
    )
    await revokes(world, { sub })
    for (const device of devices) await device.closes(4103, WITHIN_MS + world.stage.patience)
  }),

  chatCase('revocation/spares-others', async (world) => {
    const sub = world.user('alice')
    const lost = await world.ready('lost', { claims: { sub, jti: jti(world, 'lost') } })
    const spared = [
      await world.ready('kept', { claims: { sub, jti: jti(world, 'kept') } }),
      await world.ready('unnamed', { claims: { sub } }),
      await world.ready('bob', { claims: { jti: jti(world, 'bob') } }),
    ]
    await revokes(world, { jti: jti(world, 'lost') })
    await lost.closes(4103, WITHIN_MS + world.stage.patience)
    for (const actor of spared) await actor.fence()
    const carol = await world.ready('carol', { claims: issuedBefore() })
    await revokes(world, { sub: world.user('carol') })
    await carol.closes(4103, WITHIN_MS + world.stage.patience)
    for (const actor of spared) await actor.fence()
  }),

  chatCase('revocation/revoked-jti-is-refused', async (world) => {
    const claims = { jti: jti(world, 'never-seen') }
    await revokes(world, claims)
    for (const credential of ['header', 'subprotocol'] as const)
      await (await world.upgrade(credential, { credential, claims })).closes(4103)
    const late = await world.upgrade('late', { credential: 'none' })
    late.send('hello', { client: { name: 'shakedown', version: '1' }, token: await world.token('late', claims) })
    await late.closes(4103)
    await world.ready('header', { claims: { jti: jti(world, 'another') } })
  }),

  chatCase('revocation/older-token-of-sub-is-refused', async (world) => {
    await world.ready('alice', { claims: issuedBefore() })
    await revokes(world, { sub: world.user('alice') })
    await (await world.upgrade('alice', { claims: issuedBefore() })).closes(4103)
    await (await world.upgrade('alice', { claims: { iat: null } })).closes(4103)
    await world.ready('bob', { claims: issuedBefore() })
  }),

  chatCase('revocation/newer-token-of-sub-is-accepted', async (world) => {
    await revokes(world, { sub: world.user('alice') })
    // By the server's own clock: in most runs still the very second of the revocation.
    const { server_time } = (await world.ready('bob')).welcome.payload
    const iat = Math.floor(Date.parse(server_time) / 1000)
    const alice = await world.ready('alice', { claims: { iat } })
    await alice.refreshes(await world.token('alice', { iat }))
  }),

  chatCase('revocation/revoked-refresh-closes-4103', async (world) => {
    const alice = await world.ready('alice', { claims: { jti: jti(world, 'old') } })
    const claims = { jti: jti(world, 'new') }
    await revokes(world, claims)
    alice.send('auth_refresh', { token: await world.token('alice', claims) })
    await alice.closes(4103)
  }),

  chatCase('revocation/wins-over-expiry', async (world) => {
    const claims = { ...expired(), jti: jti(world, 'lost') }
    await (await world.upgrade('alice', { claims })).closes(4101)
    await revokes(world, { jti: claims.jti })
    await (await world.upgrade('alice', { claims })).closes(4103)
    const bob = await world.ready('bob')
    bob.send('auth_refresh', { token: await world.token('bob', claims) })
    await bob.closes(4103)
  }),

  chatCase('revocation/ends-sessions', async (world) => {
    const alice = await world.ready('alice', { claims: { jti: jti(world, 'lost') } })
    await revokes(world, { jti: jti(world, 'lost') })
    await alice.closes(4103, WITHIN_MS + world.stage.patience)
    await isForgotten(world, 'alice', alice.welcome.payload.session.id)
  }),

  chatCase('revocation/ends-detached-sessions', async (world) => {
    const alice = await world.ready('alice', { claims: { jti: jti(world, 'lost') } })
    alice.connection.destroy()
    await revokes(world, { jti: jti(world, 'lost') })
    await isForgotten(world, 'alice', alice.welcome.payload.session.id)
    const bob = await world.ready('bob', { claims: issuedBefore() })
    bob.connection.destroy()
    await revokes(world, { sub: world.user('bob') })
    // A token of the second of the revocation, or a later one, is accepted, but opens no session from before it.
    const { server_time } = (await world.ready('carol')).welcome.payload
    const iat = Math.floor(Date.parse(server_time) / 1000)
    await isForgotten(world, 'bob', bob.welcome.payload.session.id, { iat })
  }),
]

/** Another token of the same user does not resume the session. */
async function isForgotten(world: World, name: string, id: string, claims: Claims = {}): Promise<void> {
  const { session } = (await world.ready(name, { claims, hello: { session: { id } } })).welcome.payload
  expectEqual('session.resumed and reason', [session.resumed, session.reason], [false, 'not_found'])
}
