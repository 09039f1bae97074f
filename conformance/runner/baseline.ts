/** The baseline: failures that an implementation is known to have, so that only others fail a run. */
import type {
  Baseline,
  BaselineEntry,
  CaseResult,
  ConformanceResult,
  StaleEntry,
} from '../../schemas/generated/results.ts'

/** What a run can say of a baseline's entries beside its results. */
export interface Scope {
  /** As an entry's `expires`, in UTC. */
  readonly today: string
  /** Whether any pack has a case with this id. */
  readonly exists: (id: string) => boolean
  /** The case on which all others rest: with it every rule fails, and that is never expected. */
  readonly root: string
  /** Whether the filters of the run leave a case with this id in. */
  readonly selects: (id: string) => boolean
}

/** Verdicts of a case that broke its rule: what a baseline can expect. */
const BROKEN: readonly CaseResult['verdict'][] = ['fail', 'warn', 'notice', 'flaky']

const isBroken = ({ verdict }: CaseResult) => BROKEN.includes(verdict)
const hasExpired = ({ expires }: BaselineEntry, { today }: Scope) => expires !== undefined && expires < today

/** Whether the baseline excuses a failure of this case. */
export function isExpected({ cases }: Baseline, id: string, scope: Scope): boolean {
  const entry = Object.hasOwn(cases, id) ? cases[id] : undefined
  return entry !== undefined && id !== scope.root && !hasExpired(entry, scope)
}

/** The result in which every expected failure carries the entry that excuses it, and with what is stale in the baseline. */
export function heldAgainst(baseline: Baseline, result: ConformanceResult, scope: Scope): ConformanceResult {
  const cases = result.cases.map((one) => {
    const entry = isBroken(one) && isExpected(baseline, one.id, scope) ? baseline.cases[one.id] : undefined
    return entry === undefined ? one : { ...one, baseline: entry }
  })
  const stale = staleEntries(baseline, result, scope)
  return { ...result, cases, ...(stale.length === 0 ? {} : { stale_baseline: stale }) }
}

function staleEntries({ cases }: Baseline, result: ConformanceResult, scope: Scope): StaleEntry[] {
  const byId = new Map(result.cases.map((one) => [one.id, one]))
  return Object.entries(cases).flatMap(([id, entry]) => {
    const one = byId.get(id)
    if (one?.verdict === 'pass') return [{ id, why: 'its case passes now: take the entry out' }]
    if (isGone(id, one, scope)) return [{ id, why: 'there is no such case: take the entry out' }]
    if (one !== undefined && isBroken(one) && hasExpired(entry, scope))
      return [{ id, why: `it expired on ${entry.expires}, and its case still fails` }]
    return []
  })
}

/**
 * The baseline that expects what failed in this run. An entry stays as it is while its case fails or was not told, also
 * an expired one: a deadline is for a person to move.
 * @param counts whether a failure of this case counts at the asked level.
 */
export function renewed(
  baseline: Baseline,
  result: ConformanceResult,
  scope: Scope,
  counts: (one: CaseResult) => boolean,
): Baseline {
  const byId = new Map(result.cases.map((one) => [one.id, one]))
  const kept = Object.entries(baseline.cases).filter(([id]) => {
    const one = byId.get(id)
    return one?.verdict !== 'pass' && !isGone(id, one, scope)
  })
  const reason = `recorded automatically on ${scope.today}`
  const added = result.cases
    .filter((one) => isBroken(one) && counts(one) && one.id !== scope.root && !Object.hasOwn(baseline.cases, one.id))
    .map(({ id }) => [id, { reason }] as const)
  const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)
  return { format: baseline.format, cases: Object.fromEntries([...kept, ...added].sort(byName)) }
}

/** Only where the filters leave it in: an id that was filtered out is no concern of this run. */
const isGone = (id: string, one: CaseResult | undefined, { exists, selects }: Scope) =>
  one === undefined && selects(id) && !exists(id)
