/** A capacity search played: the pure search says what to probe, and runs answer. */

import type { PlayedWorkload } from '../loadtests/played-workload.ts'
import { answerOfDead, answerSoFar, nextProbe, type SearchSettings, type SearchStep } from '../loadtests/search.ts'
import { type Knob, knobOf, probeOf, probeOfError, workloadAt } from '../loadtests/search-probe.ts'
import { parseSlo, SloError } from '../loadtests/slo.ts'
import { probeText } from '../reports/search.ts'
import type { LoadResult, SearchProbe, SearchResult, WorkloadThresholds } from '../schemas/generated/results.ts'
import { TargetError } from '../schemas/target.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { type LoadRun, playWorkload } from './load-run.ts'
import { UsageError } from './usage-error.ts'

export interface SearchRun extends LoadRun {
  readonly knob: Knob
  readonly slo: WorkloadThresholds
}

/** Three holds in a row, of a value within 5 % of the first that breaks; as far as a workload's schema goes. */
const SEARCH = { resolution: 0.05, holds: 3, most: 1_000_000 }

/** A target that could not be reached so often in a row is dead. */
const DEAD_AFTER = 2

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
  let unreachable = 0
  let step = nextProbe(probes, settings)
  while ('probe' in step && !signal.aborted && unreachable < DEAD_AFTER) {
    const { probe: value, phase } = step
    const { probe, run, isUnreachable } = await playProbe(search, value, runs.length > 0)
    if (signal.aborted) break
    if (run !== undefined) runs.push(run)
    unreachable = isUnreachable ? unreachable + 1 : 0
    probes.push(probe)
    progress.say(`search: ${knob} ${value} (${phase}, run ${probes.length}): ${probeText(probe)}`)
    step = nextProbe(probes, settings)
  }
  const isDead = unreachable >= DEAD_AFTER
  const [first] = runs
  if (first === undefined) return undefined
  return {
    format: 'shakedown.search/1',
    partial: 'probe' in step && !isDead,
    ...{ target: first.target, manifest: first.manifest, scenario: workload.scenario },
    ...{ knob, slo, resolution: SEARCH.resolution },
    started_at: new Date(began).toISOString(),
    duration_ms: Date.now() - began,
    answer: isDead ? answerOfDead(probes, unreachable, settings) : endOf(step, probes, settings),
    probes,
    runs,
  }
}

/**
 * What a search amounts to: a capacity, a server that cannot keep its SLO at all or is gone, or a generator that could
 * tell nothing.
 */
export function ofSearch({ answer, partial }: Pick<SearchResult, 'answer' | 'partial'>): ExitCode {
  if (partial) return EXIT.interrupted
  if (answer.outcome === 'at_least' && answer.beyond?.outcome === 'broke') return EXIT.target
  if (answer.outcome !== 'none') return EXIT.ok
  return answer.beyond?.outcome === 'broke' ? EXIT.failed : EXIT.invalid
}

const endOf = (step: SearchStep, probes: readonly SearchProbe[], settings: SearchSettings) =>
  'answer' in step ? step.answer : answerSoFar(probes, settings)

interface Played {
  readonly probe: SearchProbe
  readonly run?: LoadResult
  readonly isUnreachable?: boolean
}

/** A run; where it could not be played, why: once others could, that is a limit like any other. */
async function playProbe(search: SearchRun, value: number, isLater: boolean): Promise<Played> {
  const { workload, knob, slo, progress, signal } = search
  const heard = {
    say() {},
    update: (line: string) => progress.update(`search: ${knob} ${value}: ${line}`),
    clear: progress.clear,
  }
  try {
    const turned: PlayedWorkload = workloadAt(workload, knob, value, slo)
    const run = await playWorkload({ ...search, workload: turned, progress: heard })
    return { probe: probeOf(value, run), run }
  } catch (error) {
    if (signal.aborted) return { probe: { value, outcome: 'unjudged', why: 'it was interrupted' } }
    const probe = isLater ? probeOfError(value, error) : undefined
    if (probe === undefined) throw error
    return { probe, isUnreachable: error instanceof TargetError }
  }
}

/** Whole messages a second and connections; a slow workload's rate in hundredths of where it begins. */
function settingsFor(start: number, knob: Knob): SearchSettings {
  const step = knob === 'rate' ? Math.min(1, start / 100) : 1
  return { ...SEARCH, start, least: step, step }
}
