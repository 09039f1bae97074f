/** Starts a server by the launch contract of PROTOCOL.md, and waits until it is ready. */
import { randomBytes } from 'node:crypto'
import type { TargetDescription } from '../../schemas/generated/results.ts'
import { type Capabilities, type LaunchOptions, type Target, TargetError } from '../../schemas/target.ts'
import { maskUrls } from '../masked-urls.ts'
import { freePort } from './free-port.ts'
import { DEFAULT_AUDIENCE, DEFAULT_ISSUER, minterFor } from './mint.ts'
import { startProcessGroup } from './process-group.ts'
import { readyz, untilReady } from './readiness.ts'

/** The Origin that a started server is told to allow, so that a foreign one can be told apart. */
const DEFAULT_ORIGIN = 'https://shakedown.test'

/** What is started, and what result files say of it. */
export interface Launch {
  readonly argv: readonly string[]
  readonly description: Omit<TargetDescription, 'urls' | 'profile'>
  readonly origin?: string
  /** What the implementation declares; only one that declares `control` is given a CHAT_CONTROL_TOKEN. */
  readonly capabilities?: Capabilities
  /** Gets what it prints, as it comes, and where it listens. */
  onOutput?(text: string, url: string): void
}

/** What `--exec` starts: a shell command. */
export const shellCommand = (command: string): Launch => ({
  argv: ['/bin/sh', '-c', command],
  description: { kind: 'exec', command: maskUrls(command) },
})

/**
 * The server, ready, with a key of its own and nothing of our environment's CHAT_*.
 * @throws TargetError with its last output, where it ends or is not ready within 30 s.
 * @throws the signal's reason, where that aborts; the server is stopped then.
 */
export async function launch(launched: Launch, options: LaunchOptions, signal: AbortSignal): Promise<Target> {
  const port = Number(options.env?.PORT ?? (await freePort()))
  const contract = { ...launchEnvironment(launched, port, options), ...options.env }
  const url = `ws://127.0.0.1:${port}/ws`
  const env = { ...withoutChatVariables(process.env), ...contract }
  const group = startProcessGroup(launched.argv, env, (text) => launched.onOutput?.(text, url))
  try {
    await untilReady(group, readyz(port), signal)
  } catch (error) {
    await group.stop()
    throw error
  }
  const { description, capabilities } = launched
  const { CHAT_ALLOWED_ORIGINS: origin, CHAT_CONTROL_TOKEN: controlToken } = contract
  const urls = [url]
  return {
    description: { ...description, urls, profile: options.profile },
    urls,
    ...(origin === undefined ? {} : { origin }),
    ...(controlToken === undefined ? {} : { controlToken }),
    ...(capabilities === undefined ? {} : { capabilities }),
    mint: minterOf(contract),
    output: group.output,
    pid: group.pid,
    ended: group.ended,
    launch: (more) => launch(launched, more, signal),
    stop: group.stop,
    kill: group.kill,
  }
}

/** The variables of the launch contract. */
function launchEnvironment(
  { origin = DEFAULT_ORIGIN, capabilities }: Launch,
  port: number,
  { profile, limits }: LaunchOptions,
): NodeJS.ProcessEnv {
  return {
    PORT: String(port),
    CHAT_JWT_SECRET: randomSecret(),
    CHAT_JWT_ISSUER: DEFAULT_ISSUER,
    CHAT_JWT_AUDIENCE: DEFAULT_AUDIENCE,
    CHAT_ALLOWED_ORIGINS: origin,
    CHAT_PROFILE: profile,
    ...(limits === undefined ? {} : { CHAT_LIMITS: JSON.stringify(limits) }),
    ...(capabilities?.control === true ? { CHAT_CONTROL_TOKEN: randomSecret() } : {}),
  }
}

export const randomSecret = () => randomBytes(32).toString('base64url')

/** Signs what a server with this environment accepts; one that was given other keys than a secret is for others to mint for. */
function minterOf(env: NodeJS.ProcessEnv): Target['mint'] {
  const { CHAT_JWT_SECRET: secret, CHAT_JWT_ISSUER: issuer = '', CHAT_JWT_AUDIENCE: audience = '' } = env
  if (secret !== undefined) return minterFor({ by: 'secret', secret, issuer, audience })
  return async () => {
    throw new TargetError('the server was given no CHAT_JWT_SECRET, so no token for it can be minted here')
  }
}

const withoutChatVariables = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CHAT_')))
