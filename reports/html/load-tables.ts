/** The tables of a load run. */
import type { LoadResult, Threshold } from '../../schemas/generated/results.ts'
import { formatCount, formatLatency } from '../figures.ts'
import { type Markup, markup } from '../markup.ts'
import { INTEGRITY, LEDGER } from '../outcome.ts'
import { isJudged, limitText, valueText } from '../threshold.ts'

/** What each entry of the ledger counts, per subscription and summed. */
const MEANING = {
  expected: 'accepted messages × subscriptions',
  delivered: 'distinct ones that arrived',
  lost: 'never arrived',
  duplicate: 'arrived again',
  reordered: 'arrived behind a later one',
  late: 'arrived after the deadline',
  unexpected: 'nobody was to get them',
  malformed: 'frames that break chat.v1, or are not as they were sent',
  misnumbered: 'a seq that was taken, or left out for no reason',
  out_of_sender_order: 'numbered in another order than they were sent',
} as const

/** The delivery ledger, and what is counted beside it; what no server should do stands out where it happened. */
export function ledgerTable({ ledger, integrity }: LoadResult): Markup {
  const counts = { ...ledger, ...integrity }
  const rows = [...LEDGER, ...INTEGRITY].map((entry) => {
    const isFault = entry !== 'expected' && entry !== 'delivered' && counts[entry] > 0
    return markup`<tr${isFault ? markup` class="fault"` : undefined}><th scope="row">${entry.replaceAll('_', ' ')}<small>${MEANING[entry]}</small></th><td>${formatCount(counts[entry])}</td></tr>`
  })
  return markup`<table class="numbers"><tbody>${rows}</tbody></table>`
}

/** Each threshold with its value and its limit. */
export function thresholdTable(result: LoadResult): Markup {
  if (result.thresholds.length === 0) return markup`<p class="muted">None were set.</p>`
  const rows = result.thresholds.map((threshold) => {
    const isMissed = isJudged(result, threshold) && !threshold.pass
    return markup`<tr${isMissed ? markup` class="fault"` : undefined}><td>${mark(result, threshold)}</td><th scope="row">${threshold.name}</th><td>${valueText(result, threshold)}</td><td>${limitText(threshold)}</td></tr>`
  })
  return markup`<table class="numbers"><thead><tr><td></td><th scope="col">figure</th><th scope="col">value</th><th scope="col">at most</th></tr></thead><tbody>${rows}</tbody></table>`
}

function mark(result: LoadResult, threshold: Threshold): Markup {
  if (!isJudged(result, threshold)) return markup`<span class="muted" title="not judged: the run is INVALID">–</span>`
  return threshold.pass
    ? markup`<span class="t-pass" title="held">✓</span>`
    : markup`<span class="t-fail" title="missed">✗</span>`
}

/** What became of messages and connections. */
export function publishesTable({ publishes, connections }: LoadResult): Markup {
  const faults = new Set(['refused', 'unanswered', 'failed', 'dropped'])
  const rows = Object.entries({ ...publishes, ...connections }).map(
    ([name, value]) =>
      markup`<tr${faults.has(name) && value > 0 ? markup` class="fault"` : undefined}><th scope="row">${name in publishes ? 'messages' : 'connections'} ${name}</th><td>${formatCount(value)}</td></tr>`,
  )
  return markup`<table class="numbers"><tbody>${rows}</tbody></table>`
}

/** What the scenario verified beside the ledger, with a few of the broken ones; nothing where it verified nothing. */
export function checksTable({ checks = [] }: LoadResult): Markup | undefined {
  if (checks.length === 0) return undefined
  const rows = checks.map(({ name, what, judged, broken, examples }) => {
    const isFault = broken > 0 || judged === 0
    const told = [what, ...examples].map((sentence) => markup`<small>${sentence}</small>`)
    return markup`<tr${isFault ? markup` class="fault"` : undefined}><th scope="row">${name.replaceAll('_', ' ')}${told}</th><td>${formatCount(judged)}</td><td>${formatCount(broken)}</td></tr>`
  })
  return markup`<h3>Checks</h3><table class="numbers"><thead><tr><td></td><th scope="col">judged</th><th scope="col">broken</th></tr></thead><tbody>${rows}</tbody></table>`
}

/** What went wrong, the most frequent first; nothing where nothing did. */
export function troublesTable({ troubles = [] }: LoadResult): Markup | undefined {
  if (troubles.length === 0) return undefined
  const rows = troubles.map(
    ({ what, count }) => markup`<tr class="fault"><th scope="row">${what}</th><td>${formatCount(count)}</td></tr>`,
  )
  return markup`<h3>What went wrong</h3><table class="numbers"><tbody>${rows}</tbody></table>`
}

const COLUMNS = ['min', 'mean', 'p50', 'p90', 'p99', 'p99_9', 'max'] as const

/** What each latency spans, as the result schema defines it. */
const SPANS: Readonly<Record<string, string>> = {
  delivery: 'intended send time → arrival',
  publish_delay: 'how late the generator sent',
  ack: 'send → ok',
  connect: 'connect → welcome',
  upgrade: 'connect → upgraded',
  connect_delay: 'how late the generator connected',
  close: 'close → the server’s close',
  mute_close: 'silent → closed with 4301',
  pulse: 'how late the generator’s timers came',
  queue: 'arrival → handler, inside the generator',
}

/** Every latency with its percentiles. */
export function latencyTable({ latency }: LoadResult): Markup {
  const rows = Object.entries(latency).map(
    ([name, figures]) =>
      markup`<tr><th scope="row">${name.replaceAll('_', ' ')}<small>${SPANS[name]}</small></th><td>${formatCount(figures.count)}</td>${COLUMNS.map((column) => markup`<td>${formatLatency(figures[column])}</td>`)}</tr>`,
  )
  return markup`<h3>Latencies</h3>
<div class="scroll"><table class="numbers"><thead><tr><th></th><th scope="col">count</th>${COLUMNS.map((column) => markup`<th scope="col">${column.replace('_', '.')}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`
}
