/** The conformance half of the page: totals, sections, cases, coverage. */
import type { CaseResult, ConformanceResult, Verdict } from '../../schemas/generated/results.ts'
import { coverageWords } from '../coverage-words.ts'
import { formatCount, plural } from '../figures.ts'
import { groupBy } from '../group-by.ts'
import { type Markup, markup } from '../markup.ts'
import {
  conformanceOutcome,
  expectedCount,
  isFinding,
  ranCount,
  sectionOf,
  staleSentences,
  targetName,
  unexpectedCount,
  VERDICTS,
  verdictNoun,
} from '../outcome.ts'
import { caseDetails, caseGroup } from './cases.ts'
import { coverage } from './coverage.ts'
import { manifestDetails } from './manifest.ts'

/** Verdicts as bars and legends tell them: from good to bad, what did not run last. */
const BAR_ORDER: readonly Verdict[] = ['pass', 'notice', 'warn', 'flaky', 'fail', 'harness_error', 'skip']

type Counts = Readonly<Record<Verdict, number>>

/** The verdict over a run, with its totals. */
export function conformanceHeadline(result: ConformanceResult): Markup {
  const { summary } = result
  return markup`<h2>Conformance</h2>
<p class="verdict">${headlineWords(result)}</p>
${bar(summary)}
<ul class="legend">${BAR_ORDER.filter((verdict) => summary[verdict] > 0).map(
    (verdict) =>
      markup`<li><i class="v-${verdict}"></i><b>${formatCount(summary[verdict])}</b> ${verdictNoun(verdict, summary[verdict])}</li>`,
  )}</ul>
${staleList(result)}<p class="muted">${coverageWords(result)}</p>`
}

/** What fails the run though no case does. */
function staleList(result: ConformanceResult): Markup | undefined {
  const stale = staleSentences(result)
  if (stale.length === 0) return undefined
  return markup`<ul class="reasons">${stale.map((sentence) => markup`<li>${sentence}</li>`)}</ul>
`
}

function headlineWords(result: ConformanceResult): string {
  const { summary } = result
  const ran = ranCount(result)
  const unexpected = unexpectedCount(result)
  const expected = expectedCount(result)
  const broken = `${formatCount(unexpected)} of ${plural(ran, 'case')} did not hold`
  switch (conformanceOutcome(result)) {
    case 'pass':
      if (expected > 0) return `Nothing was broken in ${plural(ran, 'case')} but the ${formatCount(expected)} expected`
      return summary.pass === ran
        ? `${formatCount(ran)} of ${plural(ran, 'case')} held`
        : `No MUST was broken in ${plural(ran, 'case')}`
    case 'fail':
      return unexpected === 0 ? 'The baseline is stale' : broken
    case 'error':
      return unexpected === 0 ? 'The harness itself is at fault' : `${broken}, and the harness is at fault`
    case 'none':
      return 'Nothing ran'
  }
}

/** Everything of a run: what needs a look first, then the rest by section. */
export function conformanceSection(result: ConformanceResult, anchor: string): Markup {
  const findings = VERDICTS.flatMap((verdict) =>
    result.cases.filter((one) => one.verdict === verdict && isFinding(one)),
  )
  const calm = result.cases.filter((one) => !isFinding(one))
  const texts = new Map(result.requirements.map(({ id, text }) => [id, text]))
  const show = (one: CaseResult, isOpen: boolean) => caseDetails(one, { anchor, texts, isOpen })
  // What fails opens by itself, unless so much fails that the page would be a wall.
  const isOpen = ({ verdict }: CaseResult) => findings.length <= 20 && verdict !== 'notice' && verdict !== 'warn'
  return markup`<section class="half" id="${anchor}">
<h2>Conformance in detail: ${targetName(result)}</h2>
${manifestDetails(result)}
${sectionTable(result, anchor)}
<div class="cases">
<h3>Cases</h3>
${filterForm(result)}
${findings.length > 0 ? caseGroup({ title: 'Needs a look', isOpen: true, cases: findings.map((one) => show(one, isOpen(one))) }) : undefined}
${bySection(calm).map(([key, cases]) =>
  caseGroup({
    anchor: `${anchor}-section-${key}`,
    title: key.replace('.', ' · '),
    isOpen: false,
    cases: cases.map((one) => show(one, false)),
  }),
)}
<p class="nothing" hidden>No case matches the filter.</p>
</div>
${coverage(result, anchor)}
</section>
`
}

/** Cases by pack and section, both in the order in which they first appear. */
function bySection(cases: readonly CaseResult[]): readonly (readonly [key: string, members: readonly CaseResult[]])[] {
  return groupBy(cases, (one) => `${one.pack}.${sectionOf(one)}`)
}

function sectionTable({ cases }: ConformanceResult, anchor: string): Markup {
  const rows = bySection(cases).map(([key, members]) => {
    const counts = countVerdicts(members)
    const said = BAR_ORDER.filter((verdict) => counts[verdict] > 0)
    return markup`<tr><th scope="row">${members.some((one) => !isFinding(one)) ? markup`<a href="#${anchor}-section-${key}">${key.replace('.', ' · ')}</a>` : key.replace('.', ' · ')}</th>
<td class="wide">${bar(counts)}</td><td>${said.map((verdict) => markup`<span class="count t-${verdict}">${formatCount(counts[verdict])} ${verdictNoun(verdict, counts[verdict])}</span> `)}</td></tr>
`
  })
  return markup`<h3>By section</h3>
<div class="scroll"><table class="sections"><tbody>${rows}</tbody></table></div>
`
}

function filterForm({ summary }: ConformanceResult): Markup {
  const chips = VERDICTS.filter((verdict) => summary[verdict] > 0).map(
    (verdict) =>
      markup`<label class="chip t-${verdict}"><input type="checkbox" value="${verdict}"> ${formatCount(summary[verdict])} ${verdictNoun(verdict, summary[verdict])}</label>`,
  )
  return markup`<form class="filter" hidden>
<input type="search" placeholder="Filter by any text: an id, a requirement, a payload" aria-label="Filter cases by text">
<span class="chips">${chips}</span>
</form>`
}

function countVerdicts(cases: readonly CaseResult[]): Counts {
  const count = (verdict: Verdict) => cases.filter((one) => one.verdict === verdict).length
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict, count(verdict)])) as Record<Verdict, number>
}

function bar(counts: Counts): Markup {
  const said = BAR_ORDER.filter((verdict) => counts[verdict] > 0)
  const label = said.map((verdict) => `${counts[verdict]} ${verdictNoun(verdict, counts[verdict])}`).join(', ')
  return markup`<div class="bar" role="img" aria-label="${label}">${said.map(
    (verdict) => markup`<i class="v-${verdict}" style="flex-grow:${counts[verdict]}"></i>`,
  )}</div>`
}
