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
  readonly mutant: {
    readonly id: string
    readonly requirement: string
    readonly about: string
    /** What the fault leads to, as a case words it: a part of its finding, or one for each of several. */
    readonly shows: string | readonly string[]
  }
  readonly cases: readonly CaseResult[]
  /** Cases of the requirement that the mutant breaks, with a finding that its fault leads to. */
  readonly kills: readonly CaseResult[]
  /** Such cases with any other finding. */
  readonly accidents: readonly CaseResult[]
}

const isProven = ({ kills, accidents }: MutantRow) => kills.length > 0 && accidents.length === 0

const isBroken = ({ verdict }: CaseResult) => verdict === 'fail' || verdict === 'warn' || verdict === 'notice'

/** Cases of other requirements may have noticed the mutant too. */
const othersOf = ({ mutant, cases }: MutantRow) =>
  cases.filter((one) => isBroken(one) && !one.requirements.includes(mutant.requirement))

const shownBy = ({ mutant }: MutantRow) => [mutant.shows].flat()

function totals(rows: readonly MutantRow[]): string {
  const count = plural(rows.length, 'mutant')
  const unproven = rows.filter((row) => !isProven(row)).length
  const said = unproven === 0 ? 'each is killed' : `${formatCount(unproven)} of them are not killed`
  return `${count} of the reference server: ${said} by a case of the rule that it breaks, for what its fault leads to.`
}

/** A table for each section: the fault, and who killed it. */
export function renderMutantMarkdown(rows: readonly MutantRow[]): string {
  const sections = groupBy(rows, ({ mutant }) => sectionOf(mutant)).flatMap(([section, members]) => [
    `## ${text(section)}`,
    table(['Mutant', 'What is wrong', 'What it shows', 'Killed by', 'Noticed by others'], members.map(markdownRow)),
  ])
  return `${['# Mutants and the cases that kill them', text(totals(rows)), ...sections].join('\n\n')}\n`
}

function markdownRow(row: MutantRow): readonly string[] {
  const { mutant, kills, accidents } = row
  const killers = [
    ...kills.map(({ id }) => code(id)),
    ...accidents.map(({ id, reason = '' }) => `**for another reason** ${code(id)}: ${text(reason)}`),
  ]
  return [
    code(mutant.id),
    text(mutant.about),
    shownBy(row).map(text).join('<br>'),
    killers.join('<br>') || '**survives**',
    formatCount(othersOf(row).length),
  ]
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
.mutants td { text-align: center } .mutants .other { opacity: .6 } .mutants th small { display: block; font-weight: 400 } .mutants th .shows { font-style: italic }
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
  const seen = new Set(rows.flatMap(({ cases }) => cases.filter(isBroken).map(({ id }) => id)))
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
  const { mutant, cases, kills, accidents } = row
  const byId = new Map(cases.map((one) => [one.id, one]))
  const fault = accidents.length > 0 ? ' Killed for another reason.' : kills.length === 0 ? ' Survives.' : ''
  return markup`<tr class="entry${isProven(row) ? '' : ' fault'}"><th scope="row"><code>${mutant.id}</code><small>${prose(mutant.about)}${fault}</small>${shownBy(row).map((one) => markup`<small class="shows">${one}</small>`)}</th>${columns.map((id) => cell(row, byId.get(id)))}</tr>
`
}

function cell({ mutant, accidents }: MutantRow, one: CaseResult | undefined): Markup {
  if (one === undefined) return markup`<td></td>`
  const { id, verdict, reason = verdictWord(verdict), requirements } = one
  const whose = requirements.includes(mutant.requirement) ? '' : ' other'
  const why = accidents.includes(one) ? 'for another reason: ' : ''
  return markup`<td class="t-${verdict}${whose}" title="${id}: ${why}${reason}">${MARKS[verdict]}</td>`
}
