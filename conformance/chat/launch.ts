/** How a server is started and stopped, and what it refuses to start with. */
import { type Limits, PROFILES } from '../../schemas/generated/tables.ts'
import { type LaunchOptions, TargetError } from '../../schemas/target.ts'
import { apartWithKeys, keysFile, newKey } from '../actors/es256.ts'
import { expectEqual, expectStatus, expectTrue } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** "stopped by SIGTERM …, and by SIGKILL 5 seconds later" */
const GRACE_MS = 5000

/** How a server ended that was started so; `ready` and `neither` where it did not end. */
async function fateOf(world: World, options: Partial<LaunchOptions>): Promise<string> {
  try {
    const launched = await world.launch(options)
    world.stage.cleanup(() => launched.stop())
    return 'ready'
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    return error.ended ?? 'neither'
  }
}

async function refusesToStart(world: World, what: string, options: Partial<LaunchOptions>): Promise<void> {
  const fate = await fateOf(world, options)
  const became = fate === 'ready' ? 'a server that is ready' : 'a server that is neither ready nor at its end'
  if (fate === 'ready' || fate === 'neither') throw new Finding(`an exit with a status other than 0 ${what}`, became)
  expectTrue(`an exit with a status other than 0 ${what}`, fate !== 'exit code 0', fate)
}

export const launch: readonly ChatCase[] = [
  chatCase('launch/needs-one-key', async (world) => {
    await refusesToStart(world, 'without a key', { env: { CHAT_JWT_SECRET: undefined } })
    const both = { CHAT_JWT_SECRET: 's'.repeat(32), CHAT_JWKS_FILE: keysFile(world, [newKey('2026-11')]) }
    await refusesToStart(world, 'with both', { env: both })
  }),

  chatCase('launch/needs-issuer-and-audience', async (world) => {
    for (const name of ['CHAT_JWT_ISSUER', 'CHAT_JWT_AUDIENCE'])
      await refusesToStart(world, `without ${name}`, { env: { [name]: undefined } })
  }),

  chatCase('launch/refuses-a-short-secret', async (world) => {
    // Octets, not characters: sixteen of these are enough.
    const there = await world.apart({ env: { CHAT_JWT_SECRET: 'é'.repeat(16) } })
    await there.ready('alice')
    await refusesToStart(world, 'with a secret of 31 octets', { env: { CHAT_JWT_SECRET: 's'.repeat(31) } })
  }),

  chatCase('launch/refuses-what-it-cannot-do', async (world) => {
    await refusesToStart(world, 'with another profile', { env: { CHAT_PROFILE: 'shakedown-none' } })
    await refusesToStart(world, 'with CHAT_LIMITS that are not JSON', { env: { CHAT_LIMITS: '{"max_rooms":' } })
    await refusesToStart(world, 'with a limit that is no integer', { env: { CHAT_LIMITS: '{"max_rooms":"8"}' } })
    if (world.stage.target.capabilities?.cluster === true) return
    // Nothing listens there: one that knows of brokers does not get ready either.
    const fate = await fateOf(world, { env: { CHAT_REDIS_URL: 'redis://127.0.0.1:1' } })
    expectTrue('no server that ignores CHAT_REDIS_URL', fate !== 'ready' && fate !== 'exit code 0', fate)
  }),

  chatCase('launch/refuses-broken-relations', async (world) => {
    const broken = [
      { rate_burst: 20, max_errors: 20 },
      { auth_leeway_ms: 60_001 },
      { max_message_bytes: 65_535 },
      { max_server_frame_bytes: 65_535 },
    ]
    for (const limits of broken) await refusesToStart(world, `with ${JSON.stringify(limits)}`, { limits })
  }),

  chatCase('launch/takes-profile-and-limits', async (world) => {
    const limits = { max_rooms: 3, rate_burst: 77, auth_leeway_ms: 1000 }
    const there = await world.apart({ profile: 'default', limits })
    await expectLimits(there, { ...PROFILES.default, ...limits })
    // What the other cases run on was started with a profile alone.
    const { profile } = world.stage.target.description
    if (profile === 'test') await expectLimits(world, PROFILES.test)
  }),

  chatCase('launch/ignores-unknown-limits', async (world) => {
    const limits = { max_rooms: 3, max_shakedowns: 'none', toString: 1 }
    const there = await world.apart({ env: { CHAT_LIMITS: JSON.stringify(limits) } })
    await expectLimits(there, { ...PROFILES.test, max_rooms: 3 })
  }),

  chatCase('launch/denies-origins-when-unset', async (world) => {
    const there = await world.apart({ env: { CHAT_ALLOWED_ORIGINS: undefined } })
    await there.ready('alice')
    for (const origin of ['https://shakedown.test', 'http://127.0.0.1', 'null', 'undefined'])
      expectStatus(await there.connect('stranger', { origin }), 403, 403)
  }),

  chatCase('launch/takes-es256-keys', async (world) => {
    const keys = ['2026-11', '2026-12'].map(newKey)
    const there = await apartWithKeys(world, keys)
    for (const key of keys) await there.ready('alice', { token: key.sign(await world.token('alice')) })
    const stranger = newKey('2026-11').sign(await world.token('alice'))
    await (await there.upgrade('stranger', { token: stranger })).closes(4100)
  }),

  chatCase('launch/ends-on-sigterm', async (world) => {
    const there = await world.apart()
    await there.member('alice')
    const asked = performance.now()
    await there.stage.target.stop()
    const took = performance.now() - asked
    // It is killed when these are over, so one that takes them has not ended by itself.
    expectTrue(`an end within ${GRACE_MS} ms of SIGTERM`, took < GRACE_MS - 10, 'none')
  }),
]

async function expectLimits(world: World, limits: Limits): Promise<void> {
  const { welcome } = await world.ready('alice')
  expectEqual('welcome.limits', welcome.payload.limits, limits)
}
