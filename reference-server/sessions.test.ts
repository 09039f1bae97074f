import t from 'tap'
import { InProcessSessions } from './in-process-sessions.ts'
import type { SessionState } from './sessions.ts'

const STATE: SessionState = { rooms: [{ room: 'lobby', presence: true }], status: 'away', jti: 't1' }

class Holder {
  readonly id = 'connection'
  replacements = 0
  replaced() {
    this.replacements += 1
  }
}

t.test('a session is resumed with what was saved last, by its owner alone', async (t) => {
  const sessions = new InProcessSessions(10_000)
  const [first, thief, second] = [new Holder(), new Holder(), new Holder()]
  const id = await sessions.open('alice', first)
  await sessions.save(id, first, STATE)
  t.equal(await sessions.resume(id, 'mallory', thief), undefined)
  t.equal(first.replacements, 0, 'an attempt of another user harms nothing')
  t.strictSame(await sessions.resume(id, 'alice', second), STATE)
  t.equal(first.replacements, 1)
})

t.test('the end of the old connection does not touch the session that was taken over', async (t) => {
  const sessions = new InProcessSessions(0)
  const [first, second, third] = [new Holder(), new Holder(), new Holder()]
  const id = await sessions.open('alice', first)
  await sessions.save(id, first, STATE)
  await sessions.resume(id, 'alice', second)
  await sessions.save(id, first, { rooms: [], status: 'online' })
  await sessions.end(id, first)
  await sessions.release(id, first)
  t.strictSame(await sessions.resume(id, 'alice', third), STATE)
})

t.test('a session ends by its holder, or by a revocation once it is detached', async (t) => {
  const sessions = new InProcessSessions(10_000)
  const holder = new Holder()
  const ended = await sessions.open('alice', holder)
  await sessions.end(ended, holder)
  t.equal(await sessions.resume(ended, 'alice', holder), undefined)
  for (const whom of [{ jti: 't1' }, { sub: 'alice' }]) {
    const revoked = await sessions.open('alice', holder)
    await sessions.save(revoked, holder, STATE)
    await sessions.release(revoked, holder)
    await sessions.revoke({ jti: 'another' })
    await sessions.revoke({ sub: 'bob' })
    t.ok(await sessions.resume(revoked, 'alice', holder), 'others are spared')
    await sessions.release(revoked, holder)
    await sessions.revoke(whom)
    t.equal(await sessions.resume(revoked, 'alice', holder), undefined)
  }
})
