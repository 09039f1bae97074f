/** A capacity search played: the pure search says what to probe, and runs answer. */

import type { PlayedWorkload } from '../loadtests/played-workload.ts'
import { answerSoFar, nextProbe, type SearchSettings } from '../loadtests/search.ts'
import { type Knob, knobOf, probeOf, workloadAt } from '../loadtests/search-probe.ts'
import { parseSlo, SloError } from '../loadtests/slo.ts'
import { probeText } from '../reports/search.ts'
import type { LoadResult, SearchProbe, SearchResult, WorkloadThresholds } from '../schemas/generated/results.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { type LoadRun, playWorkload } from './load-run.ts'
import { UsageError } from './usage-error.ts'

export interface SearchRun extends LoadRun {
  readonly knob: Knob
  readonly slo: WorkloadThresholds
}

/** Three holds in a row, of a value within 5 % of the first that breaks; as far as a workload's schema goes. */
const SEARCH = { resolution: 0.05, holds: 3, most: 1_000_000 }

/** @throws UsageError where the text is no SLO. */
export function readSlo(text: string): WorkloadThresholds {
  try {
    return parseSlo(text)
  } catch (error) {
    throw error instanceof SloError ? new UsageError(error.message) : error
  }
}

/** @throws WorkloadError where the workload's scenario has nothing to vary, or lacks a figure of the SLO. */
export function requireSearchable(workload: PlayedWorkload, knob: Knob, slo: WorkloadThresholds): void {
  knobOf(workload, knob, slo)
}

/**
 * Searches from the workload's own value.
 * @throws as playWorkload, where it is the first run that cannot be played.
 */
export async function playSearch(search: SearchRun): Promise<SearchResult | undefined> {
  const { workload, knob, slo, progress, signal } = search
  const settings = settingsFor(knobOf(workload, knob, slo), knob)
  const began = Date.now()
  const probes: SearchProbe[] = []
  const runs: LoadResult[] = []
  let step = nextProbe(probes, settings)
  while ('probe' in step && !signal.aborted) {
    const { probe: value, phase } = step
    const played = await playProbe(search, value, runs.length > 0)
    if (signal.aborted) break
    const probe = 'format' in played ? probeOf(value, played) : played
    if ('format' in played) runs.push(played)
    probes.push(probe)
    progress.say(`search: ${knob} ${value} (${phase}, run ${probes.length}): ${probeText(probe)}`)
    step = nextProbe(probes, settings)
  }
  const [first] = runs
  if (first === undefined) return undefined
  return {
    format: 'shakedown.search/1',
    partial: 'probe' in step,
    ...{ target: first.target, manifest: first.manifest, scenario: workload.scenario },
    ...{ knob, slo, resolution: SEARCH.resolution },
    started_at: new Date(began).toISOString(),
    duration_ms: Date.now() - began,
    answer: 'answer' in step ? step.answer : answerSoFar(probes, settings),
    probes,
    runs,
  }
}

/** What a search amounts to: a capacity, a server that cannot keep its SLO at all, or a generator that could tell nothing. */
export function ofSearch({ answer, partial }: SearchResult): ExitCode {
  if (partial) return EXIT.interrupted
  if (answer.outcome !== 'none') return EXIT.ok
  return answer.beyond?.outcome === 'broke' ? EXIT.failed : EXIT.invalid
}

/** A run; where it could not be played, why: once others could, that is a limit like any other, and maybe not the server's. */
async function playProbe(search: SearchRun, value: number, isLater: boolean): Promise<LoadResult | SearchProbe> {
  const { workload, knob, slo, progress, signal } = search
  const heard = {
    say() {},
    update: (line: string) => progress.update(`search: ${knob} ${value}: ${line}`),
    clear: progress.clear,
  }
  try {
    const turned: PlayedWorkload = workloadAt(workload, knob, value, slo)
    return await playWorkload({ ...search, workload: turned, progress: heard })
  } catch (error) {
    const { name, message } = error as Error
    if (signal.aborted) return { value, outcome: 'unjudged', why: 'it was interrupted' }
    if (!isLater || !['WorkloadError', 'TargetError'].includes(name)) throw error
    return { value, outcome: 'unjudged', why: message }
  }
}

/** Whole messages a second and connections; a slow workload's rate in hundredths of where it begins. */
function settingsFor(start: number, knob: Knob): SearchSettings {
  const step = knob === 'rate' ? Math.min(1, start / 100) : 1
  return { ...SEARCH, start, least: step, step }
}
