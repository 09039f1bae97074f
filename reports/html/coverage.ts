/** Which requirement is tested by which case, and which is not, and why. */
import type { CaseResult, ConformanceResult, RequirementResult } from '../../schemas/generated/results.ts'
import { coverageWords } from '../coverage-words.ts'
import { type Markup, markup } from '../markup.ts'
import { brokenBy, verdictWord } from '../outcome.ts'
import { prose } from './prose.ts'

/** Every requirement that the run knows, with its cases and their verdicts. */
export function coverage(result: ConformanceResult, anchor: string): Markup {
  const { requirements, cases } = result
  const byId = new Map(cases.map((one) => [one.id, one]))
  return markup`<h3>Coverage by requirement</h3>
<details class="coverage"><summary>${coverageWords(result)}</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">Requirement</th><th scope="col">Level</th><th scope="col">Cases</th></tr></thead>
<tbody>
${requirements.map((one) => row(one, byId, anchor))}</tbody>
</table></div>
</details>
`
}

function row(one: RequirementResult, cases: ReadonlyMap<string, CaseResult>, anchor: string): Markup {
  return markup`<tr><td>${prose(one.text)}<br><code>${one.id}</code></td><td><span class="level">${one.level.toUpperCase()}</span></td><td>${evidence(one, cases, anchor)}</td></tr>
`
}

function evidence(one: RequirementResult, cases: ReadonlyMap<string, CaseResult>, anchor: string): Markup {
  if (one.excluded !== undefined) return markup`<span class="muted">Excluded: ${one.excluded}</span>`
  const others = [...cases.values()].filter(({ id, broken }) => broken?.includes(one.id) && !one.cases.includes(id))
  const all = [...one.cases, ...others.map(({ id }) => id)]
  if (all.length === 0) return markup`<span class="t-warn">No case yet</span>`
  return markup`${all.map((id) => {
    const result = cases.get(id)
    if (result === undefined) return markup`<div><span class="muted">not run</span> <code>${id}</code></div>`
    return markup`<div>${said(result, one.id)} <a href="#${anchor}-case-${id}"><code>${id}</code></a></div>`
  })}`
}

/** What became of a case, as far as that says something of this requirement. */
function said(result: CaseResult, requirement: string): Markup {
  return brokenBy(result).includes(requirement)
    ? markup`<span class="badge t-${result.verdict}">${verdictWord(result.verdict)}</span>`
    : markup`<span class="muted">found another broken</span>`
}
