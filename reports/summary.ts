/** A result on a terminal: what is wrong first, then one line of totals. */
import type {
  CaseResult,
  ConformanceResult,
  LoadResult,
  Result,
  Threshold,
  TranscriptEntry,
} from '../schemas/generated/results.ts'
import { fitText } from './connection-fit.ts'
import { formatBytes, formatCount, formatDuration, formatLatency, plural } from './figures.ts'
import {
  brokenBy,
  expectedCount,
  isFinding,
  LEDGER,
  loadOutcome,
  ranCount,
  staleSentences,
  targetName,
  VERDICTS,
  verdictNoun,
  verdictWord,
} from './outcome.ts'
import { printable } from './printable.ts'
import { refereeText } from './referee-text.ts'
import { skipReasons } from './skip-reasons.ts'
import { isJudged, limitText, missed, valueText } from './threshold.ts'
import { transcriptTail } from './transcript.ts'

/** Select Graphic Rendition parameters of ECMA-48. */
const COLORS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const

/** Wraps a text in a colour, or leaves it as it is. */
export type Paint = (color: keyof typeof COLORS, text: string) => string

export const VERDICT_COLORS: Readonly<Record<CaseResult['verdict'], keyof typeof COLORS>> = {
  pass: 'green',
  fail: 'red',
  warn: 'yellow',
  notice: 'dim',
  skip: 'dim',
  flaky: 'red',
  harness_error: 'red',
}

/** Renders a result as lines for a terminal; nothing that a server sent can steer it. */
export function renderSummary(result: Result, { color }: { readonly color: boolean }): string {
  const paint = painter(color)
  const lines = 'cases' in result ? conformanceLines(result, paint) : loadLines(result, paint)
  return `${lines.join('\n')}\n`
}

/** Paints where colour is wanted. */
export function painter(color: boolean): Paint {
  return (name, text) => (color ? `\u001b[${COLORS[name]}m${text}\u001b[0m` : text)
}

function conformanceLines(result: ConformanceResult, paint: Paint): readonly string[] {
  const texts = new Map(result.requirements.map(({ id, text }) => [id, text]))
  const findings = VERDICTS.flatMap((verdict) =>
    result.cases.filter((one) => one.verdict === verdict && isFinding(one)),
  )
  const stale = staleSentences(result).map((sentence) => `${paint('red', 'STALE')} ${printable(sentence)}`)
  return [
    ...findings.flatMap((one) => [...findingLines(one, texts, paint), '']),
    ...(stale.length === 0 ? [] : [...stale, '']),
    ...octetsHint(findings, paint),
    ...skipLines(result, paint),
    totals(result, paint),
  ]
}

/** The most frequent reasons say what was not tested; a terminal has little room. */
const REASONS_SHOWN = 5

function skipLines(result: ConformanceResult, paint: Paint): readonly string[] {
  const reasons = skipReasons(result)
  const shown = reasons
    .slice(0, REASONS_SHOWN)
    .map(({ reason, count }) => `${formatCount(count)} × ${indented(reason)}`)
  const more = reasons.length - shown.length
  return [...shown, ...(more > 0 ? [`for ${plural(more, 'other reason')}`] : [])].map(
    (line) => `${paint('dim', 'skipped')} ${line}`,
  )
}

function findingLines(one: CaseResult, texts: ReadonlyMap<string, string>, paint: Paint): readonly string[] {
  const word = verdictWord(one.verdict).toUpperCase()
  const row = (name: string, text: string) => `  ${paint('dim', name.padEnd(9))} ${indented(text)}`
  return [
    `${paint(VERDICT_COLORS[one.verdict], word)} ${paint('bold', printable(one.id))}`,
    ...brokenBy(one).map((id) => row(one.level.toUpperCase(), texts.get(id) ?? id)),
    ...(one.expected === undefined || one.verdict === 'flaky' ? [row('reason', one.reason ?? 'none given')] : []),
    ...(one.expected === undefined ? [] : [row('expected', one.expected)]),
    ...(one.actual === undefined ? [] : [row('actual', one.actual)]),
    row('replay', one.replay),
    ...transcriptLines(one),
  ]
}

