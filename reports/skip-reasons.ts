/** Why cases were skipped: what a run that skips says nothing of should be seen without its JSON. */
import type { ConformanceResult } from '../schemas/generated/results.ts'
import { groupBy } from './group-by.ts'

export interface SkipReason {
  readonly reason: string
  /** How many cases were skipped for it. */
  readonly count: number
}

/** The reasons, that of most cases first. */
export function skipReasons({ cases }: Pick<ConformanceResult, 'cases'>): readonly SkipReason[] {
  const skipped = cases.filter(({ verdict }) => verdict === 'skip')
  return groupBy(skipped, ({ reason = 'none given' }) => reason)
    .map(([reason, { length }]) => ({ reason, count: length }))
    .sort((a, b) => b.count - a.count)
}
