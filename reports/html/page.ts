/** One self-contained page from any number of results: no network, and readable without scripts. */
import type { ConformanceResult, LoadResult, Result } from '../../schemas/generated/results.ts'
import { formatDuration, formatInstant } from '../figures.ts'
import { type Markup, markup, trusted } from '../markup.ts'
import { conformanceOutcome, loadOutcome, targetName } from '../outcome.ts'
import { conformanceHeadline, conformanceSection } from './conformance.ts'
import { loadHeadline, loadSection } from './load.ts'
import { matrixSection } from './matrix.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

/** Renders results as one HTML document: a headline for each, several of conformance side by side, then each in full. */
export function renderHtml(results: readonly Result[]): string {
  const conformance = results.filter((result): result is ConformanceResult => 'cases' in result)
  const load = results.filter((result): result is LoadResult => 'ledger' in result)
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title(conformance, load)}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header class="top"><h1>Shakedown <span>report</span></h1><p>${[...new Set(results.map(targetName))].join(' · ')}</p></header>
<main>
<div class="headlines">
${conformance.map((result, i) => headline(result, `conformance-${i}`, conformanceHeadline(result)))}
${load.map((result, i) => headline(result, `load-${i}`, loadHeadline(result)))}
</div>
${conformance.length > 1 ? matrixSection(conformance) : undefined}
${conformance.map((result, i) => conformanceSection(result, `conformance-${i}`))}
${load.map((result, i) => loadSection(result, `load-${i}`))}
</main>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`.source
}

function title(conformance: readonly ConformanceResult[], load: readonly LoadResult[]): string {
  const outcomes = [...conformance.map(conformanceOutcome), ...load.map(loadOutcome)]
  const word = outcomes.every((outcome) => outcome === 'pass') ? 'holds' : 'needs attention'
  return `Shakedown report: ${word}`
}

function headline(result: Result, anchor: string, body: Markup): Markup {
  const outcome = 'cases' in result ? conformanceOutcome(result) : loadOutcome(result)
  return markup`<section class="headline ${outcome}">
${body}
${result.partial ? markup`<p class="partial">Partial: the run was interrupted, so this is only what ran until then.</p>` : undefined}
<p class="where"><b>${targetName(result)}</b> <code>${result.target.urls.join(' ')}</code><br>
<time datetime="${result.started_at}">${formatInstant(result.started_at)}</time>, took ${formatDuration(result.duration_ms)} · <a href="#${anchor}">details</a></p>
</section>
`
}
