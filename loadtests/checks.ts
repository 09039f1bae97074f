/** The checks of a whole run, from what each VU judged. */
import type { Check } from '../schemas/generated/results.ts'
import { type CheckCounts, EXAMPLES_KEPT } from './scenarios/checks.ts'

/** @param called what the workload calls for, by name; a check that nobody judged is there all the same, with 0. */
export function checksOf(called: Readonly<Record<string, string>>, all: readonly CheckCounts[]): Check[] {
  return Object.entries(called).map(([name, what]) => {
    const counts = all.flatMap((one) => one[name] ?? [])
    return {
      name,
      what,
      judged: counts.reduce((sum, { judged }) => sum + judged, 0),
      broken: counts.reduce((sum, { broken }) => sum + broken, 0),
      examples: counts.flatMap(({ examples }) => examples).slice(0, EXAMPLES_KEPT),
    }
  })
}
