import t, { type Test } from 'tap'
import { startRedis, WITHOUT_REDIS } from '../cli/target/redis-under-test.ts'
import { InProcessSessions } from './in-process-sessions.ts'
import { Broker } from './redis/broker.ts'
import { RedisSessions } from './redis/sessions.ts'
import type { SessionState, Sessions } from './sessions.ts'

const STATE: SessionState = { rooms: [{ room: 'lobby', presence: true }], status: 'away', jti: 't1' }
const KEPT = 60_000

class Holder {
  readonly id: string
  replacements = 0
  private wake = () => {}
  constructor(id: string) {
    this.id = id
  }
  replaced() {
    this.replacements += 1
    this.wake()
  }
  /** Resolves when the session was taken over. */
  async loses() {
    while (this.replacements === 0) await new Promise<void>((resolve) => (this.wake = resolve))
  }
}

/** The sessions as one node has them, and as another that shares them. */
type Kind = (t: Test, windowMs: number) => Promise<readonly [here: Sessions, there: Sessions]>

const KINDS: Record<string, Kind> = {
  'in process': async (_, windowMs) => {
    const sessions = new InProcessSessions(windowMs)
    return [sessions, sessions]
  },
  'on Redis': async (t, windowMs) => {
    const { url } = await startRedis(t)
    const open = async () => {
      const broker = await Broker.connect(url, () => {})
      t.teardown(() => broker.close())
      const sessions = new RedisSessions(broker, { windowMs, leaseMs: KEPT })
      await sessions.listen()
      return sessions
    }
    return [await open(), await open()]
  },
}

for (const [kind, open] of Object.entries(KINDS)) {
  t.test(
    `a session ${kind} is resumed with what was saved last, on any node, by its owner alone`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const [here, there] = await open(t, KEPT)
      const [first, thief, second, third] = ['1', 'thief', '2', '3'].map((id) => new Holder(id)) as [
        Holder,
        Holder,
        Holder,
        Holder,
      ]
      const id = await here.open('alice', first)
      t.match(id, /^[\w-]{24,}$/)
      await here.save(id, first, STATE)
      t.equal(await there.resume(id, 'mallory', thief), undefined)
      t.equal(await there.resume(`${id}x`, 'alice', thief), undefined)
      t.equal(first.replacements, 0, 'an attempt of another user harms nothing')
      t.strictSame(await there.resume(id, 'alice', second), STATE)
      await first.loses()
      t.strictSame(await there.resume(id, 'alice', third), STATE)
      t.equal(second.replacements, 1, 'on the same node it is told at once')
      t.equal(first.replacements, 1)
    },
  )

  t.test(
    `the end of the old connection does not touch the session ${kind} that was taken over`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const [here, there] = await open(t, 0)
      const [first, second, third] = ['1', '2', '3'].map((id) => new Holder(id)) as [Holder, Holder, Holder]
      const id = await here.open('alice', first)
      await here.save(id, first, STATE)
      await there.resume(id, 'alice', second)
      await here.save(id, first, { rooms: [], status: 'online' })
      await here.end(id, first)
      await here.release(id, first)
      t.strictSame(await here.resume(id, 'alice', third), STATE)
    },
  )

  t.test(
    `a session ${kind} ends by its holder, or by a revocation once it is detached`,
    { skip: kind === 'in process' ? false : WITHOUT_REDIS },
    async (t) => {
      const [here, there] = await open(t, KEPT)
      const holder = new Holder('1')
      const ended = await here.open('alice', holder)
      await here.end(ended, holder)
      t.equal(await there.resume(ended, 'alice', holder), undefined)
      for (const whom of [{ jti: 't1' }, { sub: 'alice' }]) {
        const revoked = await here.open('alice', holder)
        await here.save(revoked, holder, STATE)
        await here.release(revoked, holder)
        await there.revoke({ jti: 'another' })
        await there.revoke({ sub: 'bob' })
        t.ok(await here.resume(revoked, 'alice', holder), 'others are spared')
        await here.release(revoked, holder)
        await there.revoke(whom)
        t.equal(await here.resume(revoked, 'alice', holder), undefined)
        t.equal(await there.resume(revoked, 'alice', holder), undefined, 'for good')
      }
    },
  )
}

t.test(
  'a node finds out that a session was taken over, though it did not hear of it',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t)
    const connect = async () => {
      const broker = await Broker.connect(redis.url, () => {})
      t.teardown(() => broker.close())
      return new RedisSessions(broker, { windowMs: KEPT, leaseMs: KEPT })
    }
    const [deaf, other] = [await connect(), await connect()]
    const [first, second] = [new Holder('1'), new Holder('2')]
    const id = await deaf.open('alice', first)
    await other.resume(id, 'alice', second)
    t.equal(first.replacements, 0)
    await deaf.renew()
    t.equal(first.replacements, 1)
  },
)

t.test('a session is restored by its node where Redis has lost all', { skip: WITHOUT_REDIS }, async (t) => {
  const redis = await startRedis(t)
  const broker = await Broker.connect(redis.url, () => {})
  t.teardown(() => broker.close())
  const sessions = new RedisSessions(broker, { windowMs: KEPT, leaseMs: KEPT })
  const [first, second] = [new Holder('1'), new Holder('2')]
  const id = await sessions.open('alice', first)
  await sessions.save(id, first, STATE)
  await redis.cli('flushall')
  await sessions.renew()
  t.strictSame(await sessions.resume(id, 'alice', second), STATE)
})
