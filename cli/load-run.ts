/** One load run: a workload against a target that is started, or found, for it. */
import { progressLine } from '../loadtests/progress.ts'
import { findK6, type K6 } from '../loadtests/provision.ts'
import { runLoad } from '../loadtests/run.ts'
import type { PlayedWorkload } from '../loadtests/workload.ts'
import type { LoadResult } from '../schemas/generated/results.ts'
import { PROFILES } from '../schemas/generated/tables.ts'
import type { LaunchOptions } from '../schemas/target.ts'
import { readManifest } from './manifest.ts'
import type { Progress } from './progress.ts'
import { openTarget } from './target/open.ts'
import type { TargetChoice } from './target/options.ts'

export interface LoadRun {
  readonly workload: PlayedWorkload
  readonly k6: K6
  readonly target: TargetChoice
  /** Arguments of the command line that is running, for the manifest. */
  readonly args: readonly string[]
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** @throws K6Missing where there is no k6 and none can be built. */
export async function obtainK6(progress: Progress, signal: AbortSignal): Promise<K6> {
  const k6 = await findK6({ env: process.env, onProgress: progress.update, signal }).finally(progress.clear)
  progress.say(`load: k6 ${k6.version} at ${k6.path}`)
  return k6
}

/**
 * Plays the workload, and stops what was started for it.
 * @throws TargetError where the target cannot be had; else as runLoad.
 */
export async function playWorkload({
  workload,
  k6,
  target: choice,
  args,
  progress,
  signal,
}: LoadRun): Promise<LoadResult> {
  const target = await openTarget(choice, launchFor(workload), signal)
  try {
    const { scenario, subscribers, rooms, rate_per_s } = workload
    const name = target.description.name ?? target.description.urls.join(', ')
    progress.say(
      `load: ${scenario}, ${subscribers} subscribers in ${rooms} rooms, ${rate_per_s} messages/s against ${name}`,
    )
    const onProgress = (state: Parameters<typeof progressLine>[0]) => progress.update(`load: ${progressLine(state)}`)
    const result = await runLoad({ target, workload, k6, manifest: readManifest(args), onProgress, signal })
    const { validity, ledger } = result
    progress.say(`load: ${validity.verdict}, ${ledger.delivered} of ${ledger.expected} delivered`)
    return result
  } finally {
    progress.clear()
    await target.stop()
  }
}

/** A server that is started here grants each publisher twice its share of the rate, so that no limit is measured. */
function launchFor({ rate_per_s, publishers }: PlayedWorkload): LaunchOptions {
  const needed = Math.ceil((2 * rate_per_s) / publishers)
  const { default: usual } = PROFILES
  const limits = { rate_per_s: Math.max(usual.rate_per_s, needed), rate_burst: Math.max(usual.rate_burst, needed) }
  return { profile: 'default', limits }
}
