/** Several results on a terminal: implementations side by side, then whatever else there is. */
import type { CaseResult, ConformanceResult, LoadResult, Result } from '../schemas/generated/results.ts'
import { formatCount, plural } from './figures.ts'
import { MARKS, type MatrixRow, matrixOf } from './matrix.ts'
import { heldRequirements, isFinding, verdictWord } from './outcome.ts'
import { printable } from './printable.ts'
import { type Paint, painter, renderSummary, totals, VERDICT_COLORS } from './summary.ts'

/** Renders results as lines for a terminal: one as itself, several of conformance as a matrix of what needs a look. */
export function renderSummaries(results: readonly Result[], { color }: { readonly color: boolean }): string {
  const conformance = results.filter((result): result is ConformanceResult => 'cases' in result)
  const load = results.filter((result): result is LoadResult => 'ledger' in result)
  const alone = conformance.length > 1 ? load : [...conformance, ...load]
  const matrix = conformance.length > 1 ? [`${matrixLines(conformance, painter(color)).join('\n')}\n`] : []
  return [...matrix, ...alone.map((result) => renderSummary(result, { color }))].join('\n')
}

function matrixLines(results: readonly ConformanceResult[], paint: Paint): readonly string[] {
  const { rows } = matrixOf(results)
  const calm = rows.filter((row) => !needsLook(row))
  const differing = rows.filter((row) => row.differs && needsLook(row))
  const alike = rows.filter((row) => !row.differs && needsLook(row))
  const wordWidth = ({ cells }: MatrixRow) => Math.max(...cells.map((cell) => cellText(cell).length))
  const widths = {
    id: Math.max(0, ...[...differing, ...alike].map(({ id }) => printable(id).length)),
    cell: Math.max(9, ...[...differing, ...alike].map(wordWidth)) + 2,
  }
  return [
    ...results.map((result, i) => `${paint('bold', `[${i + 1}]`)} ${totals(result, paint)}; ${heldText(result)}`),
    '',
    ...table('Cases that differ', differing, { results, widths, paint }),
    ...table('Others to look at', alike, { results, widths, paint }),
    `${plural(rows.length, 'case')}: ${formatCount(rows.filter(({ differs }) => differs).length)} differ, ${formatCount(calm.length)} need no look`,
  ]
}

function table(
  name: string,
  rows: readonly MatrixRow[],
  shape: {
    readonly results: readonly ConformanceResult[]
    readonly widths: { readonly id: number; readonly cell: number }
    readonly paint: Paint
  },
): readonly string[] {
  if (rows.length === 0) return []
  const { results, widths, paint } = shape
  const width = Math.max(widths.id, name.length)
  const head = `${name.padEnd(width)}  ${results.map((_, i) => `[${i + 1}]`.padEnd(widths.cell)).join('')}`
  const line = ({ id, cells }: MatrixRow) =>
    `${printable(id).padEnd(width)}  ${cells.map((cell) => paintCell(cell, widths.cell, paint)).join('')}`.trimEnd()
  return [paint('dim', head.trimEnd()), ...rows.map(line), '']
}

function needsLook({ cells, differs }: MatrixRow): boolean {
  return differs || cells.some((cell) => cell !== undefined && isFinding(cell))
}

function paintCell(cell: CaseResult | undefined, width: number, paint: Paint): string {
  const padded = cellText(cell).padEnd(width)
  return cell === undefined ? padded : paint(VERDICT_COLORS[cell.verdict], padded)
}

function cellText(cell: CaseResult | undefined): string {
  return cell === undefined ? '·' : `${MARKS[cell.verdict]} ${verdictWord(cell.verdict)}`
}

function heldText(result: ConformanceResult): string {
  const { held, total } = heldRequirements(result, 'must')
  return `${formatCount(held)} of ${formatCount(total)} MUST held`
}
