import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import t from 'tap'
import { PROFILES } from '../schemas/generated/tables.ts'
import { ConfigError, readConfig } from './config.ts'

const GOOD = { CHAT_JWT_SECRET: 's'.repeat(32), CHAT_JWT_ISSUER: 'issuer', CHAT_JWT_AUDIENCE: 'chat' }

t.test('the least that is needed gives the default profile and a free port', async (t) => {
  const config = readConfig(GOOD)
  t.equal(config.port, 0)
  t.strictSame(config.limits, PROFILES.default)
  t.strictSame(config.allowedOrigins, [])
  t.strictSame(config.keys, { algorithm: 'HS256', secret: new TextEncoder().encode(GOOD.CHAT_JWT_SECRET) })
})

t.test('limits are laid over the profile, and unknown ones ignored', async (t) => {
  const { limits } = readConfig({ ...GOOD, CHAT_PROFILE: 'test', CHAT_LIMITS: '{"max_rooms": 3, "future": "x"}' })
  t.strictSame(limits, { ...PROFILES.test, max_rooms: 3 })
})

t.test('origins are separated by commas', async (t) => {
  const { allowedOrigins } = readConfig({ ...GOOD, CHAT_ALLOWED_ORIGINS: 'https://a.example, null,' })
  t.strictSame(allowedOrigins, ['https://a.example', 'null'])
})

t.test('an environment that describes no server is refused in one sentence', async (t) => {
  const rows: readonly (readonly [string, Record<string, string | undefined>, RegExp])[] = [
    ['no key', { CHAT_JWT_SECRET: undefined }, /neither CHAT_JWT_SECRET nor CHAT_JWKS_FILE/],
    ['two keys', { CHAT_JWKS_FILE: 'keys.json' }, /both set/],
    ['a short secret', { CHAT_JWT_SECRET: 'é'.repeat(15) }, /30 bytes.*at least 32/],
    ['no issuer', { CHAT_JWT_ISSUER: '' }, /CHAT_JWT_ISSUER is not set/],
    ['no audience', { CHAT_JWT_AUDIENCE: undefined }, /CHAT_JWT_AUDIENCE is not set/],
    ['a port that is none', { PORT: '70000' }, /PORT is 70000/],
    ['an unknown profile', { CHAT_PROFILE: 'toString' }, /CHAT_PROFILE is toString.*default, test/],
    ['limits that are no JSON', { CHAT_LIMITS: '{' }, /CHAT_LIMITS is not a JSON object/],
    ['limits that are no object', { CHAT_LIMITS: '[1]' }, /CHAT_LIMITS is not a JSON object/],
    ['a limit that is no integer', { CHAT_LIMITS: '{"max_rooms": "8"}' }, /max_rooms must be integer/],
    ['a leeway over a minute', { CHAT_LIMITS: '{"auth_leeway_ms": 60001}' }, /auth_leeway_ms must be <= 60000/],
    [
      'limits at odds',
      { CHAT_LIMITS: '{"rate_burst": 20}' },
      /rate_burst \(20\) must be greater than max_errors \(20\)/,
    ],
    ['a broker that is no Redis', { CHAT_REDIS_URL: 'http://127.0.0.1' }, /CHAT_REDIS_URL is no URL of a Redis/],
  ]
  for (const [name, change, message] of rows) {
    t.throws(() => readConfig({ ...GOOD, ...change }), { name: 'ConfigError', message }, name)
  }
  t.throws(() => readConfig({}), ConfigError)
})

t.test('a JWK set must hold public keys that can be told apart', async (t) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const [open, secret] = [await exportJWK(publicKey), await exportJWK(privateKey)]
  const directory = t.testdir()
  const read = (name: string, text: string) => {
    const file = join(directory, name)
    writeFileSync(file, text)
    return readConfig({ ...GOOD, CHAT_JWT_SECRET: undefined, CHAT_JWKS_FILE: file }).keys
  }
  const keys = [
    { ...open, kid: 'a' },
    { ...open, kid: 'b' },
  ]
  t.strictSame(read('good.json', JSON.stringify({ keys })), { algorithm: 'ES256', jwks: keys })
  t.throws(() => read('private.json', JSON.stringify({ keys: [secret] })), /not a public EC key/)
  t.throws(() => read('twins.json', JSON.stringify({ keys: [keys[0], keys[0]] })), /several keys of kid a/)
  t.throws(() => read('empty.json', '{"keys": []}'), /holds no keys/)
  t.throws(() => read('broken.json', '{'), /cannot be read as JSON/)
})
