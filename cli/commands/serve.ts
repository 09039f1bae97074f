/** `shakedown serve`: the reference server, by the launch contract or just for trying things out. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { OPTIONAL_FEATURES } from '../../reference-server/features.ts'
import type { Feature } from '../../schemas/generated/chat.ts'
import { TargetError } from '../../schemas/target.ts'
import { EXIT, type ExitCode, type Finish } from '../exit-codes.ts'
import { wholeNumber } from '../flag-values.ts'
import { interruption } from '../interrupt.ts'
import { findMutant } from '../mutants.ts'
import { DEFAULT_AUDIENCE, DEFAULT_ISSUER } from '../target/mint.ts'
import { UsageError } from '../usage-error.ts'

interface ServeFlags {
  readonly port?: number
  readonly limits?: string
  readonly profile?: 'default' | 'test'
  readonly redis?: string
  readonly nodes: number
  readonly mutant?: string
  readonly without?: readonly Feature[]
}

const EXAMPLES = `
Examples:
  shakedown serve
  shakedown serve --port 4000 --profile test
  shakedown serve --without history,read
  shakedown serve --limits '{"rate_per_s": 1000, "rate_burst": 2000}'
  shakedown serve --redis redis://127.0.0.1:6379
  shakedown serve --nodes 3 --port 4000
  PORT=4000 CHAT_JWT_SECRET=… CHAT_JWT_ISSUER=me CHAT_JWT_AUDIENCE=chat shakedown serve

Environment (the launch contract; a flag wins over it):
  PORT, CHAT_JWT_SECRET or CHAT_JWKS_FILE, CHAT_JWT_ISSUER, CHAT_JWT_AUDIENCE, CHAT_ALLOWED_ORIGINS, CHAT_PROFILE, CHAT_LIMITS,
  CHAT_REDIS_URL
`

export function serveCommand(finish: Finish): Command {
  return new Command('serve')
    .description('run the reference server until it is stopped')
    .option('--port <port>', 'where to listen on 127.0.0.1 (default: a free port)', wholeNumber(0))
    .addOption(new Option('--profile <profile>', 'the limits to begin with').choices(['default', 'test']))
    .option('--limits <file or JSON>', 'limits over those of the profile')
    .option('--redis <url>', 'share everything with the other nodes on this Redis, or Redis Cluster')
    .option('--nodes <n>', 'that many of them, on one Redis and behind HAProxy at the port', wholeNumber(1), 1)
    .option('--without <features>', 'optional features to leave out, such as typing,signal', features)
    .option('--mutant <id>', 'break it in one known way')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ServeFlags) => finish(await serve(flags)))
}

async function serve(flags: ServeFlags): Promise<ExitCode> {
  return flags.nodes > 1 ? serveMany(flags) : serveOne(flags)
}

async function serveOne(flags: ServeFlags): Promise<ExitCode> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  const left = new Set(flags.without)
  if (flags.mutant !== undefined) for (const feature of await injectMutant(flags.mutant)) left.add(feature)
  const { readConfig } = await import('../../reference-server/config.ts')
  const { startServer } = await import('../../reference-server/server.ts')
  const { env, secret } = environmentFor(flags, process.env)
  try {
    const config = readConfig(env)
    const features = config.features.filter((feature) => !left.has(feature))
    const server = await startServer({ ...config, features }, (line) => process.stderr.write(`${line}\n`))
    process.stdout.write(`chat.v1 reference server ready at ${server.url}\n`)
    if (secret !== undefined) process.stdout.write(invitation(secret))
    await stopped
    await server.stop()
    return EXIT.ok
  } catch (error) {
    const { name, syscall, message } = error as NodeJS.ErrnoException
    if (syscall === 'listen' || name === 'Unavailable') throw new TargetError(message)
    throw error
  }
}

async function serveMany(flags: ServeFlags): Promise<ExitCode> {
  const { nodes, mutant, without = [] } = flags
  const [{ readConfig }, { serveNodes }] = await Promise.all([
    import('../../reference-server/config.ts'),
    import('../serve-nodes.ts'),
  ])
  const { env, secret } = environmentFor(flags, process.env)
  readConfig(env)
  const signal = interruption()
  const serving = serveNodes({
    ...{ nodes, env, mutant, without, signal },
    onReady: (text) => process.stdout.write(text + (secret === undefined ? '' : invitation(secret))),
    onOutput: (text) => process.stderr.write(text),
  })
  await serving.catch((error) => {
    // It was asked to end before it was ready.
    if (!signal.aborted) throw error
  })
  return EXIT.ok
}

/** @throws InvalidArgumentError naming the features that there are. */
function features(list: string): readonly Feature[] {
  return list.split(',').map((name) => {
    const found = OPTIONAL_FEATURES.find((feature) => feature === name.trim())
    if (found !== undefined) return found
    throw new InvalidArgumentError(`Give some of ${OPTIONAL_FEATURES.join(', ')}.`)
  })
}

/** The launch contract's environment with the flags over it; a secret of our own where it holds no key at all. */
function environmentFor(flags: ServeFlags, given: NodeJS.ProcessEnv): { env: NodeJS.ProcessEnv; secret?: string } {
  const { CHAT_REDIS_URL: broker } = given
  // A node that serves from another broker than it was told serves other rooms, and nobody notices.
  if (broker && flags.redis !== undefined && broker !== flags.redis) {
    throw new UsageError('--redis and CHAT_REDIS_URL name different brokers: leave one of them out')
  }
  const env = {
    ...given,
    ...(flags.port === undefined ? {} : { PORT: String(flags.port) }),
    ...(flags.profile === undefined ? {} : { CHAT_PROFILE: flags.profile }),
    ...(flags.redis === undefined ? {} : { CHAT_REDIS_URL: flags.redis }),
    ...(flags.limits === undefined ? {} : { CHAT_LIMITS: readLimits(flags.limits) }),
  }
  // Any word about tokens means that somebody launches by the contract, which then holds to the letter.
  if (Object.keys(given).some((name) => /^CHAT_JW/.test(name))) return { env }
  const secret = randomBytes(32).toString('base64url')
  const identity = { CHAT_JWT_ISSUER: DEFAULT_ISSUER, CHAT_JWT_AUDIENCE: DEFAULT_AUDIENCE }
  return { env: { ...env, ...identity, CHAT_JWT_SECRET: secret }, secret }
}

function readLimits(fileOrJson: string): string {
  if (fileOrJson.trimStart().startsWith('{')) return fileOrJson
  try {
    return readFileSync(fileOrJson, 'utf8')
  } catch (error) {
    throw new UsageError(`--limits ${fileOrJson} is neither JSON nor a file: ${(error as Error).message}`)
  }
}

const invitation = (secret: string) => `To mint a token for it:
  shakedown token --jwt-secret ${secret} --sub alice --room lobby
`

/** @returns the features without which its fault shows. */
async function injectMutant(id: string): Promise<readonly Feature[]> {
  const mutant = await findMutant(id)
  const { registerMutant } = await import('../../reference-server/mutants.ts')
  // It rewrites a file of the server as that is loaded, hence before the server's first import.
  registerMutant(mutant)
  return mutant.without ?? []
}
