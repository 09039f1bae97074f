import t from 'tap'
import type { CaseResult, Verdict } from '../schemas/generated/results.ts'
import { type MutantRow, renderMutantHtml, renderMutantMarkdown } from './mutant-matrix.ts'
import { conformanceSample } from './samples/sample.ts'

const [sample] = conformanceSample('conformance-passing').cases as [CaseResult]
const played = (id: string, verdict: Verdict): CaseResult => ({ ...sample, id, requirements: [id], verdict })
const mutant = { id: 'a/broken', requirement: 'a/rule', about: 'The `a` is <b>.' }
const killed: MutantRow = {
  mutant,
  cases: [played('a/rule', 'fail'), played('a/other', 'warn'), played('a/blind', 'pass')],
}
const survivor: MutantRow = {
  mutant: { ...mutant, id: 'a/sly' },
  cases: [played('a/rule', 'pass'), played('a/other', 'fail')],
}

t.test('a mutant is killed by a case of the rule that it breaks, and by no other', async (t) => {
  const text = renderMutantMarkdown([killed, survivor])
  t.match(text, '2 mutants of the reference server: 1 of them are not killed by a case')
  t.match(text, /a\/broken<\/code> \| .* \| <code>a\/rule<\/code> \| 1 \|/)
  t.match(text, /a\/sly<\/code> \| .* \| \*\*survives\*\* \| 1 \|/)
})

t.test('the grid has a column for each case that saw a mutant, and shows what is hostile as it is', async (t) => {
  const html = renderMutantHtml([killed, survivor])
  t.match(html, '<th scope="col"><code>a/other</code></th>')
  t.notMatch(html, '<th scope="col"><code>a/blind</code></th>')
  t.match(html, 'is &lt;b&gt;.')
  t.match(html, '<tr class="entry fault"><th scope="row"><code>a/sly</code>')
})
