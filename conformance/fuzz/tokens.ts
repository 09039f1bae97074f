/** Hostile tokens: each breaks one rule of RFC 7519 or of PROTOCOL.md, and is refused with the code that this earns. */
import fc from 'fast-check'
import { underAlgorithm, unsigned, withClaims, withOtherSignature } from '../actors/forgery.ts'
import type { World } from '../actors/world.ts'

/** A token, as data: what is laid over valid claims and the header, and what is done to it once it is signed. */
export interface HostileToken {
  readonly claims: Readonly<Record<string, unknown>>
  readonly header: Readonly<Record<string, unknown>>
  readonly forgery: string
  /** Where the token is brought. */
  readonly place: 'header' | 'subprotocol' | 'hello'
  readonly code: 4100 | 4101
}

const FORGERIES: Readonly<Record<string, (token: string) => string>> = {
  none: (token) => token,
  'another signature': withOtherSignature,
  'alg none': (token) => unsigned(token),
  'alg NoNe': (token) => unsigned(token, 'NoNe'),
  'alg HS512 by name': (token) => underAlgorithm(token, 'HS512'),
  'alg RS256 by name': (token) => underAlgorithm(token, 'RS256'),
  'other claims': (token) => withClaims(token, { sub: 'root', rooms: ['*'] }),
  'no signature': (token) => token.slice(0, token.lastIndexOf('.') + 1),
  'two parts': (token) => token.slice(0, token.lastIndexOf('.')),
  'four parts': (token) => `${token}.e30`,
  'no dots': (token) => token.replaceAll('.', ''),
  'claims that are no JSON': (token) => token.replace(/\.[^.]*\./, '.e30x.'),
  'header that is no object': (token) => token.replace(/^[^.]*/, 'W10'),
  'a deep header': (token) => token.replace(/^[^.]*/, Buffer.from('['.repeat(500)).toString('base64url')),
  'its half': (token) => token.slice(0, token.length / 2),
  'a word': () => 'null',
}

const LONG_AGO = 1_000_000_000

/** Claims that are wrong whatever else they are, under a signature that is right. */
const WRONG_CLAIMS: readonly Readonly<Record<string, unknown>>[] = [
  ...['sub', 'exp', 'iss', 'aud'].map((name) => ({ [name]: null })),
  ...[{ sub: '' }, { sub: 's'.repeat(129) }, { sub: 7 }, { sub: ['a'] }, { sub: {} }],
  ...[{ exp: '4102444800' }, { exp: true }, { exp: [] }, { nbf: '0' }, { nbf: 4_102_444_800 }, { nbf: {} }],
  ...[{ iss: 'another' }, { aud: 'another' }, { aud: [] }, { iss: ['shakedown'] }],
  ...[
    { rooms: 'lobby' },
    { rooms: {} },
    { rooms: [1] },
    { rooms: ['Lobby'] },
    { rooms: ['a*b'] },
    { rooms_read: [null] },
  ],
  { rooms: ['lobby\n'] },
]

const WRONG_HEADERS: readonly Readonly<Record<string, unknown>>[] = [
  ...[
    { crit: ['exp'] },
    { jwk: { kty: 'oct', k: 'AAAA' } },
    { jku: 'http://127.0.0.1:1/keys' },
    { x5u: 'http://127.0.0.1:1/x' },
  ],
  ...[{ kid: '../../dev/null' }, { kid: "' OR 1=1" }, { kid: 'k'.repeat(65) }, { kid: 7 }, { kid: '' }],
]

/** Spelled as the target's minter needs them, which leaves out what is null. */
const wrong = fc.oneof(
  fc.constantFrom(...Object.keys(FORGERIES).slice(1)).map((forgery) => ({ claims: {}, header: {}, forgery })),
  fc.constantFrom(...WRONG_CLAIMS).map((claims) => ({ claims, header: {}, forgery: 'none' })),
  fc.constantFrom(...WRONG_HEADERS).map((header) => ({ claims: {}, header, forgery: 'none' })),
)

const place = fc.constantFrom('header' as const, 'subprotocol' as const, 'hello' as const)

export const hostileTokens: fc.Arbitrary<HostileToken> = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(wrong, place).map(([one, place]) => ({ ...one, place, code: 4100 as const })) },
  {
    weight: 2,
    arbitrary: fc.tuple(wrong, place).map(([{ claims, ...one }, place]) => {
      return { ...one, claims: { exp: LONG_AGO, ...claims }, place, code: 4100 as const }
    }),
  },
  {
    weight: 1,
    arbitrary: place.map((place) => ({
      claims: { exp: LONG_AGO },
      header: {},
      forgery: 'none',
      place,
      code: 4101 as const,
    })),
  },
)

/** The token as text. */
export async function mintHostile(world: World, { claims, header, forgery }: HostileToken): Promise<string> {
  const token = await world.token('mallory', claims, header)
  return FORGERIES[forgery]?.(token) ?? token
}

/** It is refused with its code. */
export async function playToken(world: World, hostile: HostileToken): Promise<void> {
  const token = await mintHostile(world, hostile)
  const inHello = hostile.place === 'hello'
  const options = inHello
    ? { credential: 'none' as const }
    : { credential: hostile.place as 'header' | 'subprotocol', token }
  const mallory = await world.upgrade('mallory', options)
  if (inHello) mallory.send('hello', { client: { name: 'shakedown', version: '1' }, token })
  await mallory.closes(hostile.code)
  if (mallory.seen('welcome').length > 0) throw new Error('a closed connection was welcomed before')
}
