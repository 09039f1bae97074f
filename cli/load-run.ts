/** One load run: a workload against a target that is started, or found, for it. */
import { layOut } from '../loadtests/layout.ts'
import { planOf } from '../loadtests/plans/registry.ts'
import type { PlayedWorkload } from '../loadtests/played-workload.ts'
import { progressLine } from '../loadtests/progress.ts'
import { findK6, type K6 } from '../loadtests/provision.ts'
import { runLoad } from '../loadtests/run.ts'
import { connectionsOf } from '../loadtests/segment.ts'
import type { LoadResult, Segment } from '../schemas/generated/results.ts'
import { readManifest } from './manifest.ts'
import type { Progress } from './progress.ts'
import { watchEnd } from './server-end.ts'
import { openTarget } from './target/open.ts'
import { isCluster, type TargetChoice } from './target/options.ts'

export interface LoadRun {
  readonly workload: PlayedWorkload
  readonly k6: K6
  readonly target: TargetChoice
  /** k6 processes; as many as it takes, unless given. */
  readonly shards?: number | undefined
  /** The part that is played here of a run on several machines; all of it unless given. */
  readonly segment?: Segment | undefined
  /** Receivers of the referee; none unless given. */
  readonly referee?: number | undefined
  /** Arguments of the command line that is running, for the manifest. */
  readonly args: readonly string[]
  readonly progress: Progress
  readonly signal: AbortSignal
}

type Room = Pick<LoadRun, 'workload' | 'target' | 'shards' | 'segment'>

/** @throws K6Missing where there is no k6 and none can be built. */
export async function obtainK6(progress: Progress, signal: AbortSignal): Promise<K6> {
  const k6 = await findK6({ env: process.env, onProgress: progress.update, signal }).finally(progress.clear)
  progress.say(`load: k6 ${k6.version} at ${k6.path}`)
  return k6
}

/**
 * Sees that a workload can be dealt, and that this machine has room for it, before anything starts.
 * @throws WorkloadError that says what is wrong, or what there is too little of.
 */
export function requireRoom({ workload, target, shards, segment }: Room): void {
  const isOurs = target.kind !== 'url'
  const cluster = isOurs && isCluster(target.cluster) ? target.cluster : undefined
  const nodes = cluster === undefined ? 0 : (cluster.nodes ?? 1)
  const connections = connectionsOf(workload, segment, { isOurs, hasControl: isControllable(target), nodes })
  const urls = isOurs ? ['ws://127.0.0.1/ws'] : target.urls
  const server = isOurs ? { nodes: Math.max(1, nodes), hasBalancer: cluster?.balancer ?? false } : undefined
  layOut({ connections, urls, server, shards }, readManifest([]))
}

/** Whether there will be a token for its control paths: a server that says it has them is given one where it is started. */
function isControllable(target: TargetChoice): boolean {
  if (target.kind === 'embedded') return true
  return target.kind === 'url' ? target.controlToken !== undefined : target.capabilities?.control === true
}

/**
 * Plays the workload, and stops what was started for it.
 * @throws TargetError where the target cannot be had; else as runLoad.
 */
export async function playWorkload({
  workload,
  k6,
  target: choice,
  shards,
  segment,
  referee,
  args,
  progress,
  signal,
}: LoadRun): Promise<LoadResult> {
  const plan = planOf(workload)
  const target = await openTarget(choice, { profile: 'default', limits: plan.limits(workload) }, signal)
  try {
    const name = target.description.name ?? target.description.urls.join(', ')
    progress.say(`load: ${workload.scenario}, ${plan.describe(workload)} against ${name}`)
    const onProgress = (state: Parameters<typeof progressLine>[0]) => progress.update(`load: ${progressLine(state)}`)
    const manifest = readManifest(args)
    const end = watchEnd(target, progress)
    const result = await runLoad({ target, workload, k6, shards, segment, referee, manifest, onProgress, signal })
    if (!signal.aborted) end.tell()
    const { validity, ledger } = result
    progress.say(`load: ${validity.verdict}, ${ledger.delivered} of ${ledger.expected} delivered`)
    return result
  } finally {
    progress.clear()
    await target.stop()
  }
}
