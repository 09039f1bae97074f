/** What changed between two conformance runs, verdict by verdict. */
import type { CaseResult, ConformanceResult, Verdict } from '../schemas/generated/results.ts'
import { plural } from './figures.ts'
import { verdictWord } from './outcome.ts'
import { printable } from './printable.ts'

/** One case whose verdict is not what it was; undefined where the case was not there. */
export interface Change {
  readonly id: string
  readonly before: Verdict | undefined
  readonly after: Verdict | undefined
}

export interface ConformanceComparison {
  /** By id; cases that appeared or vanished included. */
  readonly changed: readonly Change[]
  /** Those of `changed` that passed before and came to anything else; a case that did not run again is none. */
  readonly regressions: readonly Change[]
  /** The same for a person, a line a change, regressions first. */
  readonly text: string
}

/** Compares two runs case by case; `before` is the one that set the mark. */
export function compareConformance(before: ConformanceResult, after: ConformanceResult): ConformanceComparison {
  const [was, is] = [verdictsById(before.cases), verdictsById(after.cases)]
  const changed = [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .map((id) => ({ id, before: was.get(id), after: is.get(id) }))
    .filter((change) => change.before !== change.after)
  const regressions = changed.filter(({ before, after }) => before === 'pass' && after !== undefined)
  return { changed, regressions, text: describe(changed, regressions, is.size) }
}

function verdictsById(cases: readonly CaseResult[]): ReadonlyMap<string, Verdict> {
  return new Map(cases.map(({ id, verdict }) => [id, verdict]))
}

function describe(changed: readonly Change[], regressions: readonly Change[], cases: number): string {
  const others = changed.filter((change) => !regressions.includes(change))
  return [
    ...regressions.map((change) => line('regression', change)),
    ...others.map((change) => line(kindOf(change), change)),
    `${plural(cases, 'case')} compared: ${changed.length} changed, ${plural(regressions.length, 'regression')}`,
  ].join('\n')
}

function kindOf({ before, after }: Change): string {
  if (before === undefined) return 'new'
  if (after === undefined) return 'vanished'
  return after === 'pass' ? 'mended' : 'changed'
}

function line(kind: string, { id, before, after }: Change): string {
  const word = (verdict: Verdict | undefined) => (verdict === undefined ? 'absent' : verdictWord(verdict))
  return `${kind.padEnd(11)} ${printable(id)}: ${word(before)} → ${word(after)}`
}
