import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { CannotMint, type Claims } from '../../schemas/target.ts'
import { minterFor } from './mint.ts'

const identity = { issuer: 'me', audience: 'chat' }
const secret = 'a secret of at least thirty-two bytes'
const mint = minterFor({ by: 'secret', secret, ...identity })

t.test('a secret signs HS256, and what was not given is filled in', async (t) => {
  const token = await mint({ sub: 'alice', rooms: ['lobby'] })
  const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ['HS256'], ...identity })
  t.match(payload, { sub: 'alice', rooms: ['lobby'] })
  t.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60)
})

t.test('claims may be anything, and null leaves one out', async (t) => {
  const claims = decodeJwt(await mint({ sub: 7, exp: '1795440975', aud: null, iat: null }))
  t.strictSame(claims, { iss: 'me', exp: '1795440975', sub: 7 })
})

t.test('header fields are added and replaced, those too that no library would sign', async (t) => {
  const token = await minterFor({ by: 'secret', secret, kid: 'k1', ...identity })({}, { crit: ['x'], x: 1, kid: 'k2' })
  t.strictSame(decodeProtectedHeader(token), { alg: 'HS256', typ: 'JWT', kid: 'k2', crit: ['x'], x: 1 })
})

t.test('a secret signs by the algorithm that the header names, where it can', async (t) => {
  const key = new TextEncoder().encode(secret.repeat(2))
  const mintLong = minterFor({ by: 'secret', secret: secret.repeat(2), ...identity })
  for (const alg of ['HS384', 'HS512']) {
    const { protectedHeader } = await jwtVerify(await mintLong({}, { alg }), key, { algorithms: [alg] })
    t.equal(protectedHeader.alg, alg)
  }
})

t.test('a P-256 key signs ES256, from PEM and from JWK', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const pem = await exportPKCS8(privateKey)
  const directory = t.testdir({ 'key.pem': pem, 'key.jwk': JSON.stringify(await exportJWK(privateKey)) })
  for (const name of ['key.pem', 'key.jwk']) {
    const token = await minterFor({ by: 'key', file: join(directory, name), ...identity })({ sub: 'alice' })
    const { payload } = await jwtVerify(token, publicKey, { algorithms: ['ES256'], ...identity })
    t.equal(payload.sub, 'alice', name)
  }
})

t.test('a file that holds no such key is refused with its name', async (t) => {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true })
  const file = join(t.testdir({}), 'key.pem')
  const open = () => minterFor({ by: 'key', file, ...identity })
  t.throws(open, { name: 'UsageError', message: /key\.pem: ENOENT.*; give a P-256 private key/ })
  writeFileSync(file, 'nonsense')
  t.throws(open, { name: 'UsageError', message: /key\.pem: .*; give a P-256 private key/ })
  writeFileSync(file, await exportPKCS8(privateKey))
  t.throws(open, { name: 'UsageError', message: /key\.pem holds another kind of key/ })
})

/** A token command that signs what it reads, after this was done to it. */
function signing(t: Test, change = '') {
  const script = `const claims = JSON.parse(require('fs').readFileSync(0, 'utf8'))
    ${change}
    console.log(['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'c2ln'].join('.'))`
  const file = join(t.testdir({ 'mint.cjs': script }), 'mint.cjs')
  return minterFor({ by: 'command', command: `"${process.execPath}" "${file}"` })
}

const DROPS_NULLS = 'for (const name in claims) if (claims[name] === null) delete claims[name]'

t.test('a token command reads the claims and prints the token', async (t) => {
  const byCommand = signing(t)
  t.match(decodeJwt(await byCommand({ sub: 'alice' })), { sub: 'alice', exp: Number })
  await t.rejects(byCommand({}, { alg: 'none' }), { name: 'TargetError', message: /takes claims alone/ })
})

t.test('a token command may add what it was not asked about', async (t) => {
  const byCommand = signing(t, "claims.iss ??= 'its own'; claims.exp += 60")
  t.match(decodeJwt(await byCommand({ sub: 'alice' })), { sub: 'alice', iss: 'its own' })
})

t.test('a token command is told by null what to leave out', async (t) => {
  const byCommand = signing(t, `if (!('iss' in claims)) claims.iss = 'its own'; ${DROPS_NULLS}`)
  t.notOk('iss' in decodeJwt(await byCommand({ iss: null })))
  t.match(decodeJwt(await byCommand({})), { iss: 'its own' })
})

t.test('what a token command signs in the place of what it was asked for is no such token', async (t) => {
  const byCommand = signing(t, `claims.iss = 'its own'; delete claims.rooms; ${DROPS_NULLS}`)
  const rows: [Claims, RegExp][] = [
    [{ iss: null }, /^needs a token that leaves iss out; the one of the token command says "its own"$/],
    [{ iss: 'other' }, /^needs a token that says iss "other"; the one of the token command says "its own"$/],
    [{ rooms: ['a'] }, /^needs a token that says rooms \["a"\]; the one of the token command leaves it out$/],
  ]
  for (const [claims, message] of rows) {
    const refusal = await byCommand(claims).catch((error) => error)
    t.ok(refusal instanceof CannotMint, JSON.stringify(claims))
    t.match(refusal, { message })
  }
  t.match(decodeJwt(await byCommand({ sub: 'alice', aud: null })), { sub: 'alice' })
})

t.test('a token command that fails, or prints something else, is refused without a word of what it is', async (t) => {
  const rows = ['echo e30.e30.c; exit 3', 'echo no token', 'echo a.b.c', 'echo e30.e30', 'true']
  for (const command of rows)
    await t.rejects(
      minterFor({ by: 'command', command })({}),
      {
        name: 'TargetError',
        message: /^the token command must print a JWT and exit with 0; it exited with \d$/,
      },
      command,
    )
})
