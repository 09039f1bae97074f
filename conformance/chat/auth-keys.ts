/** Keys and algorithms that a token may not choose, and tokens that nobody may read in a log. */
import { createPublicKey } from 'node:crypto'
import { inSeconds } from '../actors/clock.ts'
import { apartWithKeys, newKey, signedByHmac } from '../actors/es256.ts'
import { expectEqual } from '../actors/expect.ts'
import { withOtherSignature } from '../actors/forgery.ts'
import type { World } from '../actors/world.ts'
import { Finding, Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const CLIENT = { name: 'shakedown', version: '1' }

export const authKeys: readonly ChatCase[] = [
  chatCase(
    'auth/hmac-under-public-key-closes-4100',
    async (world) => {
      const key = newKey('2026-11')
      const there = await apartWithKeys(world, [key])
      const token = await world.token('alice')
      await there.ready('alice', { token: key.sign(token) })
      // Everybody may know the public key, in whatever form a library would take it for the secret of an HMAC.
      const der = createPublicKey(key.pem).export({ format: 'der', type: 'spki' })
      for (const secret of [key.pem, key.pem.trim(), der, JSON.stringify(key.jwk), '']) {
        const forger = await there.upgrade('forger', { token: signedByHmac(token, secret, key.kid) })
        await forger.closes(4100)
      }
    },
    { of: ['auth/algorithm-is-pinned'], title: 'HS256 under the public key of an ES256 server: 4100.' },
  ),

  chatCase('auth/kid-is-optional-with-one-key', async (world) => {
    const key = newKey('2026-11')
    const there = await apartWithKeys(world, [key])
    await there.ready('alice', { token: key.sign(await world.token('alice'), {}) })
    await there.ready('bob', { token: key.sign(await world.token('bob')) })
    // Not so because it would fall back to the one key whatever the token says.
    const astray = key.sign(await world.token('astray'), { kid: '2026-12' })
    await (await there.upgrade('astray', { token: astray })).closes(4100)
  }),

  chatCase(
    'auth/unknown-kid-closes-4100',
    async (world) => {
      await world.ready('alice')
      for (const kid of ['shakedown-none', 'k'.repeat(65), 'a b', '', 7]) {
        const token = await world.token('astray', {}, { kid })
        await (await world.upgrade('astray', { token })).closes(4100)
      }
    },
    { of: ['auth/kid-is-only-looked-up'], title: 'A kid that names no configured key, or is of another form: 4100.' },
  ),

  chatCase('auth/tokens-are-not-logged', async (world) => {
    const there = await world.apart()
    const told = await tellTokens(there)
    // What it had still to write is written when it has ended.
    await there.stage.target.stop()
    const output = there.stage.target.output()
    if (output === undefined) throw new Skip('needs what the server writes to its output, which is out of sight')
    for (const [where, token] of Object.entries(told)) {
      const signature = token.split('.')[2] ?? ''
      if (output.includes(token)) throw new Finding(`no ${where} in the output`, 'the token')
      if (signature !== '' && output.includes(signature))
        throw new Finding(`no ${where} in the output`, 'its signature')
    }
  }),
]

/** Brings tokens to a server in every way, right and wrong. @returns each token, by what it was. */
async function tellTokens(world: World): Promise<Record<string, string>> {
  const told: Record<string, string> = {}
  const token = async (what: string, claims: Parameters<World['token']>[1] = {}) => {
    told[what] = await world.token('alice', { ...claims, jti: what })
    return told[what]
  }
  const forgery = async (what: string) => {
    told[what] = withOtherSignature(await world.token('alice', { jti: what }))
    return told[what]
  }
  const expired = { iat: inSeconds(-180), exp: inSeconds(-120) }

  const alice = await world.ready('alice', { token: await token('token in the header') })
  const bob = await world.ready('bob', { credential: 'subprotocol', token: await token('token in the subprotocol') })
  bob.connection.destroy()
  const carol = await world.upgrade('carol', { credential: 'none' })
  await world.welcome(carol, { token: await token('token in hello') })
  carol.connection.destroy()
  for (const credential of ['header', 'subprotocol'] as const) {
    const late = { credential, token: await token(`expired token in the ${credential}`, expired) }
    await (await world.upgrade('late', late)).closes(4101)
    const forged = { credential, token: await forgery(`forged token in the ${credential}`) }
    await (await world.upgrade('forger', forged)).closes(4100)
    const elsewhere = {
      credential,
      path: '/elsewhere',
      token: await token(`token in the ${credential} of another path`),
    }
    await world.connect('lost', elsewhere)
  }
  const forger = await world.upgrade('forger', { credential: 'none' })
  forger.send('hello', { client: CLIENT, token: await forgery('forged token in hello') })
  await forger.closes(4100)
  const twice = await world.upgrade('twice', { token: await token('first of two tokens') })
  twice.send('hello', { client: CLIENT, token: await token('second of two tokens') })
  await twice.closes(4100)

  await alice.refreshes(await token('new token'))
  const refused = alice.send('auth_refresh', { token: await forgery('forged new token') })
  await alice.refused(refused, 'unauthorized')
  alice.sendJson({ type: 'auth_refresh', id: 'x1', payload: { token: await token('token beside a fault'), ok: 1 } })
  await alice.ok('x1')
  alice.sendJson({ type: 'auth_refresh', id: 'x2', payload: { token: [await token('token in an array')] } })
  await alice.refused('x2', 'invalid_payload')
  alice.sendJson({ type: await token('token in the place of a type'), id: 'x3', payload: {} })
  await alice.refused('x3', 'unknown_type')
  alice.sendText(`{"type":"auth_refresh","id":"x4","payload":{"token":"${await token('token in broken JSON')}"`)
  await alice.closes(4000)
  expectEqual('tokens', new Set(Object.values(told)).size, Object.keys(told).length)
  return told
}
