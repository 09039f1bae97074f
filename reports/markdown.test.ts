import t from 'tap'
import { MISSING, markdownToHtml } from '../.ci/validators/validators.ts'
import { matchesGolden } from './golden/matches-golden.ts'
import { renderMarkdown } from './markdown.ts'
import { HOSTILE_LINES, tagsOf, withStrings } from './samples/hostile.ts'
import { conformanceSample, loadSample } from './samples/sample.ts'

const failing = conformanceSample('conformance-failing')
const results = [
  failing,
  conformanceSample('conformance-passing'),
  loadSample('load-missed'),
  loadSample('load-invalid'),
]

t.test('a job summary: headline, totals, coverage, and a fold for each finding', async (t) => {
  matchesGolden(t, 'conformance.md', renderMarkdown([failing]))
})

t.test('several results: implementations side by side, then each', async (t) => {
  matchesGolden(t, 'several.md', renderMarkdown(results))
})

t.test('more findings than a job summary holds are counted', async (t) => {
  const cases = Array.from({ length: 12 }, () => failing.cases).flat()
  const text = renderMarkdown([{ ...failing, cases }])
  t.equal(text.split('<details>').length - 1, 50 + 1, 'one tells what was skipped')
  t.match(text, '34 more are in the full report.')
})

t.test('reads as tables and folds to a parser that is not ours', { skip: MISSING }, async (t) => {
  const tags = tagsOf(markdownToHtml(renderMarkdown(results))).filter(({ isEnd }) => !isEnd)
  const count = (name: string) => tags.filter((tag) => tag.name === name).length
  t.match({ h2: count('h2'), details: count('details'), pre: count('pre') }, { h2: 5, details: 10, pre: 7 })
  t.equal(count('table'), 19)
  t.equal(count('a'), 0)
})

t.test('whatever strings a result holds, they mean nothing', { skip: MISSING }, async (t) => {
  const [calm, hostile] = ['calm', HOSTILE_LINES].map((text) => {
    const page = markdownToHtml(renderMarkdown(results.map((one) => withStrings(one, text))))
    return tagsOf(page).filter(({ name }) => name !== 'br')
  })
  t.same(hostile, calm)
})
