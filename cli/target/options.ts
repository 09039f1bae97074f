/** From the target flags of the command line to one valid choice of target, early and once. */
import type { Command } from 'commander'
import { wholeNumber } from '../flag-values.ts'
import { maskUrls } from '../masked-urls.ts'
import { UsageError } from '../usage-error.ts'
import type { ClusterShape } from './cluster.ts'
import { type Credential, DEFAULT_AUDIENCE, DEFAULT_ISSUER } from './mint.ts'
import { type Declared, withTargetFile } from './target-file.ts'

/** How many nodes of a server are started, on which broker, and whether they get one address: what was said of it. */
export type ClusterChoice = Partial<ClusterShape> & { readonly balancer?: true }

/** Which server to test: ours, one to be started, or one that is there. */
export type TargetChoice = Declared & { readonly origin?: string } & (
    | { readonly kind: 'embedded'; readonly mutant?: string; readonly cluster?: ClusterChoice }
    | { readonly kind: 'exec'; readonly command: string; readonly cluster?: ClusterChoice }
    | {
        readonly kind: 'url'
        readonly urls: readonly string[]
        readonly credential?: Credential
        readonly controlToken?: string
      }
  )

/** The flags as commander hands them over. */
export interface TargetFlags {
  readonly target?: string
  readonly exec?: string
  readonly url?: readonly string[]
  readonly jwtSecret?: string
  readonly jwtKey?: string
  readonly jwtIssuer?: string
  readonly jwtAudience?: string
  readonly jwtKid?: string
  readonly tokenCommand?: string
  readonly controlToken?: string
  readonly origin?: string
  readonly mutant?: string
  readonly nodes?: number
  readonly redis?: string
  readonly balancer?: boolean
}

/** What a server started here is told, and one that is there was told. */
const URL_FLAGS = {
  jwtSecret: '--jwt-secret',
  jwtKey: '--jwt-key',
  jwtIssuer: '--jwt-issuer',
  jwtAudience: '--jwt-audience',
  jwtKid: '--jwt-kid',
  tokenCommand: '--token-command',
  controlToken: '--control-token',
} as const

const FLAGS = {
  ...{ target: '--target', exec: '--exec', url: '--url' },
  ...URL_FLAGS,
  ...{ origin: '--origin', mutant: '--mutant', nodes: '--nodes', redis: '--redis', balancer: '--balancer' },
} as const

/** What only a server that is started here can be told. */
const CLUSTER_FLAGS = ['nodes', 'redis', 'balancer'] as const

const MINTING = '--jwt-secret, --jwt-key FILE or --token-command'

/** For repeatable flags. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value]

/** Adds the flags that `conform` and `load` share. */
export function addTargetOptions(command: Command): Command {
  return command
    .optionsGroup('Target (the embedded server, unless told otherwise):')
    .option('--target <file>', 'a target file (JSON) with all of the following, under what flags say')
    .option('--exec <command>', 'start this server by the launch contract, and stop it at the end')
    .option('--url <url>', 'test the server that listens there (repeatable, for several nodes of one)', collect)
    .option(
      '--jwt-secret <secret>',
      'with --url: sign tokens with HS256 and this secret (default: CHAT_JWT_SECRET of the environment, which no list of processes shows)',
    )
    .option('--jwt-key <file>', 'with --url: sign tokens with ES256 and this private key, PEM or JWK')
    .option('--jwt-issuer <iss>', `with --url: the tokens' issuer (default: "${DEFAULT_ISSUER}")`)
    .option('--jwt-audience <aud>', `with --url: the tokens' audience (default: "${DEFAULT_AUDIENCE}")`)
    .option('--jwt-kid <kid>', "with --url: the key id in the tokens' header")
    .option(
      '--token-command <command>',
      'with --url: reads claims as JSON on stdin (null: leave it out) and prints a JWT',
    )
    .option('--control-token <token>', 'with --url: the Bearer token of the control paths')
    .option('--origin <origin>', 'the Origin of every handshake; a server started here is told to allow it')
    .option('--mutant <id>', 'break the embedded server in one known way')
    .option(
      '--nodes <n>',
      'start that many nodes of the server, which share a broker (default: 1; cluster pack: 3)',
      wholeNumber(1),
    )
    .option('--redis <url>', 'the broker of the nodes that are started (default: a Redis started for them alone)')
    .option('--balancer', 'put HAProxy before the nodes, so that they have one address')
}

/**
 * @param speaks what the target must speak: `chat` needs tokens and lives at `/ws`; `websocket` is taken as it is given.
 * @param env of which CHAT_JWT_SECRET signs where neither a flag nor the target file says what does.
 * @throws UsageError where flags contradict each other, or where one that is needed is missing.
 */
export function chooseTarget(
  given: TargetFlags,
  speaks: 'chat' | 'websocket',
  env: NodeJS.ProcessEnv = process.env,
): TargetChoice {
  const { flags, declared } = withTargetFile(given)
  const { exec: command, url: urls, mutant, controlToken } = flags
  refuseConflicts(flags)
  const common = { ...declared, ...(flags.origin === undefined ? {} : { origin: flags.origin }) }
  const started = { ...common, ...clusterOf(flags) }
  if (command !== undefined) return { kind: 'exec', command, ...started }
  if (urls === undefined) return { kind: 'embedded', ...(mutant === undefined ? {} : { mutant }), ...started }
  const credential = chooseCredential(flags, env)
  if (credential === undefined && speaks === 'chat')
    throw new UsageError(
      `--url needs a way to mint tokens for the chat protocol; add ${MINTING}, or set CHAT_JWT_SECRET`,
    )
  return {
    kind: 'url',
    urls: distinct(urls.map((url) => addressOf(url, speaks))),
    ...(credential === undefined ? {} : { credential }),
    ...(controlToken === undefined ? {} : { controlToken }),
    ...common,
  }
}

