/** What a baseline expects, and what is stale in it, as every form tells it. */
import t from 'tap'
import { Parser } from 'tap-parser'
import { junitFaults, MISSING } from '../.ci/validators/validators.ts'
import type { BaselineEntry, ConformanceResult } from '../schemas/generated/results.ts'
import { render } from './forms.ts'
import { conformanceOutcome } from './outcome.ts'
import { conformanceSample } from './samples/sample.ts'
import { renderSummary } from './summary.ts'

const entry: BaselineEntry = {
  reason: 'the # & <old> broker',
  issue: 'https://tracker.example/7',
  expires: '2026-12-31',
}
const excuse = 'the # & <old> broker; https://tracker.example/7; until 2026-12-31'
const sample = conformanceSample('conformance-failing')
const expected: ConformanceResult = {
  ...sample,
  summary: { ...sample.summary, harness_error: 0 },
  cases: sample.cases
    .filter(({ verdict }) => verdict !== 'harness_error')
    .map((one) => (one.verdict === 'pass' || one.verdict === 'skip' ? one : { ...one, baseline: entry })),
}
const stale = { ...expected, stale_baseline: [{ id: 'handshake/mended', why: 'its case passes now' }] }
const count = expected.cases.filter(({ baseline }) => baseline !== undefined).length

t.test('what is expected fails no run, and what is stale does', async (t) => {
  t.equal(conformanceOutcome(sample), 'error')
  t.equal(conformanceOutcome(expected), 'pass')
  t.equal(conformanceOutcome(stale), 'fail')
})

t.test('a terminal tells how much was expected, and each stale entry', async (t) => {
  const text = renderSummary(stale, { color: false })
  t.notMatch(text, /^FAIL/m)
  t.match(text, `${count} of these expected by the baseline`)
  t.match(text, 'STALE handshake/mended is in the baseline, but its case passes now')
})

t.test('JUnit skips what is expected, and fails what is stale', async (t) => {
  const text = render('junit', [stale])
  t.equal(text.split('<skipped type="expected"').length - 1, count)
  t.equal(text.split('<failure').length - 1, 1)
  t.match(text, '<failure type="stale" message="its case passes now">')
  if (!MISSING) t.same(await junitFaults(text), [])
})

t.test('TAP has a TODO for what is expected, which leaves the document ok', async (t) => {
  t.equal(Parser.parse(render('tap', [expected])).find(([type]) => type === 'complete')?.[1].ok, true)
  t.equal(Parser.parse(render('tap', [stale])).find(([type]) => type === 'complete')?.[1].ok, false)
  t.match(render('tap', [stale]), `# TODO ${excuse.replaceAll('#', '\\#')}`)
})

t.test('SARIF suppresses what is expected, with its reason', async (t) => {
  const [run] = JSON.parse(render('sarif', [stale])).runs
  t.equal(run.results.length, count)
  for (const one of run.results)
    t.match(one.suppressions, [{ kind: 'external', status: 'accepted', justification: excuse }])
  t.match(run.invocations[0].toolExecutionNotifications, [{ level: 'warning', message: { text: /handshake\/mended/ } }])
})

t.test('Markdown and HTML give the reason, and say what is stale', async (t) => {
  t.match(render('markdown', [stale]), `Expected by the baseline: ${count}`)
  t.match(render('markdown', [stale]), /❌ handshake\/mended is in the baseline/)
  t.match(render('html', [stale]), '<dt>Baseline</dt><dd>the # &amp; &lt;old&gt; broker;')
  t.match(render('html', [stale]), 'The baseline is stale')
  t.match(render('html', [expected]), `but the ${count} expected`)
})
