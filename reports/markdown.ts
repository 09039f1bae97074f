/** GitHub-flavoured Markdown for a CI job's summary. */
import type { CaseResult, ConformanceResult, LoadResult, Result } from '../schemas/generated/results.ts'
import { coverageWords } from './coverage-words.ts'
import { formatCount, formatDuration, formatLatency } from './figures.ts'
import { code, fenced, fold, table, text } from './markdown-text.ts'
import { escapeMarkup } from './markup.ts'
import { MARKS, type Matrix, type MatrixRow, matrixOf } from './matrix.ts'
import {
  conformanceOutcome,
  excuseOf,
  heldRequirements,
  isFinding,
  LEDGER,
  loadOutcome,
  type Outcome,
  staleSentences,
  targetName,
  VERDICTS,
  verdictNoun,
  verdictWord,
} from './outcome.ts'
import { skipReasons } from './skip-reasons.ts'
import { isJudged, limitText, valueText } from './threshold.ts'
import { transcriptTail } from './transcript.ts'

const OUTCOMES: Readonly<Record<Outcome, string>> = { pass: '✅', fail: '❌', error: '⚠️', none: '⚪' }

/** A job's summary may hold 1 MiB on GitHub; evidence beyond this many cases is left to the other reports. */
const MOST_FINDINGS = 50

/** Renders results as one document: the matrix first where there are several of conformance, then each result. */
export function renderMarkdown(results: readonly Result[]): string {
  const conformance = results.filter((result): result is ConformanceResult => 'cases' in result)
  const load = results.filter((result): result is LoadResult => 'ledger' in result)
  const parts = [
    ...(conformance.length > 1 ? matrixParts(matrixOf(conformance)) : []),
    ...conformance.flatMap(conformanceParts),
    ...load.flatMap(loadParts),
  ]
  return `${parts.join('\n\n')}\n`
}

function conformanceParts(result: ConformanceResult): readonly string[] {
  const { summary } = result
  const counts = VERDICTS.filter((verdict) => summary[verdict] > 0).reverse()
  const findings = VERDICTS.flatMap((verdict) =>
    result.cases.filter((one) => one.verdict === verdict && isFinding(one)),
  )
  const left = findings.length - MOST_FINDINGS
  return [
    `## ${OUTCOMES[conformanceOutcome(result)]} Conformance of ${text(targetName(result))}`,
    ...partialNote(result),
    table(
      counts.map((verdict) => verdictNoun(verdict, summary[verdict])),
      [counts.map((verdict) => formatCount(summary[verdict]))],
    ),
    `${heldWords(result)}; ${coverageWords(result)}. Took ${formatDuration(result.duration_ms)}.`,
    ...staleSentences(result).map((sentence) => `❌ ${text(sentence)}`),
    ...findings.slice(0, MOST_FINDINGS).map(findingFold),
    ...(left > 0 ? [`${formatCount(left)} more are in the full report.`] : []),
    ...expectedFold(result),
    ...skippedFold(result),
  ]
}

/** What the baseline expects, and why. */
function expectedFold({ cases }: ConformanceResult): readonly string[] {
  const rows = cases.flatMap((one) => {
    const excuse = excuseOf(one)
    return excuse === undefined ? [] : [[code(one.id), verdictWord(one.verdict), text(excuse)]]
  })
  return rows.length === 0 ? [] : [fold(`Expected by the baseline: ${rows.length}`, table(['Case', '', 'Why'], rows))]
}

/** What was not tested, and why. */
function skippedFold(result: ConformanceResult): readonly string[] {
  const rows = skipReasons(result).map(({ reason, count }) => [formatCount(count), text(reason)])
  return rows.length === 0 ? [] : [fold(`Skipped: ${formatCount(result.summary.skip)}`, table(['Cases', 'Why'], rows))]
}

function heldWords(result: ConformanceResult): string {
  const { held, total } = heldRequirements(result, 'must')
  return `**${formatCount(held)} of ${formatCount(total)} MUST** held`
}

