/** A capacity search on a terminal and in Markdown: its answer first, with what makes it sure. */
import type { SearchProbe, SearchResult } from '../schemas/generated/results.ts'
import { formatCount, formatDuration, plural } from './figures.ts'
import { code, table, text } from './markdown-text.ts'
import { targetName } from './outcome.ts'
import { printable } from './printable.ts'

const WORDS = { held: 'held', broke: 'broke', unjudged: 'not judged' } as const

/** What is counted: of connections those that listen, where some do. */
function unitOf({ knob, scenario }: Pick<SearchResult, 'knob' | 'scenario'>): string {
  if (knob === 'rate') return 'messages/s'
  return scenario === 'connections' ? 'connections' : 'subscribers'
}

/** The answer in a sentence or two. */
export function answerText({ answer, resolution, partial, ...of }: SearchResult): string {
  const { outcome, value, holds, runs, beyond } = answer
  const amount = (value: number) => `${formatCount(value)} ${unitOf(of)}`
  const because = beyond?.why === undefined ? '' : `: ${beyond.why}`
  if (outcome === 'none') {
    if (beyond === undefined) return 'The search was interrupted before anything held.'
    const verdict = beyond.outcome === 'broke' ? 'the server did not hold' : 'no run could be judged'
    return `Nothing held: even at ${amount(beyond.value)} ${verdict}${because}.`
  }
  const held = `${amount(value)}, which held in ${formatCount(holds)} of ${plural(runs, 'run')}`
  if (outcome === 'found')
    return `${held}. At ${amount(beyond?.value ?? value)} the server did not hold${because}. (Closed in to ${formatCount(resolution * 100)} %.)`
  if (partial) return `At least ${held}; the search was interrupted.`
  if (beyond === undefined) return `At least ${held}; the search goes no further.`
  if (beyond.outcome === 'broke')
    return `At least ${held}. At ${amount(beyond.value)} the server was gone, and the search ended there${because}.`
  return `At least ${held}. At ${amount(beyond.value)} no run could be judged, so the generator was the limit${because}.`
}

export function renderSearch(result: SearchResult): string {
  const { scenario, probes, duration_ms } = result
  const width = Math.max(0, ...probes.map(({ value }) => formatCount(value).length))
  const lines = probes.map((probe) => `  ${formatCount(probe.value).padStart(width)}  ${probeText(probe)}`)
  return `${[
    `search for the ${result.knob} of ${scenario} on ${printable(targetName(result))}, with ${sloText(result)}`,
    ...lines,
    printable(answerText(result)),
    `${plural(probes.length, 'run')} in ${formatDuration(duration_ms)}`,
  ].join('\n')}\n`
}

export function renderSearchMarkdown(result: SearchResult): string {
  const { scenario, knob, probes } = result
  const rows = probes.map(({ value, outcome, why = '' }) => [formatCount(value), WORDS[outcome], text(why)])
  return `${[
    `## Capacity of ${text(targetName(result))}: ${knob} of ${text(scenario)}`,
    `**${text(answerText(result))}**`,
    `SLO: ${text(sloText(result))}`,
    table([unitOf(result), '', 'Why'], rows),
    `Replay: ${code(result.manifest.command)}`,
  ].join('\n\n')}\n`
}

/** A probe in a few words, for progress as well. */
export function probeText({ outcome, why }: SearchProbe): string {
  return why === undefined ? WORDS[outcome] : `${WORDS[outcome]}: ${printable(why)}`
}

function sloText({ slo }: SearchResult): string {
  return Object.entries(slo)
    .map(([name, limit]) => `${name} of at most ${formatCount(limit)}${name.includes('.') ? ' ms' : ''}`)
    .join(' and ')
}
