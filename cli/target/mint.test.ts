import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import t from 'tap'
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

t.test('a token command reads the claims and prints the token', async (t) => {
  const script = `const claims = require('fs').readFileSync(0, 'utf8')
    console.log(['e30', Buffer.from(claims).toString('base64url'), 'c2ln'].join('.'))`
  const file = join(t.testdir({ 'mint.cjs': script }), 'mint.cjs')
  const byCommand = minterFor({ by: 'command', command: `"${process.execPath}" "${file}"` })
  t.match(decodeJwt(await byCommand({ sub: 'alice' })), { sub: 'alice', exp: Number })
  await t.rejects(byCommand({}, { alg: 'none' }), { name: 'TargetError', message: /takes claims alone/ })
})

t.test('a token command that fails, or prints something else, is named', async (t) => {
  const rows = ['echo a.b.c; exit 3', 'echo no token', 'true']
  for (const command of rows)
    await t.rejects(minterFor({ by: 'command', command })({}), { name: 'TargetError', message: command }, command)
})
