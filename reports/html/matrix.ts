/** Several conformance results side by side: a table of case by implementation, what differs first. */
import type { CaseResult, ConformanceResult, Level, Verdict } from '../../schemas/generated/results.ts'
import { formatCount, plural } from '../figures.ts'
import { type Markup, markup } from '../markup.ts'
import { MARKS, type Matrix, type MatrixRow, matrixOf, rowsBySection } from '../matrix.ts'
import { heldRequirements, VERDICTS, verdictNoun, verdictWord } from '../outcome.ts'

/** The table over `results`, whose sections have the anchors `conformance-0` and so on. */
export function matrixSection(results: readonly ConformanceResult[]): Markup {
  const matrix = matrixOf(results)
  const differing = matrix.rows.filter(({ differs }) => differs)
  const agreeing = matrix.rows.filter(({ differs }) => !differs)
  return markup`<section class="half" id="matrix">
<h2>Side by side</h2>
<p class="muted">${plural(matrix.rows.length, 'case')} on ${plural(results.length, 'implementation')}: ${formatCount(differing.length)} ${differing.length === 1 ? 'differs' : 'differ'}, ${formatCount(agreeing.length)} agree.</p>
<div class="matrix-filter">
${filterForm(matrix)}
<div class="scroll matrix"><table>
<thead><tr><th scope="col">Case</th>${matrix.columns.map(columnHead)}</tr></thead>
${totals(matrix)}
${differing.length > 0 ? bodyOf('Differing', differing, true) : undefined}
${rowsBySection(agreeing).map(([section, rows]) => bodyOf(section.replace('.', ' · '), rows, false))}
</table></div>
<p class="nothing" hidden>No case matches the filter.</p>
</div>
</section>
`
}

function columnHead(name: string, i: number): Markup {
  return markup`<th scope="col"><a href="#conformance-${i}">${name}</a></th>`
}

/** How much of the registry each implementation holds to, and where to read more of it. */
function totals({ results }: Matrix): Markup {
  const levels: readonly Level[] = ['must', 'should', 'may']
  const rows = levels
    .filter((level) => results.some((result) => heldRequirements(result, level).total > 0))
    .map(
      (
        level,
      ) => markup`<tr><th scope="row">${level.toUpperCase()} held</th>${results.map((result) => heldCell(result, level))}</tr>
`,
    )
  const counts = markup`<tr><th scope="row">Verdicts</th>${results.map(({ summary }) => {
    const said = VERDICTS.filter((verdict) => summary[verdict] > 0)
    return markup`<td>${said.map((verdict) => markup`<span class="count t-${verdict}">${formatCount(summary[verdict])} ${verdictNoun(verdict, summary[verdict])}</span> `)}</td>`
  })}</tr>
`
  return markup`<tbody class="totals">${rows}${counts}</tbody>`
}

/** What a broken requirement of a level looks like, which is what its case came to. */
const BROKEN: Readonly<Record<Level, Verdict>> = { must: 'fail', should: 'warn', may: 'notice' }

function heldCell(result: ConformanceResult, level: Level): Markup {
  const { held, broken, total } = heldRequirements(result, level)
  if (total === 0) return markup`<td class="muted">–</td>`
  const label = `${held} of ${total} held, ${broken} broken`
  return markup`<td><b>${formatCount(held)}</b><span class="muted"> of ${formatCount(total)}</span><div class="bar" role="img" aria-label="${label}">${share('pass', held)}${share(BROKEN[level], broken)}${share('skip', total - held - broken)}</div></td>`
}

function share(verdict: Verdict, count: number): Markup | undefined {
  return count === 0 ? undefined : markup`<i class="v-${verdict}" style="flex-grow:${count}"></i>`
}

function bodyOf(name: string, rows: readonly MatrixRow[], differs: boolean): Markup {
  const columns = rows[0]?.cells.length ?? 0
  return markup`<tbody class="rows${differs ? ' differing' : ''}"><tr class="section"><th scope="rowgroup" colspan="${columns + 1}">${name} <small>${plural(rows.length, 'case')}</small></th></tr>
${rows.map(row)}</tbody>
`
}

function row({ id, title, cells, differs }: MatrixRow): Markup {
  const verdicts = [...new Set(cells.flatMap((cell) => cell?.verdict ?? []))].join(' ')
  return markup`<tr class="entry" data-verdicts="${verdicts}" data-differs="${String(differs)}"><th scope="row"><code>${id}</code><small>${title}</small></th>${cells.map(cellOf)}</tr>
`
}

function cellOf(cell: CaseResult | undefined, i: number): Markup {
  if (cell === undefined) return markup`<td class="absent"><span title="not in this result">·</span></td>`
  const { id, verdict, reason } = cell
  const title = reason === undefined ? undefined : markup` title="${reason}"`
  return markup`<td><a class="mark t-${verdict}" href="#conformance-${i}-case-${id}"${title}><i aria-hidden="true">${MARKS[verdict]}</i> ${verdictWord(verdict)}</a></td>`
}

function filterForm({ results }: Matrix): Markup {
  const verdicts = VERDICTS.filter((verdict) => results.some(({ summary }) => summary[verdict] > 0))
  return markup`<form class="filter" hidden>
<input type="search" placeholder="Filter by case or title" aria-label="Filter rows by text">
<span class="chips"><label class="chip"><input type="checkbox" class="differs"> only what differs</label>${verdicts.map(
    (verdict) =>
      markup`<label class="chip t-${verdict}"><input type="checkbox" value="${verdict}"> ${verdictWord(verdict)}</label>`,
  )}</span>
</form>`
}
