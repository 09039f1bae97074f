/** What a result comes to: the verdict over its verdicts, and the order in which they are told. */
import type {
  CaseResult,
  ConformanceResult,
  Integrity,
  Ledger,
  Level,
  LoadResult,
  Threshold,
  Verdict,
} from '../schemas/generated/results.ts'

/** Worst first. */
export const VERDICTS: readonly Verdict[] = ['fail', 'harness_error', 'flaky', 'warn', 'notice', 'skip', 'pass']

/** Verdicts in words: of a case, and after the number of one and of many. */
const WORDS: Readonly<Record<Verdict, readonly [verdict: string, one: string, many: string]>> = {
  pass: ['pass', 'passed', 'passed'],
  fail: ['fail', 'failed', 'failed'],
  warn: ['warning', 'warning', 'warnings'],
  notice: ['notice', 'notice', 'notices'],
  skip: ['skip', 'skipped', 'skipped'],
  flaky: ['flaky', 'flaky', 'flaky'],
  harness_error: ['harness error', 'harness error', 'harness errors'],
}

/** A verdict on one case in words, such as `harness error`. */
export function verdictWord(verdict: Verdict): string {
  return WORDS[verdict][0]
}

/** What follows the number of cases with this verdict, such as `passed` or `harness errors`. */
export function verdictNoun(verdict: Verdict, count: number): string {
  return WORDS[verdict][count === 1 ? 1 : 2]
}

/** A case that somebody has to look at: neither well, nor skipped, nor known to the baseline. */
export function isFinding({ verdict, baseline }: CaseResult): boolean {
  return verdict !== 'pass' && verdict !== 'skip' && baseline === undefined
}

/** Why a failure is expected, as the baseline has it; undefined where it is not. */
export function excuseOf({ baseline }: CaseResult): string | undefined {
  if (baseline === undefined) return undefined
  const { reason, issue, expires } = baseline
  return [reason, ...(issue === undefined ? [] : [issue]), ...(expires === undefined ? [] : [`until ${expires}`])].join(
    '; ',
  )
}

/** How many cases failed as the baseline expects. */
export function expectedCount({ cases }: ConformanceResult): number {
  return cases.filter(({ baseline }) => baseline !== undefined).length
}

/** What the baseline says that is no longer so, as sentences; each fails the run. */
export function staleSentences({ stale_baseline: stale = [] }: ConformanceResult): readonly string[] {
  return stale.map(({ id, why }) => `${id} is in the baseline, but ${why}`)
}

/** The part of a case's id before the slash. */
export function sectionOf({ id }: { readonly id: string }): string {
  return id.slice(0, id.indexOf('/'))
}

/** Cases that ran, whatever came of them. */
export function ranCount({ summary }: ConformanceResult): number {
  return VERDICTS.reduce((sum, verdict) => sum + (verdict === 'skip' ? 0 : summary[verdict]), 0)
}

/** How many requirements of one level a run saw hold, saw broken, and what it had to look at. */
export interface Held {
  /** At least one of their cases passed, and no case found them broken. */
  readonly held: number
  readonly broken: number
  /** All of that level but those excluded with a reason. */
  readonly total: number
}

/** The requirements that what a case found is about; of one that found nothing, all that it checks. */
export const brokenBy = ({ requirements, broken = requirements }: CaseResult): readonly string[] => broken

/** Counts the requirements of a level by what became of their cases; a skip or a harness error says nothing of them. */
export function heldRequirements({ requirements, cases }: ConformanceResult, level: Level): Held {
  const asked = requirements.filter((one) => one.level === level && one.excluded === undefined)
  const passed = new Set(cases.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id))
  const findings = cases.filter(({ verdict }) => !['pass', 'skip', 'harness_error'].includes(verdict))
  const broken = new Set(findings.flatMap(brokenBy))
  return {
    held: asked.filter((one) => !broken.has(one.id) && one.cases.some((id) => passed.has(id))).length,
    broken: asked.filter((one) => broken.has(one.id)).length,
    total: asked.length,
  }
}

export type Outcome = 'pass' | 'fail' | 'none' | 'error'

/** Failures that the baseline does not expect. */
export function unexpectedCount({ cases }: ConformanceResult): number {
  return cases.filter((one) => isFinding(one) && (one.verdict === 'fail' || one.verdict === 'flaky')).length
}

/**
 * Whether every MUST held that the baseline does not expect to be broken, and that is not stale: `error` where the harness
 * is at fault, `none` where nothing ran.
 */
export function conformanceOutcome(result: ConformanceResult): Outcome {
  if (result.summary.harness_error > 0) return 'error'
  if (unexpectedCount(result) + staleSentences(result).length > 0) return 'fail'
  return ranCount(result) === 0 ? 'none' : 'pass'
}

/** Whether every threshold held: `error` where the run is INVALID, for then the generator was measured. */
export function loadOutcome(result: LoadResult): Outcome {
  if (result.validity.verdict === 'invalid') return 'error'
  return result.thresholds.every(({ pass }) => pass) ? 'pass' : 'fail'
}

/** Entries of the ledger in the order in which they are told. */
export const LEDGER: readonly (keyof Ledger)[] = [
  'expected',
  'delivered',
  'lost',
  'duplicate',
  'reordered',
  'late',
  'unexpected',
]

/** What is counted beside the ledger, in the order in which it is told. */
export const INTEGRITY: readonly (keyof Integrity)[] = ['malformed', 'misnumbered', 'out_of_sender_order']

/** Entries of the ledger that missed their threshold. */
export function ledgerFaults({ thresholds }: LoadResult): readonly Threshold[] {
  return thresholds.filter(({ name, pass }) => !pass && LEDGER.some((entry) => entry === name))
}

/** How the target is called where there is room for a few words. */
export function targetName({ target }: { readonly target: LoadResult['target'] }): string {
  const { kind, name, urls, command } = target
  const said = name ?? { embedded: 'reference server', exec: command ?? 'started server', url: urls.join(', ') }[kind]
  return target.mutant === undefined ? said : `${said}, mutant ${target.mutant}`
}