/** A terminal has room for a transcript where its octets were asked for, as those of a case or two are. */
function transcriptLines({ transcript }: CaseResult): readonly string[] {
  if (!hasOctets(transcript)) return []
  const { left, lines } = transcriptTail(transcript)
  return [...(left > 0 ? [`  … ${formatCount(left)} before`] : []), ...lines.map((line) => `  ${printable(line)}`)]
}

const OF_FRAMES: readonly CaseResult['pack'][] = ['wire', 'deflate', 'fuzz']

/** What octets tell is told by nothing else where frames themselves are tested. */
function octetsHint(findings: readonly CaseResult[], paint: Paint): readonly string[] {
  const isAsked = findings.some(({ transcript }) => hasOctets(transcript))
  const areFrames = findings.some(({ pack, transcript }) => OF_FRAMES.includes(pack) && transcript.length > 0)
  return areFrames && !isAsked
    ? [paint('dim', 'A replay with --octets shows each frame as it stood on the wire.'), '']
    : []
}

const hasOctets = (entries: readonly TranscriptEntry[]) => entries.some(({ octets }) => octets !== undefined)

/** A run in one line. */
export function totals(result: ConformanceResult, paint: Paint): string {
  const counts = ['pass' as const, ...VERDICTS.filter((verdict) => verdict !== 'pass')]
    .filter((verdict) => verdict === 'pass' || result.summary[verdict] > 0)
    .map((verdict) =>
      paint(
        VERDICT_COLORS[verdict],
        `${formatCount(result.summary[verdict])} ${verdictNoun(verdict, result.summary[verdict])}`,
      ),
    )
  const expected = expectedCount(result)
  if (expected > 0) counts.push(`${formatCount(expected)} of these expected by the baseline`)
  const head = `${paint('bold', 'conformance')} of ${printable(targetName(result))}: ${counts.join(', ')}`
  return `${head}; ${plural(ranCount(result), 'case')} in ${formatDuration(result.duration_ms)}${interrupted(result, paint)}`
}

/** The most frequent ones say what is wrong; a terminal has little room. */
const TROUBLES_SHOWN = 5

function loadLines(result: LoadResult, paint: Paint): readonly string[] {
  const { validity, scenario } = result
  const isValid = validity.verdict !== 'invalid'
  const verdict = paint(
    { valid: 'green', suspect: 'yellow', invalid: 'red' }[validity.verdict] as 'red',
    validity.verdict.toUpperCase(),
  )
  return [
    `${paint('bold', `load ${scenario}`)} on ${printable(targetName(result))}: ${verdict}${interrupted(result, paint)}`,
    ...validity.reasons.map((reason) => `  ${indented(reason)}`),
    `  ${ledgerLine(result, paint)}`,
    `  ${paint('dim', 'connections')} ${formatCount(result.connections.ready)} of ${formatCount(result.connections.planned)} ready`,
    ...checkLines(result, paint),
    ...troubleLines(result, paint),
    ...(isValid ? [...latencyLines(result, paint), ...refereeLines(result, paint)] : []),
    ...serverLines(result, paint),
    ...result.thresholds.map((threshold) => `  ${thresholdLine(result, threshold, paint)}`),
    totalLine(result, paint),
  ]
}

function ledgerLine({ ledger }: LoadResult, paint: Paint): string {
  return LEDGER.map((entry) => {
    const text = `${formatCount(ledger[entry])} ${entry}`
    return entry === 'expected' || entry === 'delivered' || ledger[entry] === 0 ? text : paint('red', text)
  }).join(', ')
}

