/** The launch contract's environment, read once into a value that is valid or into one clear sentence. */
import { readFileSync } from 'node:fs'
import type { JWK } from 'jose'
import type { Feature } from '../schemas/generated/chat.ts'
import { type Limits, PROFILES } from '../schemas/generated/tables.ts'
import { validateLimits } from '../schemas/generated/validators.js'
import { FEATURES } from './features.ts'

/** The pinned algorithm and what it verifies with. */
export type Keys =
  | { readonly algorithm: 'HS256'; readonly secret: Uint8Array }
  | { readonly algorithm: 'ES256'; readonly jwks: readonly JWK[] }

export interface Config {
  /** 0 takes a free port. */
  readonly port: number
  readonly keys: Keys
  readonly issuer: string
  readonly audience: string
  /** Compared exactly with the Origin header; empty: every Origin is denied. */
  readonly allowedOrigins: readonly string[]
  readonly limits: Limits
  /** Those that are served; the launch contract has no say on it. */
  readonly features: readonly Feature[]
  /** The Bearer token of the control paths; undefined: there are none. */
  readonly controlToken: string | undefined
  /** Of the Redis, or of a node of the Redis Cluster, that the nodes share; undefined: this node is alone. */
  readonly redisUrl: string | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment does not describe a server; the message says what was wrong, where, and what would be right. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const LEAST_SECRET_BYTES = 32

/**
 * @param env the variables of the launch contract; an empty string counts as unset
 * @throws ConfigError
 */
export function readConfig(env: Environment): Config {
  return {
    port: readPort(env.PORT),
    keys: readKeys(env),
    issuer: required(env, 'CHAT_JWT_ISSUER'),
    audience: required(env, 'CHAT_JWT_AUDIENCE'),
    allowedOrigins: (env.CHAT_ALLOWED_ORIGINS ?? '').split(',').flatMap((origin) => origin.trim() || []),
    limits: readLimits(env),
    features: FEATURES,
    controlToken: env.CHAT_CONTROL_TOKEN || undefined,
    redisUrl: readRedisUrl(env.CHAT_REDIS_URL),
  }
}

function required(env: Environment, name: string): string {
  return env[name] || fail(`${name} is not set: it must name what the tokens carry`)
}

function readPort(text: string | undefined): number {
  const port = Number(text || 0)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    fail(`PORT is ${text}: it must be an integer from 0 to 65535`)
  return port
}

/** Never repeated in an error, for it may hold a password. */
function readRedisUrl(url: string | undefined): string | undefined {
  if (!url) return undefined
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    fail('CHAT_REDIS_URL is no URL of a Redis: it must be one such as redis://127.0.0.1:6379, or rediss:// for TLS')
  }
  return url
}

function readKeys(env: Environment): Keys {
  const { CHAT_JWT_SECRET: secret, CHAT_JWKS_FILE: file } = env
  if (secret && file) fail('CHAT_JWT_SECRET and CHAT_JWKS_FILE are both set: exactly one must be')
  if (secret) return { algorithm: 'HS256', secret: readSecret(secret) }
  if (file) return { algorithm: 'ES256', jwks: readJwks(file) }
  return fail('neither CHAT_JWT_SECRET nor CHAT_JWKS_FILE is set: exactly one must be')
}

function readSecret(secret: string): Uint8Array {
  const bytes = new TextEncoder().encode(secret)
  if (bytes.length < LEAST_SECRET_BYTES) {
    fail(`CHAT_JWT_SECRET has ${bytes.length} bytes: HS256 needs at least ${LEAST_SECRET_BYTES}`)
  }
  return bytes
}

function readJwks(file: string): readonly JWK[] {
  const keys = (readJson(file, `CHAT_JWKS_FILE ${file}`) as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys) || keys.length === 0) fail(`CHAT_JWKS_FILE ${file} holds no keys: it must be a JWK set`)
  for (const key of keys as JWK[]) {
    if (key?.kty !== 'EC' || key.crv !== 'P-256' || key.d !== undefined) {
      fail(`CHAT_JWKS_FILE ${file} holds a key that is not a public EC key on P-256: ES256 needs just those`)
    }
    if ((keys as JWK[]).filter((other) => other.kid === key.kid).length > 1) {
      fail(`CHAT_JWKS_FILE ${file} holds several keys of kid ${key.kid}: each of several keys needs its own`)
    }
  }
  return keys as JWK[]
}

function readJson(file: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return fail(`${what} cannot be read as JSON: ${(error as Error).message}`)
  }
}

function readLimits(env: Environment): Limits {
  const name = env.CHAT_PROFILE || 'default'
  if (!Object.hasOwn(PROFILES, name)) {
    fail(`CHAT_PROFILE is ${name}: it must be one of ${Object.keys(PROFILES).join(', ')}`)
  }
  const profile: Limits = PROFILES[name as keyof typeof PROFILES]
  const limits: unknown = { ...profile, ...readOverrides(env.CHAT_LIMITS, profile) }
  if (!validateLimits(limits)) {
    const error = validateLimits.errors?.[0]
    return fail(`CHAT_LIMITS is wrong: ${error?.instancePath.slice(1)} ${error?.message}`)
  }
  if (limits.rate_burst <= limits.max_errors) {
    fail(
      `CHAT_LIMITS is wrong: rate_burst (${limits.rate_burst}) must be greater than max_errors (${limits.max_errors})`,
    )
  }
  return limits
}

/** Unknown keys are ignored, as the launch contract says. */
function readOverrides(text: string | undefined, profile: Limits): Record<string, unknown> {
  if (!text) return {}
  return Object.fromEntries(Object.entries(parseLimits(text)).filter(([name]) => Object.hasOwn(profile, name)))
}

function parseLimits(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {}
  return fail('CHAT_LIMITS is not a JSON object: it must hold limits by name, such as {"max_errors": 5}')
}

function fail(sentence: string): never {
  throw new ConfigError(sentence)
}
