/** The load half of the page: verdict, figures, ledger, thresholds, plots. */
import type { LoadResult } from '../../schemas/generated/results.ts'
import { fitText } from '../connection-fit.ts'
import { formatBytes, formatCount, formatLatency, plural } from '../figures.ts'
import { type Markup, markup } from '../markup.ts'
import { INTEGRITY, loadOutcome } from '../outcome.ts'
import { refereeText } from '../referee-text.ts'
import { isJudged, missed } from '../threshold.ts'
import { workloadBrief, workloadParts } from '../workload-words.ts'
import { distributionPlot } from './distribution-plot.ts'
import { checksTable, latencyTable, ledgerTable, publishesTable, thresholdTable, troublesTable } from './load-tables.ts'
import { manifestDetails } from './manifest.ts'
import { timePlots } from './time-plots.ts'

/** The verdict over a run; an INVALID one gives its reasons in place of figures. */
export function loadHeadline(result: LoadResult): Markup {
  const { validity, ledger, integrity, workload, latency } = result
  const reasons = validity.reasons.map((reason) => markup`<li>${reason}</li>`)
  const counts = { ...ledger, ...integrity }
  const told = [...(['lost', 'duplicate', 'reordered'] as const), ...INTEGRITY.filter((entry) => counts[entry] > 0)]
  const faults = told.map(
    (entry) =>
      markup`<b class="${counts[entry] > 0 ? 't-fail' : 'none'}">${formatCount(counts[entry])} ${entry.replaceAll('_', ' ')}</b>`,
  )
  return markup`<h2>Load: ${result.scenario}</h2>
<p class="verdict">${headlineWords(result)}</p>
${validity.verdict === 'invalid' ? undefined : figures(latency.delivery)}
${validity.verdict === 'suspect' ? markup`<p class="t-warn"><b>SUSPECT:</b> the figures may be the generator’s</p>` : undefined}
${reasons.length > 0 ? markup`<ul class="reasons">${reasons}</ul>` : undefined}
<p class="ledger">${formatCount(ledger.delivered)} of ${formatCount(ledger.expected)} deliveries, ${faults.flatMap((fault, i) => (i === 0 ? [fault] : [', ', fault]))}</p>
<p class="muted">${workloadBrief(workload)}</p>`
}

function headlineWords(result: LoadResult): string {
  const judged = result.thresholds.filter((threshold) => isJudged(result, threshold))
  switch (loadOutcome(result)) {
    case 'error':
      return 'INVALID: the generator, not the server, was measured'
    case 'pass':
      return `${formatCount(judged.length)} of ${plural(judged.length, 'threshold')} held`
    default:
      return `${formatCount(missed(result).length)} of ${plural(judged.length, 'threshold')} missed`
  }
}

function figures(delivery: LoadResult['latency'][string] | undefined): Markup | undefined {
  if (delivery === undefined || delivery.count === 0) return undefined
  const shown = { p50: delivery.p50, p99: delivery.p99, 'p99.9': delivery.p99_9, max: delivery.max }
  return markup`<p class="muted">Delivery latency, from the intended send time to the arrival</p>
<dl class="figures">${Object.entries(shown).map(
    ([name, ms]) => markup`<div><dt>${name}</dt><dd>${formatLatency(ms)}</dd></div>`,
  )}</dl>`
}

/** Everything of a run. The latencies of an INVALID one are folded away: they describe the generator. */
export function loadSection(result: LoadResult, anchor: string): Markup {
  const isInvalid = result.validity.verdict === 'invalid'
  const latencies = markup`${latencyTable(result)}${refereeRow(result)}
<h3>Latency distribution</h3>
${distributionPlot(result)}`
  return markup`<section class="half" id="${anchor}">
<h2>Load in detail: ${result.scenario}</h2>
${manifestDetails(result)}
<p>${workloadParts(result).join(' · ')}</p>
<div class="columns">
<div><h3>Delivery ledger</h3>${ledgerTable(result)}</div>
<div><h3>Thresholds</h3>${thresholdTable(result)}</div>
<div><h3>Messages and connections</h3>${publishesTable(result)}${serverFigures(result)}</div>
</div>
${checksTable(result)}${troublesTable(result)}
${isInvalid ? markup`<details class="coverage"><summary>Latencies of this INVALID run: they describe the generator, not the server</summary>${latencies}</details>` : latencies}
<h3>Over time</h3>
${isInvalid ? markup`<p class="t-warn">The run is INVALID: read these for what overloaded the generator, not as the server’s latencies.</p>` : undefined}
${timePlots(result) ?? markup`<p class="muted">The run has no figures by the second.</p>`}
</section>
`
}

function refereeRow({ referee }: LoadResult): Markup | undefined {
  if (referee === undefined) return undefined
  return markup`
<p${referee.agrees ? undefined : markup` class="t-warn"`}>Referee, a second receiver of the same messages: ${refereeText(referee)}</p>`
}

function serverFigures({ server }: LoadResult): Markup | undefined {
  if (server === undefined) return undefined
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ['Programs', server.programs?.join(', ')],
    ['RSS', bytesOf(server.rss_bytes)],
    ['PSS', bytesOf(server.pss_bytes)],
    ['Heap', bytesOf(server.heap_bytes)],
    ['TCP buffers of the machine', bytesOf(server.kernel_socket_bytes)],
    ['Unsent in the kernel', bytesOf(server.unsent_bytes)],
    [
      'Memory a connection',
      server.bytes_per_connection === undefined
        ? undefined
        : `${formatBytes(server.bytes_per_connection)}${fitText(server.connection_fit)}`,
    ],
    [
      'CPU a delivery',
      server.cpu_us_per_delivery === undefined ? undefined : `${formatCount(server.cpu_us_per_delivery)} µs`,
    ],
    [
      'Event loop delay',
      server.event_loop_delay_ms === undefined ? undefined : formatLatency(server.event_loop_delay_ms),
    ],
  ]
  const known = rows.filter(([, value]) => value !== undefined)
  if (known.length === 0) return undefined
  return markup`<h3>Cost to the server</h3><table class="numbers"><tbody>${known.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`
}

const bytesOf = (bytes: number | undefined) => (bytes === undefined ? undefined : formatBytes(bytes))
