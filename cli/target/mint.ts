/** Signs the tokens with which the suite and the load connect. */
import { spawn } from 'node:child_process'
import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { CannotMint, type Claims, type Target, TargetError } from '../../schemas/target.ts'
import { UsageError } from '../usage-error.ts'

/** What a server that is tried out, and the tokens for it, agree on unless told otherwise. */
export const DEFAULT_ISSUER = 'shakedown'
export const DEFAULT_AUDIENCE = 'chat'

/** How a token is signed, and by whom and for whom it says it is. */
export type Credential =
  | ({ readonly by: 'secret'; readonly secret: string } & Identity)
  | ({ readonly by: 'key'; readonly file: string } & Identity)
  | { readonly by: 'command'; readonly command: string }

interface Identity {
  readonly issuer: string
  readonly audience: string
  readonly kid?: string
}

type Mint = Target['mint']
type Header = Readonly<Record<string, unknown>>

const DEFAULT_TTL_S = 60

/**
 * HS256 with the secret's raw UTF-8 bytes, or ES256 with a private key, or whatever the token command does. Where the
 * header asks for HS384 or HS512, a secret signs by that, so that nothing but the algorithm is wrong with the token.
 * @throws UsageError where the key file cannot be read or holds no P-256 private key.
 */
export function minterFor(credential: Credential): Mint {
  if (credential.by === 'command') return (claims, header) => mintByCommand(credential.command, claims, header)
  const { issuer, audience, kid } = credential
  const [alg, signature] = signerOf(credential)
  return async (claims, header) => {
    const protectedHeader = { alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }), ...header }
    // Not a JWT library: none would sign a `crit` or a foreign `alg`, which servers must be seen to refuse.
    const payload = withoutNulls(filledIn(claims, { iss: issuer, aud: audience }))
    const signingInput = `${encode(protectedHeader)}.${encode(payload)}`
    return `${signingInput}.${signature(signingInput, protectedHeader.alg).toString('base64url')}`
  }
}

/** The claims with what was not given filled in; null is for what is to be left out. */
function filledIn(claims: Claims, identity: { iss?: string; aud?: string }): Claims {
  const iat = Math.floor(Date.now() / 1000)
  return { ...identity, iat, exp: iat + DEFAULT_TTL_S, ...claims }
}

const withoutNulls = (claims: Claims): Claims =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null))

/** Hashes of the HMACs of RFC 7518, 3.2, by `alg`. */
const HMAC_HASHES: ReadonlyMap<unknown, string> = new Map([
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
])

type Signer = (input: string, alg: unknown) => Buffer

function signerOf(credential: Exclude<Credential, { by: 'command' }>): [alg: string, Signer] {
  if (credential.by === 'secret') {
    const { secret } = credential
    return [
      'HS256',
      (input, alg) =>
        createHmac(HMAC_HASHES.get(alg) ?? 'sha256', secret)
          .update(input)
          .digest(),
    ]
  }
  const key = readPrivateKey(credential.file)
  // JWS wants R and S side by side (RFC 7518, 3.4), not the ASN.1 of TLS.
  return ['ES256', (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })]
}

function readPrivateKey(file: string): KeyObject {
  const wanted = 'give a P-256 private key as PEM or JWK'
  let key: KeyObject
  try {
    const content = readFileSync(file, 'utf8')
    const isJwk = content.trimStart().startsWith('{')
    key = isJwk ? createPrivateKey({ key: JSON.parse(content), format: 'jwk' }) : createPrivateKey(content)
  } catch (error) {
    throw new UsageError(`--jwt-key ${file}: ${(error as Error).message}; ${wanted}`)
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new UsageError(`--jwt-key ${file} holds another kind of key than ES256 needs; ${wanted}`)
  return key
}

/**
 * The command reads the claims as JSON, null for what the token is not to have, and adds what it always adds. The token
 * is read again, for a command that adds or changes what a case is about would make a right server look wrong.
 */
async function mintByCommand(command: string, claims: Claims, header: Header | undefined): Promise<string> {
  if (header !== undefined)
    throw new CannotMint('the token command takes claims alone, so no token with a header of our own can be had')
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] })
  // A command that does not read its input closes the pipe early, which is its right.
  child.stdin.on('error', () => {}).end(JSON.stringify(filledIn(claims, {})))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const token = (await text(child.stdout)).trim()
  const code = await ended
  const signed = claimsOf(token)
  // Not which command: it may hold a secret, and result files keep what went wrong.
  if (code !== 0 || signed === undefined)
    throw new TargetError(`the token command must print a JWT and exit with 0; it exited with ${code}`)
  refuseOther(signed, JSON.parse(JSON.stringify(claims)))
  return token
}

/** The claims that a JWT says; undefined where it is none. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload = '', ...more] = token.split('.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return more.length === 1 && typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}

/**
 * @param asked as the command read it.
 * @throws CannotMint where the token says something else of a claim that was asked for, or to be left out.
 */
function refuseOther(signed: Readonly<Record<string, unknown>>, asked: Claims): void {
  for (const [name, value] of Object.entries(asked)) {
    if (isDeepStrictEqual(signed[name] ?? null, value)) continue
    const wanted = value === null ? `leaves ${name} out` : `says ${name} ${JSON.stringify(value)}`
    const given = signed[name] === undefined ? 'leaves it out' : `says ${JSON.stringify(signed[name])}`
    throw new CannotMint(`needs a token that ${wanted}; the one of the token command ${given}`)
  }
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
