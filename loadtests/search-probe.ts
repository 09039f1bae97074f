/** One run of a capacity search: the workload at a value, and what its result says of that. */
import type { LoadResult, SearchProbe, SearchResult, WorkloadThresholds } from '../schemas/generated/results.ts'
import type { PlayedWorkload } from './played-workload.ts'
import { playable } from './workload.ts'

/** What is varied. */
export type Knob = SearchResult['knob']

/** The field of a workload that each turns. */
const FIELDS = { rate: 'rate_per_s', connections: 'subscribers' } as const

/**
 * The value that a workload has as it is.
 * @throws WorkloadError where its scenario has no such field.
 */
export function knobOf(workload: PlayedWorkload, knob: Knob, slo: WorkloadThresholds): number {
  const given: unknown = (workload as Readonly<Record<string, unknown>>)[FIELDS[knob]]
  const value = typeof given === 'number' ? given : 1
  workloadAt(workload, knob, value, slo)
  return value
}

/**
 * The workload at another value. The SLO's bounds are laid over its own, all of which have to hold.
 * @throws WorkloadError where its scenario has no such field or figure.
 */
export function workloadAt(
  workload: PlayedWorkload,
  knob: Knob,
  value: number,
  slo: WorkloadThresholds,
): PlayedWorkload {
  const thresholds = { ...workload.thresholds, ...slo }
  return playable(workload, { [FIELDS[knob]]: value, thresholds }, `at ${FIELDS[knob]} ${value}`)
}

/** A run speaks against the server only where nothing speaks against the run. */
export function probeOf(
  value: number,
  { validity, thresholds }: Pick<LoadResult, 'validity' | 'thresholds'>,
): SearchProbe {
  const missed = thresholds.filter(({ pass }) => !pass)
  const isValid = validity.verdict === 'valid'
  if (validity.verdict !== 'invalid' && missed.length === 0) return { value, outcome: 'held' }
  if (!isValid)
    return { value, outcome: 'unjudged', why: `${validity.verdict.toUpperCase()}: ${validity.reasons.join('; ')}` }
  const why = missed.map((one) => `${one.name} is ${one.value}, at most ${one.limit} passes`).join('; ')
  return { value, outcome: 'broke', why }
}
