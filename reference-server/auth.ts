/** JWT verification with a pinned algorithm (RFC 7519, RFC 8725): a token in, its claims or the close code out. */
import { type CryptoKey, compactVerify, decodeProtectedHeader, importJWK, type ProtectedHeaderParameters } from 'jose'
import type { Keys } from './config.ts'
import { type Grants, isGrant } from './grants.ts'
import { Unavailable } from './unavailable.ts'

/** What a verified token says. */
export interface Claims {
  readonly sub: string
  readonly name?: string
  /** NumericDate, seconds. */
  readonly exp: number
  /** NumericDate, seconds. */
  readonly iat?: number
  readonly jti?: string
  readonly grants: Grants
}

/** `close` is the registry name of the close code that the token earns; `fault` never holds the token. */
export type Verdict =
  | { readonly valid: true; readonly claims: Claims }
  | { readonly valid: false; readonly close: 'unauthorized' | 'revoked' | 'token_expired'; readonly fault: string }

/** @param now milliseconds of the Unix epoch */
export type Verify = (token: string, now: number) => Promise<Verdict>

export interface Expectations {
  readonly issuer: string
  readonly audience: string
  readonly leewayMs: number
  /** Whether a token was withdrawn. */
  readonly isRevoked: (claims: Claims) => Promise<boolean>
}

/** Header fields by which a token could choose its own key or rules. */
const FORBIDDEN_HEADERS = ['crit', 'jwk', 'jku', 'x5u']
const KID = /^[A-Za-z0-9._-]{1,64}$/
const SUB_CODE_POINTS = 128

type KeyMap = ReadonlyMap<string | undefined, CryptoKey | Uint8Array>

/** Imports the keys once; the function returned rejects only with `Unavailable`. */
export async function createVerify(keys: Keys, expected: Expectations): Promise<Verify> {
  const map = await importKeys(keys)
  return async (token, now) => {
    try {
      const key = findKey(decodeProtectedHeader(token), map)
      if (key === undefined) return refuse('the header names no key of ours, or brings its own')
      const { payload } = await compactVerify(token, key, { algorithms: [keys.algorithm] })
      const verdict = judge(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)), expected, now)
      return verdict.valid ? await judgeTime(verdict.claims, expected, now) : verdict
    } catch (error) {
      // Nothing is known against the token, nor for it.
      if (error instanceof Unavailable) throw error
      return refuse('the token is malformed, or its signature is not ours')
    }
  }
}

async function importKeys(keys: Keys): Promise<KeyMap> {
  if (keys.algorithm === 'HS256') return new Map([[undefined, keys.secret]])
  return new Map(await Promise.all(keys.jwks.map(async (jwk) => [jwk.kid, await importJWK(jwk, 'ES256')] as const)))
}

/** "`kid` is only looked up in a map; it may be missing where there is one key." */
function findKey(header: ProtectedHeaderParameters, map: KeyMap): CryptoKey | Uint8Array | undefined {
  if (FORBIDDEN_HEADERS.some((name) => Object.hasOwn(header, name))) return undefined
  const kid: unknown = header.kid
  if (kid === undefined) return map.size === 1 ? [...map.values()][0] : undefined
  return typeof kid === 'string' && KID.test(kid) ? map.get(kid) : undefined
}

/** Everything that a claim can be wrong in, but for the passing of time. */
function judge(payload: unknown, expected: Expectations, now: number): Verdict {
  if (typeof payload !== 'object' || payload === null) return refuse('the claims are not an object')
  const { sub, name, iss, aud, exp, nbf, iat, jti, rooms = [], rooms_read = [] } = payload as Record<string, unknown>
  if (typeof sub !== 'string' || sub === '' || [...sub].length > SUB_CODE_POINTS) return refuse('sub is malformed')
  if (name !== undefined && typeof name !== 'string') return refuse('name is not a string')
  if (jti !== undefined && typeof jti !== 'string') return refuse('jti is not a string')
  if (iss !== expected.issuer) return refuse('iss is not the issuer')
  if (![aud].flat().includes(expected.audience)) return refuse('aud does not name the audience')
  if (!isGrant(rooms) || !isGrant(rooms_read)) return refuse('a grant is malformed')
  if (iat !== undefined && !isNumericDate(iat)) return refuse('iat is not a number')
  if (nbf !== undefined && !isNumericDate(nbf)) return refuse('nbf is not a number')
  if (nbf !== undefined && nbf * 1000 > now + expected.leewayMs) return refuse('nbf lies ahead')
  if (!isNumericDate(exp)) return refuse('exp is not a number')
  const grants = { write: rooms, read: rooms_read }
  const optional = {
    ...(name !== undefined && { name }),
    ...(iat !== undefined && { iat }),
    ...(jti !== undefined && { jti }),
  }
  return { valid: true, claims: { sub, exp, grants, ...optional } }
}

/** Revoked comes before expired, and both after every other fault: "4101 where `exp` is the only fault". */
async function judgeTime(claims: Claims, { isRevoked, leewayMs }: Expectations, now: number): Promise<Verdict> {
  if (await isRevoked(claims)) return { valid: false, close: 'revoked', fault: 'the token or its user was revoked' }
  if (now >= claims.exp * 1000 + leewayMs) return { valid: false, close: 'token_expired', fault: 'exp has passed' }
  return { valid: true, claims }
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function refuse(fault: string): Verdict {
  return { valid: false, close: 'unauthorized', fault }
}