function findingFold(one: CaseResult): string {
  const { verdict, id, title, level, broken, reason = verdict, expected, actual, replay, transcript } = one
  const { left, lines } = transcriptTail(transcript)
  const rows = [
    ...(broken === undefined ? [] : [['Breaks', broken.map(code).join(' ')]]),
    ...(expected === undefined || verdict === 'flaky' ? [['Reason', text(reason)]] : []),
    ...(expected === undefined ? [] : [['Expected', code(expected)]]),
    ...(actual === undefined ? [] : [['Actual', code(actual)]]),
    ['Replay', code(replay)],
  ]
  const body = [
    table(['', level.toUpperCase()], rows),
    ...(lines.length === 0 ? [] : [`Transcript${left > 0 ? ', its end' : ''}:`, fenced(lines)]),
  ]
  return fold(`<b>${verdictWord(verdict).toUpperCase()}</b> ${inSummary(id)}: ${inSummary(title)}`, body.join('\n\n'))
}

/** The line of a `<summary>` is HTML, in which a backslash escapes nothing. */
function inSummary(value: string): string {
  return escapeMarkup(value).replace(/\s+/g, ' ').replaceAll('@', '&#64;')
}

function matrixParts(matrix: Matrix): readonly string[] {
  const { columns, results, rows } = matrix
  const names = columns.map(text)
  const differing = rows.filter(({ differs }) => differs)
  const totals = [
    ['MUST held', ...results.map((result) => heldCell(result, 'must'))],
    ['SHOULD held', ...results.map((result) => heldCell(result, 'should'))],
    ...VERDICTS.filter((verdict) => results.some(({ summary }) => summary[verdict] > 0))
      .reverse()
      .map((verdict) => [verdictNoun(verdict, 2), ...results.map(({ summary }) => formatCount(summary[verdict]))]),
  ]
  return [
    '## Implementations side by side',
    table(['', ...names], totals, true),
    `### ${differing.length === 0 ? 'No case differs' : 'Cases that differ'}`,
    ...(differing.length === 0 ? [] : [matrixTable(differing, names)]),
    fold('All cases', matrixTable(rows, names)),
  ]
}

function heldCell(result: ConformanceResult, level: 'must' | 'should'): string {
  const { held, total } = heldRequirements(result, level)
  return `${formatCount(held)} / ${formatCount(total)}`
}

function matrixTable(rows: readonly MatrixRow[], names: readonly string[]): string {
  return table(
    ['Case', ...names],
    rows.map(({ id, cells }) => [
      code(id),
      ...cells.map((cell) => (cell === undefined ? 'absent' : `${MARKS[cell.verdict]} ${verdictWord(cell.verdict)}`)),
    ]),
  )
}

function loadParts(result: LoadResult): readonly string[] {
  const { validity, ledger, latency, scenario } = result
  const percentiles = ['p50', 'p90', 'p99', 'p99_9', 'max'] as const
  const latencies = Object.entries(latency).map(([name, figures]) => [
    text(name),
    ...percentiles.map((column) => formatLatency(figures[column])),
  ])
  const thresholds = result.thresholds.map((threshold) => [
    `${!isJudged(result, threshold) ? '–' : threshold.pass ? '✅' : '❌'} ${text(threshold.name)}`,
    text(valueText(result, threshold)),
    text(limitText(threshold)),
  ])
  return [
    `## ${OUTCOMES[loadOutcome(result)]} Load ${text(scenario)} on ${text(targetName(result))}: ${validity.verdict.toUpperCase()}`,
    ...partialNote(result),
    ...(validity.reasons.length === 0 ? [] : [validity.reasons.map((reason) => `- ${text(reason)}`).join('\n')]),
    table(LEDGER, [LEDGER.map((entry) => formatCount(ledger[entry]))]),
    // The latencies of an INVALID run are the generator's.
    ...(validity.verdict === 'invalid' || latencies.length === 0
      ? []
      : [table(['Latency', ...percentiles.map((name) => name.replace('_', '.'))], latencies, true)]),
    ...(thresholds.length === 0 ? [] : [table(['Threshold', 'Value', 'At most'], thresholds, true)]),
    `Replay: ${code(result.manifest.command)}`,
  ]
}

function partialNote({ partial }: Result): readonly string[] {
  return partial ? ['**Partial:** the run was interrupted, so this is only what ran until then.'] : []
}
