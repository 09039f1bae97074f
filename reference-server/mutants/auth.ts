/** Faults in what a token proves and allows. */
import type { Mutant } from '../mutate.ts'

export const AUTH_MUTANTS: readonly Mutant[] = [
  {
    id: 'auth/any-hmac',
    requirement: 'auth/algorithm-is-pinned',
    file: 'auth.ts',
    before: 'const { payload } = await compactVerify(token, key, { algorithms: [keys.algorithm] })',
    after: `const { payload } = await compactVerify(token, key, { algorithms: [keys.algorithm, 'HS384', 'HS512'] })`,
    about: 'Whatever `alg` the header names, any HMAC under the secret passes.',
  },
  {
    id: 'auth/key-confusion',
    requirement: 'auth/algorithm-is-pinned',
    file: 'auth.ts',
    before: 'const { payload } = await compactVerify(token, key, { algorithms: [keys.algorithm] })',
    after: `const { alg = '' } = decodeProtectedHeader(token)
      const { exportSPKI } = await import('jose')
      const isMac = keys.algorithm === 'ES256' && alg === 'HS256'
      const secret = isMac ? Buffer.from(await exportSPKI(key as CryptoKey)) : key
      const { payload } = await compactVerify(token, secret, { algorithms: [isMac ? alg : keys.algorithm] })`,
    about: 'The header says whether the key is a public one, or the secret of an HMAC.',
  },
  {
    id: 'auth/malformed-token-throws',
    requirement: 'auth/signature-is-verified',
    file: 'auth.ts',
    before: `      return refuse('the token is malformed, or its signature is not ours')`,
    after: `      throw new Error('malformed')`,
    about: 'What is no JWT throws in the library, and nobody catches it.',
  },
  {
    id: 'auth/sub-of-any-length',
    requirement: 'auth/required-claims',
    file: 'auth.ts',
    before: ` || sub === '' || [...sub].length > SUB_CODE_POINTS`,
    after: '',
    about: '`sub` may be empty, or longer than any database column.',
  },
  {
    id: 'auth/alg-none',
    requirement: 'auth/alg-none-closes-4100',
    file: 'auth.ts',
    before: `      const key = findKey(decodeProtectedHeader(token), map)
`,
    after: `      if (/^none$/i.test(decodeProtectedHeader(token).alg)) {
        return judge(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()), expected, now)
      }
      const key = findKey(decodeProtectedHeader(token), map)
`,
    about: 'A token that claims to need no signature is believed.',
  },
  {
    id: 'auth/decoded-not-verified',
    requirement: 'auth/signature-is-verified',
    file: 'auth.ts',
    before: 'const { payload } = await compactVerify(token, key, { algorithms: [keys.algorithm] })',
    after: `const payload = Buffer.from(token.split('.')[1], 'base64url')`,
    about: 'The token is decoded, and its signature never looked at.',
  },
  {
    id: 'auth/key-headers-are-ignored',
    requirement: 'auth/key-headers-close-4100',
    file: 'auth.ts',
    before: `['crit', 'jwk', 'jku', 'x5u']`,
    after: '[]',
    about: 'A token that brings its own key, or names where to fetch one, passes.',
  },
  {
    id: 'auth/unknown-kid-falls-back',
    requirement: 'auth/kid-is-only-looked-up',
    file: 'auth.ts',
    before: `return typeof kid === 'string' && KID.test(kid) ? map.get(kid) : undefined`,
    after: 'return map.get(kid as string) ?? [...map.values()][0]',
    about: 'A `kid` that names no key falls back to the first one.',
  },
  {
    id: 'auth/missing-exp-never-expires',
    requirement: 'auth/required-claims',
    file: 'auth.ts',
    before: 'iss, aud, exp, nbf,',
    after: 'iss, aud, exp = 1e9 + now / 1000, nbf,',
    about: 'A token without `exp` never expires.',
  },
  {
    id: 'auth/missing-issuer-passes',
    requirement: 'auth/required-claims',
    file: 'auth.ts',
    before: 'iss, aud, exp, nbf,',
    after: 'iss = expected.issuer, aud = expected.audience, exp, nbf,',
    about: '`iss` and `aud` are compared only where they are there.',
  },
  {
    id: 'auth/missing-sub-is-anonymous',
    requirement: 'auth/required-claims',
    file: 'auth.ts',
    before: 'const { sub, name,',
    after: `const { sub = 'anonymous', name,`,
    about: 'A token without `sub` becomes an anonymous user.',
  },
  {
    id: 'auth/nbf-is-required',
    requirement: 'auth/optional-claims',
    file: 'auth.ts',
    before: 'if (nbf !== undefined && !isNumericDate(nbf))',
    after: 'if (!isNumericDate(nbf))',
    about: 'A token without `nbf` is refused.',
  },
  {
    id: 'auth/numeric-strings-pass',
    requirement: 'auth/exp-and-nbf-are-numbers',
    file: 'auth.ts',
    before: `return typeof value === 'number' && Number.isFinite(value)`,
    after: 'return Number.isFinite(Number(value))',
    about: '`exp` and `nbf` may be strings of digits.',
  },
  {
    id: 'auth/any-issuer',
    requirement: 'auth/issuer-and-audience',
    file: 'auth.ts',
    before: `if (iss !== expected.issuer) return refuse('iss is not the issuer')`,
    after: '',
    about: 'A token of any issuer passes that shares the key.',
  },
  {
    id: 'auth/any-audience',
    requirement: 'auth/issuer-and-audience',
    file: 'auth.ts',
    before: `if (![aud].flat().includes(expected.audience)) return refuse('aud does not name the audience')`,
    after: `if (aud === undefined) return refuse('aud is missing')`,
    about: 'A token made for another service passes.',
  },
  {
    id: 'auth/nbf-is-ignored',
    requirement: 'auth/leeway',
    file: 'auth.ts',
    before: 'nbf * 1000 > now + expected.leewayMs',
    after: 'nbf * 1000 > Number.MAX_VALUE',
    about: 'A token is taken before its `nbf`.',
  },
  {
    id: 'auth/leeway-of-a-minute',
    requirement: 'auth/leeway',
    file: 'server.ts',
    before: 'leewayMs: limits.auth_leeway_ms',
    after: 'leewayMs: 60_000',
    about: `The library's own leeway of a minute is used, not the one that the limits tell.`,
  },
  {
    id: 'auth/malformed-grants-are-none',
    requirement: 'auth/malformed-grant-closes-4100',
    file: 'auth.ts',
    before: `if (!isGrant(rooms) || !isGrant(rooms_read)) return refuse('a grant is malformed')`,
    after: '',
    about: 'A grant that is no array of names is let through.',
  },
  {
    id: 'auth/outlives-its-token',
    requirement: 'auth/expiry-closes-4101',
    file: 'credential.ts',
    before: '() => this.holder.expire()',
    after: '() => {}',
    about: 'The token is judged at the connection and never again.',
  },
  {
    id: 'auth/expires-a-second-early',
    requirement: 'auth/expiry-closes-4101',
    file: 'credential.ts',
    before: 'callAt(claims.exp * 1000 + this.limits.auth_leeway_ms,',
    after: 'callAt(claims.exp * 1000 - 1000,',
    about: 'A connection is closed a second before its token expires.',
  },
  {
    id: 'auth/timer-overflows',
    requirement: 'auth/far-expiry-does-not-overflow',
    file: 'timer.ts',
    before: `  let timer: NodeJS.Timeout
`,
    after: `  const overflowing = setTimeout(action, at - Date.now())
  if (overflowing) return () => clearTimeout(overflowing)
  let timer: NodeJS.Timeout
`,
    about: 'A timer set further ahead than 24.8 days overflows and fires at once.',
  },
  {
    id: 'auth/expiry-in-seconds',
    requirement: 'auth/welcome-tells-expiry',
    file: 'credential.ts',
    before: 'return { expires_at: timestamp(claims.exp * 1000),',
    after: 'return { expires_at: timestamp(claims.exp),',
    about: 'Seconds are taken for milliseconds: the token expired in 1970.',
  },
  {
    id: 'auth/anyone-may-read',
    requirement: 'auth/no-grant-is-forbidden',
    file: 'subscribe.ts',
    before: `  if (!mayRead(claims.grants, room)) {
    peer.refuse(message, 'forbidden', 'no grant to read this room')
    return
  }
`,
    after: '',
    about: '`subscribe` looks at no grant.',
  },
  {
    id: 'auth/anyone-may-write',
    requirement: 'auth/no-grant-is-forbidden',
    file: 'send-message.ts',
    before: `if (!mayWrite(claims.grants, room)) return peer.refuse(message, 'forbidden', 'no grant to write to this room')`,
    after: '',
    about: '`send_message` looks at no grant.',
  },
  {
    id: 'auth/absent-grants-are-all',
    requirement: 'auth/absent-grants-are-none',
    file: 'auth.ts',
    before: 'rooms = []',
    after: `rooms = ['*']`,
    about: 'A token without grants opens every room.',
  },
  {
    id: 'auth/exact-grant-is-a-prefix',
    requirement: 'auth/exact-grant-is-exact',
    file: 'grants.ts',
    before: 'room === entry',
    after: 'room.startsWith(entry)',
    about: 'A grant for `room` opens `room2`.',
  },
  {
    id: 'auth/prefix-matches-anywhere',
    requirement: 'auth/prefix-grant-opens-what-begins-so',
    file: 'grants.ts',
    before: 'room.startsWith(entry.slice(0, -1))',
    after: 'room.includes(entry.slice(0, -1))',
    about: 'A prefix opens rooms that hold it anywhere in their name.',
  },
  {
    id: 'auth/star-is-a-letter',
    requirement: 'auth/prefix-grant-opens-what-begins-so',
    file: 'grants.ts',
    before: `entry.endsWith('*') ? room.startsWith(entry.slice(0, -1)) : room === entry`,
    after: 'room === entry',
    about: 'A grant that ends in `*` opens nothing.',
  },
  {
    id: 'auth/readers-may-write',
    requirement: 'auth/rooms-read-does-not-write',
    file: 'grants.ts',
    before: 'return opens(grants.write, room)',
    after: 'return opens(grants.write, room) || opens(grants.read, room)',
    about: 'One list of rooms serves for reading and writing.',
  },
  {
    id: 'auth/kid-is-required',
    requirement: 'auth/kid-is-optional-with-one-key',
    file: 'auth.ts',
    before: 'return map.size === 1 ? [...map.values()][0] : undefined',
    after: 'return undefined',
    about: 'A token without `kid` is refused, though there is one key.',
  },
  {
    id: 'auth/frames-are-logged',
    requirement: 'auth/tokens-are-not-logged',
    file: 'connection.ts',
    before: `    this.heartbeat?.heard()
`,
    after: `    this.heartbeat?.heard()
    this.world.log({ event: 'frame', text })
`,
    about: 'The debug log holds every frame.',
  },
  {
    id: 'auth/headers-are-logged',
    requirement: 'auth/tokens-are-not-logged',
    file: 'server.ts',
    before: `      hideCredentials(request)
`,
    after: `      this.world.log({ event: 'upgrade', headers: JSON.stringify(request.headers) })
      hideCredentials(request)
`,
    about: 'The access log holds the headers.',
  },
  {
    id: 'auth/read-grants-are-unchecked',
    requirement: 'auth/malformed-grant-closes-4100',
    file: 'auth.ts',
    before: '!isGrant(rooms) || !isGrant(rooms_read)',
    after: '!isGrant(rooms)',
    about: 'The form of `rooms` is checked, that of `rooms_read` is forgotten.',
  },
  {
    id: 'auth/sub-of-any-type',
    requirement: 'auth/required-claims',
    file: 'auth.ts',
    before: `typeof sub !== 'string' || sub === '' || [...sub].length`,
    after: `!['string', 'number'].includes(typeof sub) || sub === '' || [...String(sub)].length`,
    about: '`sub` may be a number, such as the key of a table of users.',
  },
]
