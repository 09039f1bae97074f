import t from 'tap'
import type { LoadResult } from '../schemas/generated/results.ts'
import { matchesGolden } from './golden/matches-golden.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'
import { renderSummary } from './summary.ts'

t.test('a conformance run: what is wrong, with its replay line, then the totals', async (t) => {
  matchesGolden(t, 'conformance.txt', renderSummary(conformanceSample('conformance-failing'), { color: false }))
})

t.test('a conformance run in which everything holds is one line, and one for each reason to skip cases', async (t) => {
  const result = conformanceSample('conformance-passing')
  const totals = 'conformance of shakedown reference server 0.1.0: 6 passed, 1 skipped; 6 cases in 3.5 s\n'
  const why = (cases: typeof result.cases) => renderSummary({ ...result, cases }, { color: false }).replace(totals, '')
  const [skipped] = result.cases.filter(({ verdict }) => verdict === 'skip')
  if (skipped === undefined) return t.fail('the sample skips a case')
  const also = (reason: string) => ({ ...skipped, reason })
  t.equal(why([skipped]), `skipped 1 × ${skipped.reason}\n`)
  t.equal(why([also('a'), also('b'), also('b')]), 'skipped 2 × b\nskipped 1 × a\n')
  t.match(why([...'abcdefg'].map(also)), 'skipped 1 × e\nskipped for 2 other reasons\n')
})

t.test('a load run: verdict, ledger, latencies, thresholds', async (t) => {
  matchesGolden(t, 'load-valid.txt', renderSummary(loadSample('load-valid'), { color: false }))
})

t.test('a load run tells what went wrong most, the most frequent first', async (t) => {
  const result = loadSample('load-missed')
  t.match(
    renderSummary(result, { color: false }),
    '  trouble 2 × malformed frame: user_message whose text is not as it was sent\n  trouble 1 × malformed frame: not JSON\n',
  )
  const troubles = Array.from({ length: 7 }, (_, index) => ({ what: `kind ${index}`, count: 1 }))
  t.match(renderSummary({ ...result, troubles }, { color: false }), 'trouble 1 × kind 4\n  trouble and 2 other kinds\n')
})

t.test('a referee has one line, which tells whether it agrees and within what', async (t) => {
  const result = loadSample('load-valid')
  const latency = { ...result.latency.delivery, p50: 1.5, p99: 8 } as LoadResult['latency'][string]
  const tolerance = { p50: { share: 0.15, ms: 1 }, p99: { share: 0.3, ms: 3 } }
  const referee = { receivers: 20, latency, p50_ratio: 1.1, p99_ratio: 0.5, tolerance, agrees: false }
  t.match(
    renderSummary({ ...result, referee }, { color: false }),
    'referee DISAGREES: p50 1.50 ms (× 1.10, within 15 % or 1.00 ms), p99 8.00 ms (× 0.50, within 30 % or 3.00 ms), by 20 receivers of its own\n',
  )
})

t.test('an INVALID load run gives reasons and no latency', async (t) => {
  const text = renderSummary(loadSample('load-invalid'), { color: false })
  matchesGolden(t, 'load-invalid.txt', text)
  t.notMatch(text, 'p99.9')
})

t.test('colour is only where it is asked for', async (t) => {
  const result = conformanceSample('conformance-failing')
  t.notMatch(renderSummary(result, { color: false }), '\u001b')
  t.match(
    renderSummary(result, { color: true }),
    '\u001b[31mFAIL\u001b[0m \u001b[1mhandshake/query-token-is-refused\u001b[0m',
  )
})

t.test('what a server sent cannot steer the terminal', async (t) => {
  const result = conformanceSample('conformance-failing')
  const cases = result.cases.map((one) => ({ ...one, actual: '\u001b[2J\u009b31m\nsecond line' }))
  const text = renderSummary({ ...result, cases }, { color: false })
  t.match(text, '␛[2J�31m\n            second line')
  t.notMatch(text, '\u001b')
})
