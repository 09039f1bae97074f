/** Which requirement is tested by which case, and which is not, and why. */
import type { CaseResult, ConformanceResult, RequirementResult } from '../../schemas/generated/results.ts'
import { formatCount, plural } from '../figures.ts'
import { type Markup, markup } from '../markup.ts'
import { verdictWord } from '../outcome.ts'
import { prose } from './prose.ts'

/** How much of the registry the cases that ran looked at, in one sentence. */
export function coverageWords({ requirements, cases }: ConformanceResult): string {
  const ran = new Set(cases.filter(({ verdict }) => verdict !== 'skip').map(({ id }) => id))
  const tested = requirements.filter((one) => one.cases.some((id) => ran.has(id))).length
  const excluded = requirements.filter((one) => one.excluded !== undefined).length
  const said = `${formatCount(tested)} of ${plural(requirements.length, 'requirement')} tested`
  return excluded === 0 ? said : `${said}, ${formatCount(excluded)} excluded with a reason`
}

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
  if (one.cases.length === 0) return markup`<span class="t-warn">No case yet</span>`
  return markup`${one.cases.map((id) => {
    const result = cases.get(id)
    return result === undefined
      ? markup`<div><span class="muted">not run</span> <code>${id}</code></div>`
      : markup`<div><span class="badge t-${result.verdict}">${verdictWord(result.verdict)}</span> <a href="#${anchor}-case-${id}"><code>${id}</code></a></div>`
  })}`
}
