import t from 'tap'
import type { CaseResult, LoadResult, Result } from '../../schemas/generated/results.ts'
import { matchesGolden } from '../golden/matches-golden.ts'
import { HOSTILE, tagsOf, withStrings } from '../samples/hostile.ts'
import { conformanceSample, loadSample } from '../samples/sample.ts'
import { renderHtml } from './page.ts'

t.test('conformance and load stand on one page', async (t) => {
  matchesGolden(t, 'report.html', renderHtml([conformanceSample('conformance-failing'), loadSample('load-valid')]))
})

t.test('every tag but the void ones is closed, in order', async (t) => {
  for (const results of [
    [conformanceSample('conformance-failing'), loadSample('load-invalid')],
    [conformanceSample('conformance-passing'), loadSample('load-missed')],
    [conformanceSample('conformance-failing'), conformanceSample('conformance-passing')],
    [],
  ]) {
    t.same(unbalanced(renderHtml(results)), [])
  }
})

t.test('whatever strings a result holds, the page has the same tags', async (t) => {
  const results: readonly Result[] = [
    conformanceSample('conformance-failing'),
    conformanceSample('conformance-passing'),
    loadSample('load-missed'),
  ]
  const [calm, hostile] = ['calm', HOSTILE].map((text) => renderHtml(results.map((one) => withStrings(one, text))))
  if (calm === undefined || hostile === undefined) throw new Error('two pages were rendered')
  t.same(tagsOf(hostile), tagsOf(calm))
  t.notOk(hostile.includes('\u0000') || hostile.includes('\u202e'), 'no invisible character')
  t.equal(hostile.split('</script>').length, 2, 'one script, our own')
  t.equal(hostile.split('</style>').length, 2, 'one style sheet, our own')
})

t.test('several implementations stand side by side, what differs first', async (t) => {
  const page = renderHtml([conformanceSample('conformance-failing'), conformanceSample('conformance-passing')])
  matchesGolden(
    t,
    'matrix.html',
    page.slice(page.indexOf('<section class="half" id="matrix">'), page.indexOf('id="conformance-0"')),
  )
  t.notMatch(renderHtml([conformanceSample('conformance-failing')]), 'id="matrix"')
  const targets = [...page.matchAll(/href="#(conformance-[^"]*)"/g)].map(([, id]) => id ?? '')
  t.same(
    targets.filter((id) => !page.includes(` id="${id}"`)),
    [],
    'every link leads somewhere',
  )
})

t.test('nothing is fetched from anywhere', async (t) => {
  const page = renderHtml([conformanceSample('conformance-failing'), loadSample('load-valid')])
  t.notMatch(page, /\s(?:src|srcset|href|action)="(?!#)/)
  t.notMatch(page, /@import|url\(/)
})

t.test('an INVALID run shows its reasons in place of headline figures', async (t) => {
  const page = renderHtml([loadSample('load-invalid')])
  t.match(page, 'INVALID: the generator, not the server, was measured')
  t.match(page, 'the generator used 1.92 of 2 cores')
  t.notMatch(page, '<dl class="figures"')
  t.match(renderHtml([loadSample('load-valid')]), '<dl class="figures"')
})

t.test('a histogram that cannot be read is named, and the others are drawn', async (t) => {
  const page = renderHtml([loadSample('load-invalid')])
  t.match(page, 'No histogram could be read for queue.')
  t.match(page, 'Distribution of latencies: delivery p50')
})

t.test('a run without deliveries or series still has a page', async (t) => {
  const empty: LoadResult = { ...loadSample('load-valid'), latency: {}, thresholds: [], series: [] }
  const page = renderHtml([empty])
  const thresholds = [{ name: 'delivery.p99', limit: 100, value: 0, pass: false }]
  t.match(renderHtml([{ ...empty, thresholds }]), 'not measured')
  t.match(page, 'The run has no figures by the second.')
  t.notMatch(page, /NaN|Infinity|undefined/)
})

t.test('a second in which nothing arrived is a gap in the line, not a bridge', async (t) => {
  const series = [{ at_ms: 0, p50: 1 }, { at_ms: 1000 }, { at_ms: 2000, p50: 2 }]
  t.match(renderHtml([{ ...loadSample('load-valid'), series }]), /class="line c1" d="M[^M]+M[^M]+"/)
})

t.test('figures of zero draw no broken path', async (t) => {
  const series = [{ at_ms: 0, sent: 0, delivered: 0, p50: 0, p99: 0, max: 0, queue_p99: 0, server_cpu: 0 }]
  t.notMatch(renderHtml([{ ...loadSample('load-valid'), series }]), /NaN|Infinity|undefined/)
})

t.test('five hundred cases with long transcripts stay within a few megabytes', async (t) => {
  const sample = conformanceSample('conformance-failing')
  const [one] = sample.cases as [CaseResult]
  const [entry] = one.transcript
  if (entry === undefined) throw new Error('the sample has a transcript')
  const long = { ...one, transcript: [...one.transcript, { ...entry, text: 'x'.repeat(100_000) }] }
  const many = { ...one, id: 'a/many', transcript: Array.from({ length: 5000 }, () => entry) }
  const cases = [many, ...Array.from({ length: 499 }, (_, i) => ({ ...long, id: `a/${i}` }))]
  const page = renderHtml([{ ...sample, cases }])
  t.ok(page.length < 4_000_000, `${page.length} characters`)
  t.match(page, '4,950 more in the JSON result')
})

/** Tags that do not match their start, and those left open. */
function unbalanced(page: string): readonly string[] {
  const open: string[] = []
  const wrong: string[] = []
  for (const { name, isEnd, isVoid } of tagsOf(page)) {
    if (isVoid) continue
    if (!isEnd) open.push(name)
    else if (open.pop() !== name) wrong.push(name)
  }
  return [...wrong, ...open]
}
