/** What the exit code says, and which one says it where several would. Scripts and CI jobs hold on to these. */
import type { CaseResult, Level, LoadResult, Verdict } from '../schemas/generated/results.ts'

export const EXIT = {
  /** Everything selected ran and holds at the asked level. */
  ok: 0,
  /** A case failed or was flaky, a threshold was missed, or the comparison found a regression. */
  failed: 1,
  /** The command line or a file given is wrong. */
  usage: 2,
  /** The target could not be reached or did not get ready. */
  target: 3,
  /** Nothing ran: the filter matches nothing, or every case was skipped. */
  nothing: 4,
  /** The load run is INVALID: the generator, not the server, was measured. */
  invalid: 5,
  /** The harness itself is at fault, or lacks what it needs to run (k6). */
  harness: 6,
  /** Interrupted: what ran is written all the same, marked as partial. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Called once by the command that ran, with what its run amounts to. */
export type Finish = (code: ExitCode) => void

/** The first of these that applies is the exit code: what makes the rest meaningless comes first. */
const PRECEDENCE: readonly ExitCode[] = [130, 2, 3, 6, 5, 1, 4, 0]

/** The one exit code for several things that happened; 0 where nothing did. */
export function foremost(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.ok
}

/** The level from which on a broken rule counts, and whether a flaky case may pass. */
export interface Strictness {
  readonly level: Level
  readonly allowFlaky: boolean
}

/** A verdict that names a broken rule, and the least strict level at which it counts. */
const COUNTS_AT: Partial<Record<Verdict, Level>> = { fail: 'must', warn: 'should', notice: 'may' }
const LEVELS: readonly Level[] = ['must', 'should', 'may']

/** What of a conformance run decides. */
interface Decisive {
  readonly cases: readonly Pick<CaseResult, 'verdict' | 'level' | 'baseline'>[]
  readonly stale_baseline?: readonly unknown[]
}

/** The exit code that a conformance run amounts to: what its baseline excuses is well, what is stale there is not. */
export function ofConformance(
  { cases, stale_baseline: stale = [] }: Decisive,
  { level, allowFlaky }: Strictness,
): ExitCode {
  const asked = LEVELS.slice(0, LEVELS.indexOf(level) + 1)
  const codes = cases.map(({ verdict, level: ofCase, baseline }): ExitCode => {
    if (verdict === 'harness_error') return EXIT.harness
    if (baseline !== undefined) return EXIT.ok
    if (verdict === 'skip') return EXIT.nothing
    const countsAt = verdict === 'flaky' ? ofCase : COUNTS_AT[verdict]
    if (countsAt === undefined || (verdict === 'flaky' && allowFlaky)) return EXIT.ok
    return asked.includes(countsAt) ? EXIT.failed : EXIT.ok
  })
  // One case that ran is enough for the run not to be empty; where others were skipped, an expected failure is none.
  const skips = cases.some(({ verdict }) => verdict === 'skip')
  const ran = codes.filter((code, at) => code !== EXIT.nothing && !(skips && cases[at]?.baseline !== undefined))
  return foremost([...(ran.length === 0 ? [EXIT.nothing] : ran), ...stale.map(() => EXIT.failed)])
}

/** The exit code that a load run amounts to. An INVALID one says nothing about its thresholds. */
export function ofLoad({ validity, thresholds }: Pick<LoadResult, 'validity' | 'thresholds'>): ExitCode {
  if (validity.verdict === 'invalid') return EXIT.invalid
  return thresholds.every(({ pass }) => pass) ? EXIT.ok : EXIT.failed
}
