/** `shakedown serve --nodes`: the reference server several times, on one broker and behind one balancer. */
import type { Feature } from '../schemas/generated/chat.ts'
import { type Target, TargetError } from '../schemas/target.ts'
import { maskUrls } from './masked-urls.ts'
import { findMutant } from './mutants.ts'
import { type Balancer, requirePlaces, startBalancer } from './target/balancer.ts'
import { launchCluster } from './target/cluster.ts'
import { embeddedServer, withoutFlag } from './target/embedded.ts'
import { lastLines } from './target/readiness.ts'

export interface ServedNodes {
  readonly nodes: number
  /** The environment of the launch contract; PORT is where the balancer listens. */
  readonly env: NodeJS.ProcessEnv
  readonly mutant?: string | undefined
  /** Features that are left out. */
  readonly without: readonly Feature[]
  /** Gets where all of them are, in a line each. */
  onReady(text: string): void
  /** Gets the lines that the nodes print, each with its node, and which of them are gone. */
  onOutput(text: string): void
  /** Asks for the end. */
  readonly signal: AbortSignal
}

/**
 * Serves until it is asked to end: then the nodes drain, behind a balancer that still stands. A node that dies is not
 * started again, and the others go on.
 * @throws TargetError where something needed is not installed or does not get ready, and where the balancer or all of the
 * nodes have ended.
 */
export async function serveNodes({ nodes: count, env, mutant, without, signal, ...told }: ServedNodes): Promise<void> {
  requirePlaces(count)
  const server = await embeddedServer(mutant)
  const fault = mutant === undefined ? undefined : await findMutant(mutant)
  // The last flag of a kind counts.
  const left = withoutFlag([...without, ...(fault?.without ?? [])])
  const launched = { ...server, argv: [...server.argv, ...left], onOutput: byNode(told.onOutput) }
  const { PORT: port, CHAT_REDIS_URL: redis } = env
  const shape = { nodes: count, ...(redis ? { redis } : {}) }
  const cluster = await launchCluster(launched, shape, { profile: 'default', env: contractOf(env) }, signal)
  let balancer: Balancer | undefined
  try {
    balancer = await startBalancer(cluster.urls, signal, Number(port || 0))
    told.onReady(whereabouts(cluster, balancer, redis))
    await Promise.race([aborted(signal), balancerGone(balancer), nodesGone(cluster.nodes ?? [], told.onOutput)])
  } finally {
    await cluster.stop()
    await balancer?.stop()
  }
}

/** The variables that a node is to have, or to lack, just as they are given here. */
function contractOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { CHAT_JWT_SECRET, CHAT_JWKS_FILE, CHAT_JWT_ISSUER, CHAT_JWT_AUDIENCE } = env
  const { CHAT_ALLOWED_ORIGINS, CHAT_PROFILE, CHAT_LIMITS, CHAT_CONTROL_TOKEN } = env
  return {
    ...{ CHAT_JWT_SECRET, CHAT_JWKS_FILE, CHAT_JWT_ISSUER, CHAT_JWT_AUDIENCE },
    ...{ CHAT_ALLOWED_ORIGINS, CHAT_PROFILE, CHAT_LIMITS, CHAT_CONTROL_TOKEN },
  }
}

function whereabouts({ nodes = [], broker }: Target, balancer: Balancer, redis = ''): string {
  return [
    `chat.v1 reference server ready at ${balancer.url}, which is ${balancer.name} before ${nodes.length} nodes:`,
    ...nodes.map(({ urls: [url], pid }) => `  ${url}, process ${pid}`),
    `and their broker at ${broker?.url ?? maskUrls(redis)}`,
    '',
  ].join('\n')
}

/** Tells whole lines, each of which says which node has printed it: a log event as its first field, others in front. */
function byNode(tell: (text: string) => void): (text: string, url: string) => void {
  const unfinished = new Map<string, string>()
  return (text, url) => {
    const { host } = new URL(url)
    const lines = `${unfinished.get(url) ?? ''}${text}`.split('\n')
    unfinished.set(url, lines.pop() ?? '')
    for (const line of lines) tell(line.startsWith('{"') ? `{"node":"${host}",${line.slice(1)}\n` : `${host} ${line}\n`)
  }
}

/** Resolves when the signal aborts. */
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function balancerGone(balancer: Balancer): Promise<never> {
  const how = await balancer.ended
  throw new TargetError(`the balancer ended (${how}).${lastLines(balancer)}`)
}

/** Tells of each that is gone; rejects when all are. */
async function nodesGone(nodes: readonly Target[], tell: (text: string) => void): Promise<never> {
  const gone = nodes.map(async ({ ended, urls: [url] }, _, { length }) => {
    tell(`shakedown: the node at ${url} ended (${await ended}), one of ${length}\n`)
  })
  await Promise.all(gone)
  throw new TargetError('all of the nodes have ended')
}
