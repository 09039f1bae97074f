/** Coverage of the registry in words. */
import type { ConformanceResult } from '../schemas/generated/results.ts'
import { formatCount, plural } from './figures.ts'
import { brokenBy } from './outcome.ts'

/** How much of the registry the cases that ran looked at, in one sentence. */
export function coverageWords({ requirements, cases }: ConformanceResult): string {
  const judged = new Set(cases.filter(({ verdict }) => verdict !== 'skip').flatMap(brokenBy))
  const tested = requirements.filter(({ id }) => judged.has(id)).length
  const excluded = requirements.filter((one) => one.excluded !== undefined).length
  const said = `${formatCount(tested)} of ${plural(requirements.length, 'requirement')} tested`
  return excluded === 0 ? said : `${said}, ${formatCount(excluded)} excluded with a reason`
}
