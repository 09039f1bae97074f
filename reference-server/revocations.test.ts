import t from 'tap'
import { InProcessRevocations } from './revocations.ts'

const CLAIMS = { sub: 'alice', exp: 0, grants: { read: [], write: [] } }

t.test('a token is revoked by its jti, or by its user where it is older than the second', async (t) => {
  const revocations = new InProcessRevocations()
  await revocations.revoke({ jti: 't1' }, 5_900)
  await revocations.revoke({ sub: 'bob' }, 5_900)
  const rows: readonly (readonly [string, object, boolean])[] = [
    ['neither', {}, false],
    ['its jti', { jti: 't1' }, true],
    ['another jti', { jti: 't2' }, false],
    ['its user, no iat', { sub: 'bob' }, true],
    ['its user, before the second', { sub: 'bob', iat: 4.9 }, true],
    ['its user, in the second', { sub: 'bob', iat: 5 }, false],
  ]
  for (const [name, claims, expected] of rows) {
    t.equal(await revocations.covers({ ...CLAIMS, ...claims }), expected, name)
  }
})
