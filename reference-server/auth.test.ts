import { base64url, CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'
import t from 'tap'
import { createVerify, type Verdict } from './auth.ts'

const SECRET = new TextEncoder().encode('s'.repeat(32))
const NOW = 1_800_000_000_000
const S = NOW / 1000
const EXPECTED = { issuer: 'issuer', audience: 'chat', leewayMs: 2000, isRevoked: async () => false }
const CLAIMS = { iss: 'issuer', aud: 'chat', sub: 'alice', exp: S + 60 }

type Json = Record<string, unknown>
type Key = Parameters<CompactSign['sign']>[0]

const sign = (claims: unknown, header: Json = {}, key: Key = SECRET) =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(key, { crit: { future: true } })

const encoded = (value: unknown) => base64url.encode(JSON.stringify(value))
const outcome = (verdict: Verdict) => (verdict.valid ? verdict.claims : verdict.close)

t.test('a token of the least claims opens no room', async (t) => {
  const verify = await createVerify({ algorithm: 'HS256', secret: SECRET }, EXPECTED)
  const grants = { write: [], read: [] }
  t.strictSame(outcome(await verify(await sign(CLAIMS), NOW)), { sub: 'alice', exp: S + 60, grants })
})

t.test('what a token says is judged, the expiry last', async (t) => {
  const verify = await createVerify({ algorithm: 'HS256', secret: SECRET }, EXPECTED)
  const rows: readonly (readonly [string, Json, 'valid' | 'unauthorized' | 'token_expired'])[] = [
    [
      'a name, grants and an audience among others',
      { name: 'A', rooms: ['a.*', '*'], rooms_read: ['b'], aud: ['x', 'chat'] },
      'valid',
    ],
    ['an exp that leeway still covers', { exp: S - 1.999 }, 'valid'],
    ['an exp just beyond the leeway', { exp: S - 2 }, 'token_expired'],
    ['an nbf that leeway covers', { nbf: S + 2 }, 'valid'],
    ['an nbf beyond the leeway', { nbf: S + 2.001 }, 'unauthorized'],
    ['an exp of digits', { exp: String(S + 60) }, 'unauthorized'],
    ['an nbf of digits', { nbf: String(S) }, 'unauthorized'],
    ['no exp', { exp: undefined }, 'unauthorized'],
    ['a null exp', { exp: null }, 'unauthorized'],
    ['no sub', { sub: undefined }, 'unauthorized'],
    ['an empty sub', { sub: '' }, 'unauthorized'],
    ['a sub of 128 code points', { sub: '😀'.repeat(128) }, 'valid'],
    ['a sub of 129 code points', { sub: 's'.repeat(129) }, 'unauthorized'],
    ['a name that is no string', { name: 7 }, 'unauthorized'],
    ['another issuer', { iss: 'other' }, 'unauthorized'],
    ['no issuer', { iss: undefined }, 'unauthorized'],
    ['another audience', { aud: 'other' }, 'unauthorized'],
    ['no audience', { aud: undefined }, 'unauthorized'],
    ['a grant that is no array', { rooms: 'lobby' }, 'unauthorized'],
    ['a grant of numbers', { rooms_read: [1] }, 'unauthorized'],
    ['a star in the middle', { rooms: ['a*b'] }, 'unauthorized'],
    ['a null grant', { rooms: null }, 'unauthorized'],
    ['expired, and of another issuer', { exp: S - 60, iss: 'other' }, 'unauthorized'],
    ['expired, and of a malformed grant', { exp: S - 60, rooms: {} }, 'unauthorized'],
  ]
  for (const [name, change, expected] of rows) {
    const verdict = await verify(await sign({ ...CLAIMS, ...change }), NOW)
    t.equal(verdict.valid ? 'valid' : verdict.close, expected, name)
  }
})

t.test('a header decides nothing', async (t) => {
  const verify = await createVerify({ algorithm: 'HS256', secret: SECRET }, EXPECTED)
  const long = new TextEncoder().encode('s'.repeat(64))
  const verifyLong = await createVerify({ algorithm: 'HS256', secret: long }, EXPECTED)
  const refused = async (name: string, token: string, judge = verify) =>
    t.equal(outcome(await judge(token, NOW)), 'unauthorized', name)

  await refused('alg none', `${encoded({ alg: 'none' })}.${encoded(CLAIMS)}.`)
  await refused('alg None', `${encoded({ alg: 'None' })}.${encoded(CLAIMS)}.`)
  await refused('another HMAC with the same key', await sign(CLAIMS, { alg: 'HS512' }, long), verifyLong)
  await refused('crit', await sign(CLAIMS, { crit: ['future'], future: 1 }))
  await refused('jwk', await sign(CLAIMS, { jwk: { kty: 'oct', k: 'AA' } }))
  await refused('jku', await sign(CLAIMS, { jku: 'http://127.0.0.1/keys' }))
  await refused('x5u', await sign(CLAIMS, { x5u: 'http://127.0.0.1/cert' }))
  await refused('a kid that names no key', await sign(CLAIMS, { kid: 'a' }))
  await refused('another key', await sign(CLAIMS, {}, new TextEncoder().encode('t'.repeat(32))))
  await refused('claims that are no object', await sign([CLAIMS]))
  await refused('no JWT at all', 'not.a.jwt')
  await refused('nothing', '')
})

t.test('under ES256 a kid chooses among the keys, and may be missing where there is one', async (t) => {
  const [a, b] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')]
  const publicJwks: JWK[] = [
    { ...(await exportJWK(a.publicKey)), kid: 'a' },
    { ...(await exportJWK(b.publicKey)), kid: 'b' },
  ]
  const one = await createVerify({ algorithm: 'ES256', jwks: publicJwks.slice(0, 1) }, EXPECTED)
  const both = await createVerify({ algorithm: 'ES256', jwks: publicJwks }, EXPECTED)
  const valid = async (verify: typeof one, header: Json, key: Key) =>
    (await verify(await sign(CLAIMS, { alg: 'ES256', ...header }, key), NOW)).valid

  t.equal(await valid(one, {}, a.privateKey), true, 'one key, no kid')
  t.equal(await valid(one, { kid: 'a' }, a.privateKey), true, 'one key, its kid')
  t.equal(await valid(one, { kid: 'b' }, a.privateKey), false, 'one key, another kid')
  t.equal(await valid(both, { kid: 'b' }, b.privateKey), true, 'two keys, the right kid')
  t.equal(await valid(both, { kid: 'a' }, b.privateKey), false, 'two keys, the wrong kid')
  t.equal(await valid(both, {}, a.privateKey), false, 'two keys, no kid')
  t.equal(await valid(one, { kid: '../keys/a' }, a.privateKey), false, 'a kid that is a path')
  const confused = await sign(CLAIMS, { kid: 'a' }, new TextEncoder().encode(JSON.stringify(publicJwks[0])))
  t.equal((await one(confused, NOW)).valid, false, 'a public key taken for an HMAC secret')
})
