/** How many k6 processes a run takes on this machine, and whether it has room for them at all. Pure. */
import type { Manifest } from '../schemas/generated/results.ts'
import { WorkloadError } from './played-workload.ts'

/** What one k6 process plays. */
export interface EngineSpec {
  readonly vus: number
  /** The source address of its connections, where the machine's usual one has too few ports. */
  readonly localIp?: string
}

export interface Need {
  readonly connections: number
  /** Where they go to, one a node. */
  readonly urls: readonly string[]
  /** What is started here for the run, and so has the same limits; absent where the server was found running. */
  readonly server?: StartedServer | undefined
  /** As many processes as this, where it is given. */
  readonly shards?: number | undefined
}

export interface StartedServer {
  /** Processes that share the connections. */
  readonly nodes: number
  /** Whether all of them go through one more process, which opens another for each. */
  readonly hasBalancer: boolean
}

type Machine = Pick<Manifest, 'cpu_count' | 'limits' | 'sysctls'>

/** Descriptors that a k6 process needs besides its connections, and a server besides its own. */
const SPARE_DESCRIPTORS = 200
/** Share of the ports of one source address from which on another one is used: near the end, a free one is hard to find. */
const PORTS_USED = 0.9

/** @throws WorkloadError where the machine has too few descriptors or ports, or as many shards make no sense. */
export function layOut(need: Need, machine: Machine): readonly EngineSpec[] {
  const { connections, urls, shards } = need
  const descriptors = descriptorsFor(need, machine)
  const ports = portsOf(machine) * new Set(urls.map((url) => new URL(url).host)).size
  const usesSources = connections > ports * PORTS_USED && urls.every(isLoopback)
  if (!usesSources && connections > ports)
    throw new WorkloadError(
      `${connections} connections need as many local ports, and there are ${ports} towards ${urls.length === 1 ? 'that address' : 'those addresses'}: ` +
        'widen net.ipv4.ip_local_port_range, give more addresses, or connect fewer',
    )
  const capacity = usesSources ? Math.min(descriptors, Math.floor(ports * PORTS_USED)) : descriptors
  const needed = Math.max(1, Math.ceil(connections / capacity))
  if (shards !== undefined && (shards < needed || shards > connections))
    throw new WorkloadError(
      `${shards} shards cannot hold ${connections} connections: give --shards at least ${needed} and at most ${connections}`,
    )
  const count = shards ?? needed
  // An event loop a core, at least one in each process, and none without a connection.
  const vus = Math.max(1, Math.min(Math.ceil(machine.cpu_count / count), Math.floor(connections / count)))
  return Array.from({ length: count }, (_, shard) => ({
    vus,
    ...(usesSources ? { localIp: `127.0.${shard + 1}.1` } : {}),
  }))
}

/** Connections that one process may hold. */
function descriptorsFor({ connections, server }: Need, { limits }: Machine): number {
  const files = limits.open_files
  if (typeof files !== 'number') return Number.POSITIVE_INFINITY
  const usable = files - SPARE_DESCRIPTORS
  const { who, each } = hungriest(server)
  const most = Math.floor(usable / each)
  if (usable < 1 || connections > most)
    throw new WorkloadError(
      `a process may have ${files} open files here, too few for ${who} with ${connections} connections: ` +
        `raise the limit to ${Math.ceil(connections * each) + SPARE_DESCRIPTORS} (ulimit -n)${usable < 1 ? '' : `, or connect at most ${most}`}`,
    )
  return usable
}

/** Which process of the server needs most descriptors, and how many a connection of the run. */
function hungriest(server: StartedServer | undefined): { who: string; each: number } {
  if (server === undefined) return { who: 'k6', each: 0 }
  if (server.hasBalancer) return { who: 'a balancer, which needs two for each,', each: 2 }
  return { who: server.nodes === 1 ? 'a server' : `${server.nodes} nodes`, each: 1 / server.nodes }
}

/** Of one source address; unbounded where the system does not say. */
function portsOf({ sysctls }: Machine): number {
  const [low, high] = (sysctls?.['net.ipv4.ip_local_port_range'] ?? '').split(/\s+/).map(Number)
  return low !== undefined && high !== undefined ? high - low + 1 : Number.POSITIVE_INFINITY
}

/** All of 127.0.0.0/8 is this machine. */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname.startsWith('127.') || hostname === 'localhost'
}
