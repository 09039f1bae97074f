import t from 'tap'
import type { CaseResult, Verdict } from '../schemas/generated/results.ts'
import { type MutantRow, renderMutantHtml, renderMutantMarkdown } from './mutant-matrix.ts'
import { conformanceSample } from './samples/sample.ts'

const [sample] = conformanceSample('conformance-passing').cases as [CaseResult]
const played = (id: string, verdict: Verdict, reason?: string): CaseResult => ({
  ...{ ...sample, id, requirements: [id], verdict },
  ...(reason === undefined ? {} : { reason }),
})
const mutant = { id: 'a/broken', requirement: 'a/rule', about: 'The `a` is <b>.', shows: 'one, got <two>' }
const kill = played('a/rule', 'fail', 'expected one, got <two>')
const accident = played('a/rule', 'fail', 'expected one, got a timeout')
const killed: MutantRow = {
  mutant,
  cases: [kill, played('a/other', 'notice'), played('a/blind', 'pass')],
  kills: [kill],
  accidents: [],
}
const survivor: MutantRow = {
  mutant: { ...mutant, id: 'a/sly' },
  cases: [played('a/rule', 'pass'), played('a/other', 'fail')],
  kills: [],
  accidents: [],
}
const mistaken: MutantRow = {
  mutant: { ...mutant, id: 'a/lucky', shows: ['one, got two', 'one, got three'] },
  cases: [accident],
  kills: [],
  accidents: [accident],
}
const rows = [killed, survivor, mistaken]

t.test('a mutant is killed by a case of the rule that it breaks, for what it shows, and by no other', async (t) => {
  const text = renderMutantMarkdown(rows)
  t.match(text, '3 mutants of the reference server: 2 of them are not killed by a case')
  t.match(text, /a\/broken<\/code> \| .* \| <code>a\/rule<\/code> \| 1 \|/)
  t.match(text, /a\/sly<\/code> \| .* \| \*\*survives\*\* \| 1 \|/)
  t.match(
    text,
    /one, got two<br>one, got three \| \*\*for another reason\*\* <code>a\/rule<\/code>: .*got a timeout \| 0 \|/,
  )
})

t.test('the grid has a column for each case that saw a mutant, and shows what is hostile as it is', async (t) => {
  const html = renderMutantHtml(rows)
  t.match(html, '<th scope="col"><code>a/other</code></th>')
  t.notMatch(html, '<th scope="col"><code>a/blind</code></th>')
  t.match(html, 'is &lt;b&gt;.')
  t.match(html, '<tr class="entry fault"><th scope="row"><code>a/sly</code>')
  t.match(html, '<small class="shows">one, got &lt;two&gt;</small>')
  t.match(html, 'title="a/rule: for another reason: expected one, got a timeout"')
})
