/** A target file: one implementation's way to be started or found, and what it declares, as flags and declarations. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { TargetFile } from '../../schemas/generated/results.ts'
import { validateTargetFile } from '../../schemas/generated/validators.js'
import type { Capabilities } from '../../schemas/target.ts'
import { UsageError } from '../usage-error.ts'
import type { TargetFlags } from './options.ts'

/** What a target file says that no flag does. */
export interface Declared {
  readonly name?: string
  readonly capabilities?: Capabilities
}

/**
 * The flags with those of the file named by `--target` under them, and what the file declares.
 * A flag that says where the server is, or how tokens are signed, takes the place of all that the file says of it.
 * @throws UsageError where the file cannot be read, breaks its schema or contradicts itself.
 */
export function withTargetFile(flags: TargetFlags): { flags: TargetFlags; declared: Declared } {
  if (flags.target === undefined) return { flags, declared: {} }
  const { name, capabilities, ...file } = readTargetFile(flags.target)
  const { exec, url, jwtSecret, jwtKey, tokenCommand } = flags
  const where = exec !== undefined || url !== undefined ? {} : given({ exec: file.exec, url: file.urls })
  if (Object.keys({ ...where, ...given({ exec, url }) }).length === 0)
    throw new UsageError(`--target ${flags.target} names no server; give it exec or urls, or add --exec or --url`)
  const credential = exec === undefined ? credentialFlags(file, flags.target) : {}
  const signing = tokenCommand !== undefined ? {} : { ...credential, ...((jwtSecret ?? jwtKey) ? NO_WAY : {}) }
  const controlToken = exec === undefined ? file.control_token : undefined
  const cluster =
    url === undefined ? { nodes: file.nodes, redis: file.redis, balancer: file.balancer || undefined } : {}
  const beneath = { ...where, ...signing, ...cluster, controlToken, origin: file.origin }
  return { flags: given({ ...beneath, ...flags }), declared: given({ name, capabilities }) }
}

function readTargetFile(file: string): TargetFile {
  const content = readJson(file)
  if (!validateTargetFile(content)) {
    const [error] = validateTargetFile.errors ?? []
    const field = error?.params.additionalProperty === undefined ? '' : ` (${error.params.additionalProperty})`
    throw new UsageError(
      `--target ${file} is no target file: ${error?.instancePath || 'the root'} ${error?.message}${field}`,
    )
  }
  if (content.exec !== undefined && content.urls !== undefined)
    throw new UsageError(`--target ${file}: exec starts a server and urls name one that runs; give one of them`)
  if (content.exec !== undefined && (content.jwt !== undefined || content.control_token !== undefined))
    throw new UsageError(`--target ${file}: jwt and control_token go with urls; what exec starts is told its own`)
  if (content.urls !== undefined && (content.nodes ?? content.redis ?? content.balancer) !== undefined)
    throw new UsageError(
      `--target ${file}: nodes, redis and balancer go with exec; urls has one address for each node that runs`,
    )
  return content
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--target ${file} cannot be read as JSON: ${(error as Error).message}; give a target file`)
  }
}

const credentialFlags = ({ jwt = {} }: TargetFile, file: string): TargetFlags =>
  given({
    jwtSecret: jwt.secret,
    jwtKey: jwt.key_file === undefined ? undefined : resolve(dirname(file), jwt.key_file),
    tokenCommand: jwt.token_command,
    jwtIssuer: jwt.issuer,
    jwtAudience: jwt.audience,
    jwtKid: jwt.kid,
  })

/** No way to sign, so that the one that a flag names is the only one. */
const NO_WAY = { jwtSecret: undefined, jwtKey: undefined, tokenCommand: undefined }

/** The fields that are not undefined. */
const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
