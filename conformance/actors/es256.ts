/** Keys of a case's own, for a server that verifies ES256 (RFC 7518, 3.4) by the JWK Set of a file. */
import { createHmac, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { World } from './world.ts'

export interface Key {
  readonly kid: string
  readonly jwk: JsonWebKey
  /** The public half as the text of a PEM file. */
  readonly pem: string
  /** The claims of a token under a signature of this key; the header names the key unless told otherwise. */
  sign(token: string, header?: { kid?: string }): string
}

export function newKey(kid: string): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    kid,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
    pem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    sign: (token, header = { kid }) =>
      signed(token, { alg: 'ES256', ...header }, (input) =>
        sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
      ),
  }
}

/** The claims of a token under an HMAC whose secret is these octets. */
export const signedByHmac = (token: string, secret: string | Buffer, kid: string) =>
  signed(token, { alg: 'HS256', kid }, (input) => createHmac('sha256', secret).update(input).digest())

/** A process of the same server that knows these keys and no secret. */
export function apartWithKeys(world: World, keys: readonly Key[]): Promise<World> {
  return world.apart({ env: { CHAT_JWT_SECRET: undefined, CHAT_JWKS_FILE: keysFile(world, keys) } })
}

/** The path of a JWK Set with these keys, which is gone at the end of the case. */
export function keysFile(world: World, keys: readonly Key[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'shakedown-'))
  world.stage.cleanup(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'jwks.json')
  writeFileSync(file, JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  return file
}

function signed(token: string, header: object, signature: (input: string) => Buffer): string {
  const [, claims] = token.split('.')
  const input = `${Buffer.from(JSON.stringify({ typ: 'JWT', ...header })).toString('base64url')}.${claims}`
  return `${input}.${signature(input).toString('base64url')}`
}
