/** Several conformance results side by side: a row for each case, a column for each implementation. */
import type { CaseResult, ConformanceResult, Verdict } from '../schemas/generated/results.ts'
import { groupBy } from './group-by.ts'
import { sectionOf, targetName } from './outcome.ts'

/** One case in every result; `cells` are in the order of the columns, undefined where the case is not in a result. */
export interface MatrixRow {
  readonly id: string
  readonly title: string
  readonly section: string
  readonly cells: readonly (CaseResult | undefined)[]
  /** True where the implementations that it ran against do not all come to the same. */
  readonly differs: boolean
}

export interface Matrix {
  /** What each column is called: the target's name, with what tells it from others of that name. */
  readonly columns: readonly string[]
  readonly results: readonly ConformanceResult[]
  readonly rows: readonly MatrixRow[]
}

/** Lays results side by side; rows keep the order in which the cases first appear, grouped by section. */
export function matrixOf(results: readonly ConformanceResult[]): Matrix {
  const byId = results.map(({ cases }) => new Map(cases.map((one) => [one.id, one])))
  const first = new Map(results.flatMap(({ cases }) => cases.map((one) => [one.id, one] as const)).reverse())
  const ids = [...new Set(results.flatMap(({ cases }) => cases.map(({ id }) => id)))]
  const rows = ids.map((id) => {
    const cells = byId.map((cases) => cases.get(id))
    const { title = id, pack = '' } = first.get(id) ?? {}
    const differs = new Set(cells.flatMap((cell) => cell?.verdict ?? [])).size > 1
    return { id, title, section: `${pack}.${sectionOf({ id })}`, cells, differs }
  })
  return { columns: columnNames(results), results, rows: rowsBySection(rows).flatMap(([, members]) => members) }
}

/** Rows by pack and section, in the order in which they stand. */
export function rowsBySection(rows: readonly MatrixRow[]): readonly (readonly [string, readonly MatrixRow[]])[] {
  return groupBy(rows, ({ section }) => section)
}

function columnNames(results: readonly ConformanceResult[]): readonly string[] {
  const names = results.map(targetName)
  return names.map((name, i) => {
    if (names.filter((other) => other === name).length === 1) return name
    return `${name} (${names.slice(0, i + 1).filter((other) => other === name).length})`
  })
}

/** A verdict as one character, for cells that have no room for its word. */
export const MARKS: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  fail: '✗',
  warn: '!',
  notice: 'i',
  skip: '–',
  flaky: '~',
  harness_error: '?',
}
