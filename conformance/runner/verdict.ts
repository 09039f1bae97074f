/** From how a case ended to the verdict that the result file holds. Only here does an outcome become a verdict. */
import type { CaseResult, ConformanceSummary, Level, Verdict } from '../../schemas/generated/results.ts'
import { type Case, Finding, Skip } from './case.ts'

/** What a result says of a case beside its identity, and of what level the finding is where that is not the case's own. */
export type Judgement = Pick<CaseResult, 'verdict' | 'reason' | 'expected' | 'actual' | 'broken'> & {
  readonly level?: Level
}

/** A broken MUST fails, a broken SHOULD warns, a MAY that is not used is a notice. */
const VERDICT_OF_FINDING: Record<Level, Verdict> = { must: 'fail', should: 'warn', may: 'notice' }

/**
 * @param thrown what the case threw; undefined where it resolved.
 * @param level of the requirements that the case checks.
 */
export function judge(thrown: unknown, level: Level): Judgement {
  if (thrown === undefined) return { verdict: 'pass' }
  if (thrown instanceof Finding)
    return {
      verdict: VERDICT_OF_FINDING[level],
      reason: thrown.message,
      expected: thrown.expected,
      actual: thrown.actual,
    }
  if (thrown instanceof Skip) return { verdict: 'skip', reason: thrown.message }
  return { verdict: 'harness_error', reason: `the harness itself failed: ${describe(thrown)}` }
}

/**
 * The judgement on a case. A finding about a requirement that holds in every case is of the level of that, whatever the
 * case itself checks.
 * @param levels of all requirements of the registry, by id.
 */
export function judgeCase(thrown: unknown, one: Case, levels: ReadonlyMap<string, Level>): Judgement {
  const level = levelOf(one, levels)
  if (!(thrown instanceof Finding)) return judge(thrown, level)
  const { breaks = '' } = thrown
  const found = levels.get(breaks)
  if (found !== undefined) return { ...judge(thrown, found), level: found, broken: [breaks] }
  const own = one.requirements.filter((id) => !one.named?.includes(id))
  const isAll = own.length === 0 || own.length === one.requirements.length
  return { ...judge(thrown, level), ...(isAll ? {} : { broken: own }) }
}

/** The level that the case's requirements share. @throws where the registry lacks one, or where they differ. */
export function levelOf(one: Case, levels: ReadonlyMap<string, Level>): Level {
  if (one.level !== undefined && one.requirements.length === 0) return one.level
  const found = new Set(one.requirements.map((id) => levels.get(id)))
  const [level] = found
  if (found.size !== 1 || level === undefined)
    throw new Error(`case ${one.id} must cite requirements of the registry that share one level: ${one.requirements}`)
  return level
}

/**
 * The verdict on two runs of one case: a rule that held once and broke once is flaky, whatever came first.
 * A second run that says nothing (a skip, or a fault of ours) leaves the first verdict as it is.
 */
export function reconcile(first: Judgement, second: Judgement): Judgement {
  if (second.verdict !== 'pass') return first
  return { ...first, verdict: 'flaky', reason: `held when run again; the first time: ${first.reason ?? first.verdict}` }
}

/** How many cases ended in each verdict. */
export function summarise(cases: readonly Pick<CaseResult, 'verdict'>[]): ConformanceSummary {
  const summary = { pass: 0, fail: 0, warn: 0, notice: 0, skip: 0, flaky: 0, harness_error: 0 }
  for (const { verdict } of cases) summary[verdict] += 1
  return summary
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return (thrown.stack ?? thrown.message).split('\n').slice(0, 3).join(' ').replaceAll(/\s+/g, ' ')
}
