/** One run of a capacity search: the workload at a value, and what its result says of that. */
import type { LoadResult, SearchProbe, SearchResult, WorkloadThresholds } from '../schemas/generated/results.ts'
import { TargetError } from '../schemas/target.ts'
import { type PlayedWorkload, ServerLimit, WorkloadError } from './played-workload.ts'
import { playable } from './workload.ts'

/** What is varied. */
export type Knob = SearchResult['knob']

/** The fields of workloads that each turns: no scenario has more than one of them. */
const FIELDS: Readonly<Record<Knob, readonly string[]>> = {
  rate: ['rate_per_s'],
  connections: ['connections', 'subscribers'],
}

/**
 * The value that a workload has as it is.
 * @throws WorkloadError where its scenario has no such field, or no figure that the SLO bounds.
 */
export function knobOf(workload: PlayedWorkload, knob: Knob, slo: WorkloadThresholds): number {
  const { value } = fieldOf(workload, knob)
  workloadAt(workload, knob, value, slo)
  return value
}

/**
 * The workload at another value. The SLO's bounds are laid over its own, all of which have to hold.
 * @throws WorkloadError as above.
 */
export function workloadAt(
  workload: PlayedWorkload,
  knob: Knob,
  value: number,
  slo: WorkloadThresholds,
): PlayedWorkload {
  const { name } = fieldOf(workload, knob)
  const thresholds = { ...workload.thresholds, ...slo }
  return playable(workload, { [name]: value, thresholds }, `at ${name} ${value}`)
}

function fieldOf(workload: PlayedWorkload, knob: Knob): { readonly name: string; readonly value: number } {
  const fields = Object.entries(workload).flatMap(([name, value]) =>
    FIELDS[knob].includes(name) && typeof value === 'number' ? { name, value } : [],
  )
  const [field] = fields
  if (field !== undefined) return field
  const varied = FIELDS[knob].join(' or ')
  throw new WorkloadError(
    `--search ${knob} varies ${varied}, and the scenario ${workload.scenario} has no such field: search one that has, such as fan-out`,
  )
}

type Judged = Pick<LoadResult, 'validity' | 'thresholds' | 'ledger' | 'partial'>

/**
 * A run speaks against the server only where nothing speaks against the run; save that a server which took messages and
 * delivered not one of them has broken its SLO, though there was no latency to measure.
 */
export function probeOf(value: number, { validity, thresholds, ledger, partial }: Judged): SearchProbe {
  const missed = thresholds.filter(({ pass }) => !pass)
  const isDeaf = validity.verdict === 'suspect' && !partial && ledger.lost > 0 && ledger.delivered === 0
  const isJudged = validity.verdict === 'valid' || isDeaf
  if (validity.verdict !== 'invalid' && missed.length === 0) return { value, outcome: 'held' }
  if (!isJudged)
    return { value, outcome: 'unjudged', why: `${validity.verdict.toUpperCase()}: ${validity.reasons.join('; ')}` }
  const why = missed.map((one) => `${one.name} is ${one.value}, at most ${one.limit} passes`).join('; ')
  return { value, outcome: 'broke', why }
}

/**
 * What it says that a run could not be played: a server that cannot be reached, or whose own limits forbid the run, does
 * not hold; where this machine has no room for the run, nothing is known of the server.
 * @returns undefined where the error says nothing of either.
 */
export function probeOfError(value: number, error: unknown): SearchProbe | undefined {
  if (error instanceof TargetError || error instanceof ServerLimit)
    return { value, outcome: 'broke', why: error.message }
  if (error instanceof WorkloadError) return { value, outcome: 'unjudged', why: error.message }
  return undefined
}
