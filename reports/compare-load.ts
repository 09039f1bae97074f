/** What changed between two sets of load runs: figure by figure, with how sure that is. */
import type { LoadResult } from '../schemas/generated/results.ts'
import { pairedRatio, type RatioInterval, unpairedRatio } from './bootstrap.ts'
import { type Fault, faultsOf } from './compare-faults.ts'
import { figureOf } from './compared-figures.ts'

export interface CompareSettings {
  /** Such as `delivery.p99` or `cpu_us_per_delivery`; greater is worse. */
  readonly figures: readonly string[]
  /** A difference up to this share, such as 0.1, matters to nobody. */
  readonly minEffect: number
  readonly seed: number
}

/** What can be said of one figure. */
export interface FigureComparison extends RatioInterval {
  readonly figure: string
  /** Medians of the runs. */
  readonly a: number
  readonly b: number
  readonly verdict: 'regression' | 'improvement' | 'same' | 'unclear'
}

export interface LoadComparison {
  readonly figures: readonly FigureComparison[]
  /** Figures that too few runs measured, or that are 0 in some. */
  readonly unmeasured: readonly string[]
  /** Counts by which B is worse than A. */
  readonly faults: readonly Fault[]
  /** Whether A and B were measured by turns, one pair after the other. */
  readonly paired: boolean
  /** Runs of A and of B (pairs of them, where paired) that count. */
  readonly runs: readonly [a: number, b: number]
  /** Runs that do not: INVALID or partial ones, and with them their partners. */
  readonly unusable: number
  /** Of these, runs that are INVALID themselves. */
  readonly invalid: number
  /** Of each interval. */
  readonly confidence: number
  readonly settings: CompareSettings
}

/** The sets cannot be compared; the message is one sentence that says why. */
export class Incomparable extends Error {
  override name = 'Incomparable'
}

export const DEFAULT_FIGURES = ['delivery.p50', 'delivery.p99', 'cpu_us_per_delivery'] as const

/** Below this many runs an interval from the bootstrap is narrower than it says. */
export const LEAST_RUNS = 6

/** How often, at most, a difference within the minimum effect may pass for a regression in some figure. */
const FALSE_ALARMS = 0.05

/**
 * Holds the runs of B against those of A. A figure regresses where its whole interval lies beyond the minimum effect;
 * the intervals are so wide that among all figures a false alarm comes once in twenty comparisons at most, and far more
 * seldom where A and B do not differ at all.
 * @throws Incomparable where they played different workloads.
 */
export function compareLoad(
  a: readonly LoadResult[],
  b: readonly LoadResult[],
  settings: CompareSettings,
): LoadComparison {
  requireSameWorkload([...a, ...b])
  const [before, after] = [inOrder(a), inOrder(b)]
  const paired = werePaired(before, after)
  const keeps = (runs: readonly LoadResult[], partners: readonly LoadResult[]) =>
    runs.filter((run, i) => isUsable(run) && (!paired || isUsable(partners[i] ?? run)))
  const sets = { a: keeps(before, after), b: keeps(after, before) }
  const confidence = 1 - (2 * FALSE_ALARMS) / settings.figures.length
  const compared = settings.figures.map((figure) => ({
    figure,
    comparison: compareFigure(figure, sets, { ...settings, paired, confidence }),
  }))
  return {
    figures: compared.flatMap(({ comparison }) => comparison ?? []),
    unmeasured: compared.filter(({ comparison }) => comparison === undefined).map(({ figure }) => figure),
    faults: faultsOf(sets.a, sets.b),
    paired,
    runs: [sets.a.length, sets.b.length],
    unusable: a.length + b.length - sets.a.length - sets.b.length,
    invalid: [...a, ...b].filter(({ validity }) => validity.verdict === 'invalid').length,
    confidence,
    settings,
  }
}

/** Why no figure at all was compared; undefined where one was. */
export function whyNothing({ figures, runs, invalid }: LoadComparison): 'invalid' | 'few' | 'unmeasured' | undefined {
  if (figures.length > 0) return undefined
  if (Math.min(...runs) >= LEAST_RUNS) return 'unmeasured'
  return invalid > 0 ? 'invalid' : 'few'
}

/** The figures and counts by which B is worse than A. */
export function regressionsOf({ figures, faults }: LoadComparison): readonly string[] {
  return [
    ...figures.filter(({ verdict }) => verdict === 'regression').map(({ figure }) => figure),
    ...faults.map(({ name }) => name),
  ]
}

interface Sets {
  readonly a: readonly LoadResult[]
  readonly b: readonly LoadResult[]
}

/** Undefined where too few runs measured the figure. */
function compareFigure(
  figure: string,
  { a, b }: Sets,
  how: CompareSettings & { readonly paired: boolean; readonly confidence: number },
): FigureComparison | undefined {
  const measuredOf = (runs: readonly LoadResult[]): Measured => runs.map((run) => figureOf(figure, run))
  const [before, after] = [measuredOf(a), measuredOf(b)]
  if (!isMeasured(before) || !isMeasured(after)) return undefined
  const pairs = before.map((value, i) => [value, after[i] ?? value] as const)
  const interval = how.paired ? pairedRatio(pairs, how) : unpairedRatio(before, after, how)
  return { figure, a: medianOf(before), b: medianOf(after), ...interval, verdict: verdictOf(interval, how.minEffect) }
}

type Measured = readonly (number | undefined)[]

/** In every run, and above 0, for a ratio to 0 says nothing. */
function isMeasured(values: Measured): values is readonly number[] {
  return values.length >= LEAST_RUNS && values.every((value) => value !== undefined && value > 0)
}

function verdictOf({ low, high }: RatioInterval, minEffect: number): FigureComparison['verdict'] {
  const [least, most] = [1 / (1 + minEffect), 1 + minEffect]
  if (low > most) return 'regression'
  if (high < least) return 'improvement'
  return low >= least && high <= most ? 'same' : 'unclear'
}

/** What an INVALID or cut run measured is not the server. */
function isUsable({ validity, partial }: LoadResult): boolean {
  return validity.verdict !== 'invalid' && !partial
}

function inOrder(runs: readonly LoadResult[]): readonly LoadResult[] {
  return [...runs].sort((one, other) => Date.parse(one.started_at) - Date.parse(other.started_at))
}

/** Whether the n-th runs of both were made one after the other, before any later one. */
function werePaired(a: readonly LoadResult[], b: readonly LoadResult[]): boolean {
  if (a.length !== b.length) return false
  const times = a.map((run, i) => [run, b[i] ?? run].map(({ started_at }) => Date.parse(started_at)))
  return times.every((pair, i) => Math.max(...pair) < Math.min(...(times[i + 1] ?? [Number.POSITIVE_INFINITY])))
}

function requireSameWorkload(runs: readonly LoadResult[]): void {
  const hashes = new Set(runs.map(({ manifest }) => manifest.workload_hash))
  if (hashes.size > 1)
    throw new Incomparable(
      `the runs played ${hashes.size} different workloads (workload_hash in their manifests): compare runs of one`,
    )
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}
