import t, { type Test } from 'tap'
import { startRedis, WITHOUT_REDIS } from '../cli/target/redis-under-test.ts'
import type * as Chat from '../schemas/generated/chat.ts'
import { Broker } from './redis/broker.ts'
import { RedisRevocations } from './redis/revocations.ts'
import { InProcessRevocations, type Revocations } from './revocations.ts'

const CLAIMS = { sub: 'alice', exp: 0, grants: { read: [], write: [] } }

/** The revocations as one node has them, and as another that shares them. */
type Kind = (t: Test) => Promise<readonly [here: Revocations, there: Revocations]>

const KINDS: Record<string, Kind> = {
  'in process': async () => {
    const revocations = new InProcessRevocations()
    return [revocations, revocations]
  },
  'on Redis': async (t) => {
    const { url } = await startRedis(t)
    const open = async () => {
      const broker = await Broker.connect(url, () => {})
      t.teardown(() => broker.close())
      return new RedisRevocations(broker)
    }
    return [await open(), await open()]
  },
}

for (const [kind, open] of Object.entries(KINDS)) {
  t.test(
    `a token is revoked ${kind} by its jti, or by its user where it is older than the second`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const [here, there] = await open(t)
      await here.revoke({ jti: 't1' }, 5_900)
      await here.revoke({ sub: 'bob' }, 5_900)
      const rows: readonly (readonly [string, object, boolean])[] = [
        ['neither', {}, false],
        ['its jti', { jti: 't1' }, true],
        ['another jti', { jti: 't2' }, false],
        ['an empty jti', { jti: '' }, false],
        ['its user, no iat', { sub: 'bob' }, true],
        ['its user, before the second', { sub: 'bob', iat: 4.9 }, true],
        ['its user, in the second', { sub: 'bob', iat: 5 }, false],
      ]
      for (const [name, claims, expected] of rows) {
        t.equal(await there.covers({ ...CLAIMS, ...claims }), expected, name)
      }
    },
  )
}

t.test('every node is told of what is revoked on any', { skip: WITHOUT_REDIS }, async (t) => {
  const [here, there] = (await KINDS['on Redis']?.(t)) ?? []
  const told = new Promise<Chat.RevokeBody>((resolve) => {
    void there?.follow(resolve).then(() => here?.revoke({ sub: 'bob' }, 5_900))
  })
  t.strictSame(await told, { sub: 'bob' })
})
