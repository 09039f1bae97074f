/** A case as a fold: its verdict outside, its evidence within. */
import type { CaseResult, TranscriptEntry } from '../../schemas/generated/results.ts'
import { formatCount, formatDuration, plural } from '../figures.ts'
import { hexDump } from '../hex-dump.ts'
import { type Markup, markup } from '../markup.ts'
import { brokenBy, excuseOf, verdictWord } from '../outcome.ts'
import { ARROWS, describeEntry } from '../transcript.ts'
import { command } from './command.ts'
import { prose } from './prose.ts'

/** How much of a transcript is shown: characters of a payload, and entries of either end. The JSON result has it all. */
interface Extent {
  readonly payload: number
  readonly head: number
  readonly tail: number
}

const OF_FINDING: Extent = { payload: 1500, head: 60, tail: 40 }
/** Hundreds of passing cases have to fit into a page that opens at once. */
const OF_PASS: Extent = { payload: 400, head: 30, tail: 20 }

/** A fold of cases under one title. */
export function caseGroup(group: {
  readonly anchor?: string
  readonly title: string
  readonly isOpen: boolean
  readonly cases: readonly Markup[]
}): Markup {
  const id = group.anchor === undefined ? undefined : markup` id="${group.anchor}"`
  return markup`<details class="group"${id}${open(group.isOpen)}><summary>${group.title} <small>${plural(group.cases.length, 'case')}</small></summary>
${group.cases}</details>
`
}

/** One case; `anchor` is the stem of its element's id, `texts` the requirements' sentences by id. */
export function caseDetails(
  one: CaseResult,
  { anchor, texts, isOpen }: { anchor: string; texts: ReadonlyMap<string, string>; isOpen: boolean },
): Markup {
  return markup`<details class="case" id="${anchor}-case-${one.id}" data-verdict="${one.verdict}"${open(isOpen)}>
<summary><span class="badge t-${one.verdict}">${one.baseline === undefined ? '' : 'expected '}${verdictWord(one.verdict)}</span> <span class="title">${one.title}</span> <code class="id">${one.id}</code> <small>${one.verdict === 'skip' ? one.reason : formatDuration(one.duration_ms)}</small></summary>
<div class="evidence">
${brokenBy(one).map((id) => requirement(one, id, texts.get(id)))}${others(one)}
${finding(one)}
<p class="replay">${command(one.replay)}${(one.aliases ?? []).map((alias) => markup` <small class="alias">${alias}</small>`)}</p>
${transcript(one)}
</div>
</details>
`
}

/** What else the case checks, of which its finding says nothing. */
function others(one: CaseResult): Markup | undefined {
  const rest = one.requirements.filter((id) => !brokenBy(one).includes(id))
  if (rest.length === 0) return undefined
  return markup`<p class="muted">Not judged by this finding: ${rest.map((id) => markup`<code>${id}</code> `)}</p>`
}

function requirement(one: CaseResult, id: string, text: string | undefined): Markup {
  return markup`<blockquote><span class="level">${one.level.toUpperCase()}</span> ${prose(text ?? '')}${id === one.id ? undefined : markup` <code>${id}</code>`}</blockquote>`
}

function finding(one: CaseResult): Markup | undefined {
  const { verdict, reason, expected, actual } = one
  if (verdict === 'pass') return undefined
  const excuse = excuseOf(one)
  // The reason of a plain finding only joins what it expected and what it got.
  const isSaid = expected !== undefined && actual !== undefined && verdict !== 'flaky'
  const rows = [
    ...(isSaid || reason === undefined ? [] : [markup`<dt>Reason</dt><dd>${reason}</dd>`]),
    ...(expected === undefined ? [] : [markup`<dt>Expected</dt><dd class="expected">${expected}</dd>`]),
    ...(actual === undefined ? [] : [markup`<dt>Actual</dt><dd class="actual">${actual}</dd>`]),
    ...(excuse === undefined ? [] : [markup`<dt>Baseline</dt><dd>${excuse}</dd>`]),
  ]
  return markup`<dl class="finding">${rows}</dl>`
}

function transcript({ verdict, transcript: entries }: CaseResult): Markup | undefined {
  if (entries.length === 0) return undefined
  const extent = verdict === 'pass' ? OF_PASS : OF_FINDING
  const left = entries.length - extent.head - extent.tail
  const [head, tail] = left > 0 ? [entries.slice(0, extent.head), entries.slice(-extent.tail)] : [entries, []]
  return markup`<ol class="transcript" aria-label="Transcript">
${head.map((entry) => line(entry, extent))}${left > 0 ? markup`<li class="left">${formatCount(left)} more in the JSON result</li>\n` : undefined}${tail.map((entry) => line(entry, extent))}</ol>`
}

function line(entry: TranscriptEntry, { payload: longest }: Extent): Markup {
  const { time, connection, direction, what, flags, payload, said, withheld } = describeEntry(entry)
  const text = payload.trim()
  const cut = text.length > longest ? `${text.slice(0, longest)} …` : text
  return markup`<li class="${direction}"><time>${time}</time><b>${connection}</b><i>${ARROWS[direction]}</i><span>${what}${flags.map((flag) => markup` <em>${flag}</em>`)}</span>${payloadMarkup(cut, said)}${withheldMarkup(withheld)}${octetsMarkup(entry)}</li>
`
}

/** A payload; the head of a handshake shows its first line until it is asked for more. */
function payloadMarkup(text: string, said: string | undefined): Markup | undefined {
  if (text === '') return undefined
  if (said !== undefined) return markup`<code class="hex">${text} <span class="said">${said}</span></code>`
  const [first = '', ...rest] = text.split(/\r?\n/)
  return rest.length < 2
    ? markup`<code>${text}</code>`
    : markup`<details><summary><code>${first}</code></summary><code>${rest.join('\n')}</code></details>`
}

function withheldMarkup(why: string | undefined): Markup | undefined {
  return why === undefined ? undefined : markup`<small class="below">Not shown: ${why}</small>`
}

function octetsMarkup({ octets }: TranscriptEntry): Markup | undefined {
  if (octets === undefined) return undefined
  return markup`<details class="below"><summary>octets</summary><code>${hexDump(octets).join('\n')}</code></details>`
}

function open(isOpen: boolean): Markup | undefined {
  return isOpen ? markup` open` : undefined
}
