/** HAProxy before the nodes of a cluster, under the committed configuration. */
import { type Target, TargetError } from '../../schemas/target.ts'
import { PACKAGE_ROOT } from '../installation.ts'
import { HAPROXY, requireProgram, versionOf } from '../system-programs.ts'
import { UsageError } from '../usage-error.ts'
import { freePort, isFree } from './free-port.ts'
import { startProcessGroup } from './process-group.ts'
import { readyz, untilReady } from './readiness.ts'

export const CONFIGURATION = `${PACKAGE_ROOT}reference-server/cluster/haproxy.cfg`

/** How many nodes the configuration has a place for. */
const MOST_NODES = 8

export interface Balancer {
  /** Such as `HAProxy 2.6.12`. */
  readonly name: string
  /** The one address of all nodes. */
  readonly url: string
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>
  /** What it printed: which nodes are up and down, and why. */
  output(): string
  /** Ends it and every connection through it. */
  stop(): Promise<void>
}

/** @throws UsageError where there are more nodes than places; TargetError where HAProxy is not installed. */
export function requirePlaces(nodes: number): void {
  if (nodes > MOST_NODES)
    throw new UsageError(`the balancer has a place for ${MOST_NODES} nodes, not for ${nodes}; give fewer`)
  requireProgram(HAPROXY, 'is the balancer before the nodes')
}

/**
 * @param urls of the nodes, such as `ws://127.0.0.1:4001/ws`; one of them at least is ready.
 * @param port where it listens on 127.0.0.1; 0 takes a free one.
 * @throws UsageError where there are too many nodes; TargetError where HAProxy is not installed, or does not get ready;
 * the signal's reason, where that aborts.
 */
export async function startBalancer(urls: readonly string[], signal: AbortSignal, port = 0): Promise<Balancer> {
  requirePlaces(urls.length)
  const own = port === 0 ? await freePort() : port
  // Whoever listens there already would be asked whether HAProxy is ready, and might say so.
  if (!(await isFree(own))) throw new TargetError(`127.0.0.1:${own} is taken: give the balancer another port`)
  const group = startProcessGroup(['haproxy', '-db', '-f', CONFIGURATION], {
    ...process.env,
    ...balancerEnvironment(`127.0.0.1:${own}`, urls),
  })
  try {
    await untilReady(group, { ...readyz(own), who: 'HAProxy' }, signal)
  } catch (error) {
    await group.kill()
    throw error
  }
  const name = `HAProxy ${versionOf(HAPROXY)}`
  return { name, url: `ws://127.0.0.1:${own}/ws`, ended: group.ended, output: group.output, stop: group.kill }
}

/** The cluster as a target with one address; it is stopped with it, and also where that address cannot be had. */
export async function behindBalancer(cluster: Target, signal: AbortSignal): Promise<Target> {
  const balancer = await startBalancer(cluster.urls, signal).catch(async (error) => {
    await cluster.stop()
    throw error
  })
  const urls = [balancer.url]
  let isAsked = false
  const end = new Promise<string>((resolve) => {
    void balancer.ended.then((how) => isAsked || resolve(`${how}, of the balancer`))
  })
  return {
    ...cluster,
    urls,
    description: { ...cluster.description, urls, nodes: cluster.urls.length, balancer: balancer.name },
    output: () => cluster.output() + balancer.output(),
    ended: Promise.race([...(cluster.ended ? [cluster.ended] : []), end]),
    async stop() {
      isAsked = true
      // It stands to the last, for it carries what the nodes say as they drain.
      await cluster.stop()
      await balancer.stop()
    },
  }
}

/** What the configuration reads. */
export function balancerEnvironment(address: string, urls: readonly string[]): Record<string, string> {
  const nodes = urls.map((url, index) => [`NODE_${index + 1}`, new URL(url).host])
  return { BALANCER_ADDRESS: address, ...Object.fromEntries(nodes) }
}
