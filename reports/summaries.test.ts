import t from 'tap'
import { matchesGolden } from './golden/matches-golden.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'
import { renderSummaries } from './summaries.ts'
import { renderSummary } from './summary.ts'

t.test('one result is summed up as itself', async (t) => {
  const result = conformanceSample('conformance-failing')
  t.equal(renderSummaries([result], { color: false }), renderSummary(result, { color: false }))
})

t.test('implementations stand side by side, load runs after them', async (t) => {
  const results = [
    conformanceSample('conformance-failing'),
    loadSample('load-valid'),
    conformanceSample('conformance-passing'),
  ]
  matchesGolden(t, 'matrix.txt', renderSummaries(results, { color: false }))
  t.match(renderSummaries(results, { color: true }), '\u001b[31m✗ fail')
})