/** Those that did not hold, with their examples; the thresholds tell of the others. */
function checkLines({ checks = [] }: LoadResult, paint: Paint): readonly string[] {
  const faulty = checks.filter(({ judged, broken }) => broken > 0 || judged === 0)
  return faulty.flatMap(({ name, what, judged, broken, examples }) => [
    `  ${paint('red', printable(name))} ${formatCount(broken)} of ${formatCount(judged)} broken: ${indented(what)}`,
    ...examples.map((example) => `    ${indented(example)}`),
  ])
}

function troubleLines({ troubles = [] }: LoadResult, paint: Paint): readonly string[] {
  const shown = troubles.slice(0, TROUBLES_SHOWN).map(({ what, count }) => `${formatCount(count)} × ${indented(what)}`)
  const more = troubles.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${plural(more, 'other kind')}`] : [])].map(
    (line) => `  ${paint('yellow', 'trouble')} ${line}`,
  )
}

function latencyLines({ latency }: LoadResult, paint: Paint): readonly string[] {
  const columns = ['p50', 'p90', 'p99', 'p99_9', 'max'] as const
  const width = Math.max(...Object.keys(latency).map((name) => name.length), 7)
  const head = ['latency'.padEnd(width), ...columns.map((name) => name.replace('_', '.').padStart(10))].join('')
  const rows = Object.entries(latency).map(([name, figures]) =>
    [printable(name).padEnd(width), ...columns.map((column) => formatLatency(figures[column]).padStart(10))].join(''),
  )
  return [paint('dim', head), ...rows].map((line) => `  ${line}`)
}

function refereeLines({ referee }: LoadResult, paint: Paint): readonly string[] {
  return referee === undefined ? [] : [`  ${paint('dim', 'referee')} ${refereeText(referee)}`]
}

function serverLines({ server }: LoadResult, paint: Paint): readonly string[] {
  const parts = [
    server?.rss_bytes === undefined ? [] : [`RSS ${formatBytes(server.rss_bytes)}`],
    server?.pss_bytes === undefined ? [] : [`PSS ${formatBytes(server.pss_bytes)}`],
    server?.heap_bytes === undefined ? [] : [`heap ${formatBytes(server.heap_bytes)}`],
    server?.kernel_socket_bytes === undefined ? [] : [`TCP buffers ${formatBytes(server.kernel_socket_bytes)}`],
    server?.bytes_per_connection === undefined
      ? []
      : [`${formatBytes(server.bytes_per_connection)} a connection${fitText(server.connection_fit)}`],
    server?.cpu_us_per_delivery === undefined
      ? []
      : [`${formatCount(server.cpu_us_per_delivery)} µs of CPU a delivery`],
    server?.event_loop_delay_ms === undefined ? [] : [`event loop delay ${formatLatency(server.event_loop_delay_ms)}`],
  ].flat()
  return parts.length === 0 ? [] : [`  ${paint('dim', 'server')} ${parts.join(', ')}`]
}

function thresholdLine(result: LoadResult, threshold: Threshold, paint: Paint): string {
  const { name, pass } = threshold
  const mark = !isJudged(result, threshold) ? paint('dim', '-') : pass ? paint('green', '✓') : paint('red', '✗')
  return `${mark} ${printable(name)} ${valueText(result, threshold)} (at most ${limitText(threshold)})`
}

function totalLine(result: LoadResult, paint: Paint): string {
  const held = result.thresholds.length - missed(result).length
  const took = `; ${formatDuration(result.duration_ms)}`
  const kept = `${formatCount(held)} of ${plural(result.thresholds.length, 'threshold')} held`
  switch (loadOutcome(result)) {
    case 'error':
      return `${paint('red', 'INVALID: the generator, not the server, was measured')}${took}`
    case 'pass':
      return `${paint('green', kept)}${took}`
    default:
      return `${paint('red', kept)}${took}`
  }
}

function interrupted({ partial }: Result, paint: Paint): string {
  return partial ? paint('yellow', ' (partial: the run was interrupted)') : ''
}

function indented(text: string): string {
  return printable(text).replaceAll('\n', `\n${' '.repeat(12)}`)
}
