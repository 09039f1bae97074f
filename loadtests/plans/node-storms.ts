/** What is done to the nodes of a cluster while messages flow: one is killed, or each in turn is drained and replaced. */
import { type Target, TargetError } from '../../schemas/target.ts'
import { type PlayedWorkload, WorkloadError } from '../played-workload.ts'
import { waitUntil } from './beside.ts'
import { drain } from './drain-request.ts'
import type { BesideStage, Deal, Place, Setting } from './plan.ts'

type Reconnect = PlayedWorkload<'reconnect'>

/** For a node to start again, and for clients to be back, on a machine that has other things to do. In ms. */
const PATIENCE = { start: 10_000, return: 10_000 }
const LOOK_AROUND_MS = 100

/** @throws WorkloadError where there are no such nodes. */
export function requireNodes({ storm, backoff }: Reconnect, { nodes = 0 }: Setting): void {
  if (storm === 'kill-node' && nodes < 2)
    throw new WorkloadError(
      'storm "kill-node" needs other nodes to go to, all of them started for the run: give --nodes 2 or more, and no --url',
    )
  if (storm !== 'rolling-drain') return
  if (nodes < 1)
    throw new WorkloadError(
      'storm "rolling-drain" needs nodes that are started for the run and share a broker, for what a process keeps to itself ends with it: give --nodes 2 or more, and no --url',
    )
  if (nodes < 2 && backoff === 'advised')
    throw new WorkloadError(
      'backoff "advised" needs another node to go to while one is replaced: give --nodes 2 or more, or use backoff "full-jitter"',
    )
}

/**
 * Gives a way back to everybody who may lose the connection, to the other addresses first.
 * @param nodes that there are, however many addresses they have.
 */
export function withFailover(workload: Reconnect, deal: Deal, { urls, nodes = 0 }: Setting): Deal {
  const { storm, duration_ms } = workload
  const isRolling = storm === 'rolling-drain'
  const victim = isRolling || urls.length === 1 ? undefined : victimOf(deal)
  const places = deal.places.map((place) =>
    victim === undefined || place.url === victim ? { ...place, failover: failoverOf(place, urls) } : place,
  )
  return { ...deal, places, play_ms: isRolling ? Math.max(duration_ms, rollTime(workload, nodes)) : duration_ms }
}

/** One of the addresses at which somebody listens. */
function victimOf({ places, traffic }: Deal): string | undefined {
  const urls = [...new Set(places.filter(({ role }) => role === 'subscriber').map(({ url }) => url))]
  return urls[drawn(traffic.sender_prefix, urls.length)]
}

/** Those who come from one node spread over the others. */
function failoverOf({ url, number }: Place, urls: readonly string[]): string[] {
  const others = urls.filter((other) => other !== url)
  const first = number % Math.max(1, others.length)
  return [...others.slice(first), ...others.slice(0, first), url]
}

/** A number below `n` that follows from a text, in which is what is random of a run. */
const drawn = (text: string, n: number) =>
  [...text].reduce((hash, character) => (hash * 31 + character.charCodeAt(0)) >>> 0, 0) % n

/** Until when every node was drained and replaced and everybody is back, if a start takes long. From the start, in ms. */
function rollTime({ storm_at_ms, drain_deadline_ms, advised_max_ms }: Reconnect, nodes: number): number {
  return storm_at_ms + nodes * (drain_deadline_ms + advised_max_ms + PATIENCE.start + PATIENCE.return)
}

/** SIGKILL to one node: behind a balancer to any, else to the one whose clients were dealt a way back. */
export async function killNode(workload: Reconnect, { target, deal, startsAt, signal }: BesideStage): Promise<void> {
  const { nodes = [], urls } = target
  const victim = deal.places.find(({ failover }) => failover !== undefined)?.url
  const any = nodes[drawn(deal.traffic.sender_prefix, nodes.length)]
  const node = urls.length === 1 ? any : nodes.find((one) => one.urls[0] === victim)
  await waitUntil(startsAt + workload.storm_at_ms, signal)
  if (!signal.aborted) await node?.kill?.()
}

/** Every node in turn is drained, stopped, and started again at its address; the next, once all is as it was. */
export async function rollDrain(workload: Reconnect, stage: BesideStage): Promise<void> {
  const { target, startsAt, signal } = stage
  await waitUntil(startsAt + workload.storm_at_ms, signal)
  for (const node of target.nodes ?? []) {
    if (signal.aborted) return
    const [url = ''] = node.urls
    await drain(url, undefined, workload, stage)
    const closed = Date.now() + workload.drain_deadline_ms
    await waitUntil(closed, signal)
    if (!(await replaceNode(node, new URL(url).port, stage))) return
    if (node !== target.nodes?.at(-1)) await everybodysReturn(closed + workload.advised_max_ms, stage)
  }
}

/** Resolves when all are there, at `earliest` or later, or when it is not worth while to wait for the last of them. */
async function everybodysReturn(earliest: number, { deal, signal, present }: BesideStage): Promise<void> {
  await waitUntil(earliest, signal)
  const all = deal.places.length
  while (!signal.aborted && Date.now() < earliest + PATIENCE.return && (present(earliest) ?? 0) < all)
    await waitUntil(Date.now() + LOOK_AROUND_MS, signal)
}

/** @returns whether there is a node again at its port. */
async function replaceNode(node: Target, port: string, { target, checks }: BesideStage): Promise<boolean> {
  await node.stop()
  try {
    await target.join?.({ env: { PORT: port } })
  } catch (error) {
    // Any other error than this one is that the run was called off.
    if (error instanceof TargetError)
      checks.judge('node_replaced', false, () => `no node got ready in the place of one: ${error.message}`)
    return false
  }
  checks.judge('node_replaced', true, () => '')
  return true
}
