/** The proof that the cases can fail: each known fault of the reference server, and the cases that saw it. */
import type { CaseResult } from '../schemas/generated/results.ts'
import { formatCount, plural } from './figures.ts'
import { groupBy } from './group-by.ts'
import { prose } from './html/prose.ts'
import { STYLE } from './html/style.ts'
import { code, table, text } from './markdown-text.ts'
import { type Markup, markup, trusted } from './markup.ts'
import { MARKS } from './matrix.ts'
import { sectionOf, verdictWord } from './outcome.ts'

/** One fault, and what became of the cases that were played on it. */
export interface MutantRow {
  readonly mutant: { readonly id: string; readonly requirement: string; readonly about: string }
  readonly cases: readonly CaseResult[]
}

/** Kills are by cases of the requirement that the mutant breaks; others may have noticed it too. */
function killersOf({ mutant, cases }: MutantRow) {
  const broken = cases.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
  const isOwn = ({ requirements }: CaseResult) => requirements.includes(mutant.requirement)
  return { own: broken.filter(isOwn), others: broken.filter((one) => !isOwn(one)) }
}

function totals(rows: readonly MutantRow[]): string {
  const count = plural(rows.length, 'mutant')
  const survivors = rows.filter((row) => killersOf(row).own.length === 0).length
  const said = survivors === 0 ? 'each is killed' : `${formatCount(survivors)} of them are not killed`
  return `${count} of the reference server: ${said} by a case of the rule that it breaks.`
}

/** A table for each section: the fault, and who killed it. */
export function renderMutantMarkdown(rows: readonly MutantRow[]): string {
  const sections = groupBy(rows, ({ mutant }) => sectionOf(mutant)).flatMap(([section, members]) => [
    `## ${text(section)}`,
    table(['Mutant', 'What is wrong', 'Killed by', 'Noticed by others'], members.map(markdownRow)),
  ])
  return `${['# Mutants and the cases that kill them', text(totals(rows)), ...sections].join('\n\n')}\n`
}

function markdownRow(row: MutantRow): readonly string[] {
  const { own, others } = killersOf(row)
  const killers = own.length === 0 ? '**survives**' : own.map(({ id }) => code(id)).join('<br>')
  return [code(row.mutant.id), text(row.mutant.about), killers, formatCount(others.length)]
}

/** One grid for each section: a row for each mutant, a column for each case that saw one of them. */
export function renderMutantHtml(rows: readonly MutantRow[]): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mutants and the cases that kill them</title>
<style>${trusted(STYLE)}
.mutants thead th { writing-mode: vertical-rl; min-width: 0; max-height: 320px } .mutants thead th:first-child { writing-mode: horizontal-tb }
.mutants td { text-align: center } .mutants .other { opacity: .6 } .mutants th small { display: block; font-weight: 400 }
</style>
</head>
<body>
<header class="top"><h1>Shakedown <span>mutants</span></h1><p>${totals(rows)}</p></header>
<main>
${groupBy(rows, ({ mutant }) => sectionOf(mutant)).map(([section, members]) => grid(section, members))}
</main>
</body>
</html>
`.source
}

function grid(section: string, rows: readonly MutantRow[]): Markup {
  const seen = new Set(
    rows.flatMap((row) => Object.values(killersOf(row)).flatMap((cases) => cases.map(({ id }) => id))),
  )
  const columns = [...new Set(rows.flatMap(({ cases }) => cases.map(({ id }) => id)))].filter((id) => seen.has(id))
  return markup`<section class="half">
<h2>${section}</h2>
<div class="scroll matrix mutants"><table>
<thead><tr><th scope="col">Mutant</th>${columns.map((id) => markup`<th scope="col"><code>${id}</code></th>`)}</tr></thead>
<tbody>${rows.map((row) => gridRow(row, columns))}</tbody>
</table></div>
</section>
`
}

function gridRow(row: MutantRow, columns: readonly string[]): Markup {
  const { mutant, cases } = row
  const byId = new Map(cases.map((one) => [one.id, one]))
  const survives = killersOf(row).own.length === 0
  return markup`<tr class="entry${survives ? ' fault' : ''}"><th scope="row"><code>${mutant.id}</code><small>${prose(mutant.about)}${survives ? ' Survives.' : ''}</small></th>${columns.map((id) => cell(mutant, byId.get(id)))}</tr>
`
}

function cell({ requirement }: MutantRow['mutant'], one: CaseResult | undefined): Markup {
  if (one === undefined) return markup`<td></td>`
  const { id, verdict, reason = verdictWord(verdict), requirements } = one
  const whose = requirements.includes(requirement) ? '' : ' other'
  return markup`<td class="t-${verdict}${whose}" title="${id}: ${reason}">${MARKS[verdict]}</td>`
}
