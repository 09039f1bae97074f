import t from 'tap'
import { renderHtml } from './html/page.ts'
import { renderJUnit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { heldRequirements } from './outcome.ts'
import { conformanceSample } from './samples/sample.ts'
import { renderSarif } from './sarif.ts'
import { renderSummary } from './summary.ts'
import { renderTap } from './tap.ts'

const FAN_OUT = 'delivery/fan-out-reaches-every-subscriber'
const INCLUDED = 'delivery/sender-included'
const AUTH = 'auth/expired-token-closes-4101'

/** The sample's run, in which the case that checks two requirements found these broken. */
function finding(...broken: string[]) {
  const result = conformanceSample('conformance-failing')
  const cases = result.cases.map((one) => (one.id === FAN_OUT ? { ...one, broken } : one))
  const text = (id: string) => result.requirements.find((one) => one.id === id)?.text ?? `no ${id}`
  return { all: result, result: { ...result, cases }, text }
}

t.test('only the requirement that a finding is about is broken', async (t) => {
  const { all, result, text } = finding(INCLUDED)
  const [before, after] = [heldRequirements(all, 'must'), heldRequirements(result, 'must')]
  t.strictSame(after, { ...before, broken: before.broken - 1 }, 'the other one is neither held nor broken')
  const told = renderSummary(result, { color: false })
  t.match(told, text(INCLUDED))
  t.notMatch(told, text(FAN_OUT))
  const [run] = JSON.parse(renderSarif([result])).runs
  const rules = (id: string) => run.results.filter(({ ruleId }: { ruleId: string }) => ruleId === id).length
  t.strictSame([rules(INCLUDED), rules(FAN_OUT)], [1, 0])
  t.match(renderMarkdown([result]), `| Breaks | <code>${INCLUDED}</code> |`)
  t.match(renderJUnit([result]), `\nbreaks:   ${INCLUDED}\n`)
  t.match(renderTap([result]), `requirements:\n            - "${INCLUDED}"\n`)
  const page = renderHtml([result])
  t.match(page, `Not judged by this finding: <code>${FAN_OUT}</code>`)
  t.match(page, 'found another broken')
})

t.test('what is broken in a case that does not check it counts, and stands in its row', async (t) => {
  const { all, result } = finding(AUTH)
  const [before, after] = [heldRequirements(all, 'must'), heldRequirements(result, 'must')]
  t.strictSame(after, { ...before, held: before.held - 1, broken: before.broken - 1 })
  const page = renderHtml([result])
  const rows = page.split('<tr>').filter((row) => row.includes(`<code>${AUTH}</code></td>`))
  t.match(rows, [new RegExp(`badge t-fail.*${FAN_OUT}`)])
})