/** One node that is named twice would be taken for two, which agree in everything. */
function distinct(urls: readonly string[]): readonly string[] {
  const twice = urls.find((url, at) => urls.indexOf(url) !== at)
  if (twice === undefined) return urls
  throw new UsageError(`${maskUrls(twice)} is given twice; give one --url for each node`)
}

/** Whether that is a cluster: a single node is one where it is given a broker, or stands behind a balancer. */
export function isCluster(asked: ClusterChoice | undefined): asked is ClusterChoice {
  return asked !== undefined && ((asked.nodes ?? 1) > 1 || asked.redis !== undefined || asked.balancer === true)
}

function clusterOf({ nodes, redis, balancer = false }: TargetFlags): { cluster?: ClusterChoice } {
  if (nodes === undefined && redis === undefined && !balancer) return {}
  return {
    cluster: {
      ...(nodes === undefined ? {} : { nodes }),
      ...(redis === undefined ? {} : { redis: brokerAt(redis) }),
      ...(balancer ? { balancer: true } : {}),
    },
  }
}

/** As it is given; it may hold a password, so no message repeats it. */
function brokerAt(url: string): string {
  if (URL.canParse(url) && ['redis:', 'rediss:'].includes(new URL(url).protocol)) return url
  throw new UsageError('--redis is no URL of a Redis; give one such as redis://127.0.0.1:6379')
}

/** The credential that the token flags describe, or else CHAT_JWT_SECRET; undefined where there is none. */
export function chooseCredential(flags: TargetFlags, env: NodeJS.ProcessEnv = process.env): Credential | undefined {
  const { jwtKey, tokenCommand: command } = flags
  const inherited = (jwtKey ?? command) === undefined && env.CHAT_JWT_SECRET !== '' ? env.CHAT_JWT_SECRET : undefined
  const jwtSecret = flags.jwtSecret ?? inherited
  const identity = {
    issuer: flags.jwtIssuer ?? DEFAULT_ISSUER,
    audience: flags.jwtAudience ?? DEFAULT_AUDIENCE,
    ...(flags.jwtKid === undefined ? {} : { kid: flags.jwtKid }),
  }
  const ways = [jwtSecret, jwtKey, command].filter((way) => way !== undefined)
  if (ways.length > 1) throw new UsageError(`there are several ways to mint tokens; give one of ${MINTING}`)
  if (jwtSecret !== undefined) return { by: 'secret', secret: jwtSecret, ...identity }
  if (jwtKey !== undefined) return { by: 'key', file: jwtKey, ...identity }
  if (flags.jwtIssuer ?? flags.jwtAudience ?? flags.jwtKid)
    throw new UsageError('--jwt-issuer, --jwt-audience and --jwt-kid go with --jwt-secret or --jwt-key FILE')
  if (command !== undefined) return { by: 'command', command }
  return undefined
}

function refuseConflicts(flags: TargetFlags): void {
  const { exec, url, mutant } = flags
  if (exec !== undefined && url !== undefined)
    throw new UsageError('--exec starts a server and --url names one that runs; give one of them')
  if (mutant !== undefined && (exec !== undefined || url !== undefined))
    throw new UsageError('--mutant breaks the embedded server; leave out --exec and --url')
  for (const name of CLUSTER_FLAGS)
    if (url !== undefined && flags[name] !== undefined)
      throw new UsageError(
        `${FLAGS[name]} is for nodes that are started here; give one --url for each node that runs already`,
      )
  const stray = Object.entries(URL_FLAGS).find(([name]) => flags[name as keyof typeof URL_FLAGS] !== undefined)
  if (url === undefined && stray !== undefined)
    throw new UsageError(`${stray[1]} goes with --url; a server started here is told one of its own`)
}

/** The address to connect to: chat.v1 is at `/ws`, so an address without a path gets that one. */
function addressOf(given: string, speaks: 'chat' | 'websocket'): string {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || !['ws:', 'wss:'].includes(url.protocol))
    throw new UsageError(`--url ${maskUrls(given)} is not a WebSocket address; give one such as ws://127.0.0.1:4000/ws`)
  if (url.username !== '' || url.password !== '')
    throw new UsageError(
      `--url ${maskUrls(given)} has a user or a password, which no WebSocket client sends; leave them out`,
    )
  if (url.hash !== '')
    throw new UsageError(`--url ${maskUrls(given)} has a fragment, which RFC 6455 forbids; leave out ${url.hash}`)
  if (speaks === 'chat' && url.pathname === '/' && !given.endsWith('/')) url.pathname = '/ws'
  return url.href
}

/** The target flags as they are written on a command line. */
export function flagsOf(flags: TargetFlags): readonly string[] {
  return Object.entries(FLAGS).flatMap(([name, flag]) =>
    [flags[name as keyof TargetFlags] ?? []]
      .flat()
      .flatMap((value) => (value === true ? [flag] : [flag, String(value)])),
  )
}
