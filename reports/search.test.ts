import t from 'tap'
import type { SearchAnswer, SearchResult } from '../schemas/generated/results.ts'
import { validateSearchResult } from '../schemas/generated/validators.js'
import { loadSample } from './samples/sample.ts'
import { answerText, renderSearch, renderSearchMarkdown } from './search.ts'

const run = loadSample('load-valid')
const FOUND: SearchAnswer = {
  ...{ outcome: 'found', value: 350, holds: 3, runs: 4 },
  beyond: { value: 361, outcome: 'broke', why: 'delivery.p99 is 130, at most 100 passes' },
}

function search(answer: SearchAnswer, more: Partial<SearchResult> = {}): SearchResult {
  return {
    ...{ format: 'shakedown.search/1', partial: false, target: run.target, manifest: run.manifest },
    ...{ scenario: 'fan-out', knob: 'rate', slo: { 'delivery.p99': 100, lost: 0 }, resolution: 0.05 },
    ...{ started_at: run.started_at, duration_ms: 61_000, answer, runs: [run] },
    probes: [
      { value: 20, outcome: 'held' },
      { value: 1361, outcome: 'broke', why: 'lost is 3, at most 0 passes' },
      { value: 681, outcome: 'unjudged', why: 'INVALID: k6 was slow' },
    ],
    ...more,
  }
}

t.test('a search keeps to its schema', async (t) => {
  t.ok(validateSearchResult(search(FOUND)), JSON.stringify(validateSearchResult.errors))
  t.notOk(validateSearchResult({ ...search(FOUND), knob: 'luck' }))
})

const ROWS: readonly (readonly [sentence: string, answer: SearchAnswer, more: Partial<SearchResult>, text: RegExp])[] =
  [
    [
      'a knee that was found is told with its holds, what broke beyond it, and how near that is',
      FOUND,
      {},
      /^350 messages\/s, which held in 3 of 4 runs\. At 361 messages\/s the server did not hold: delivery\.p99 is 130, at most 100 passes\. \(Closed in to 5 %\.\)$/,
    ],
    [
      'a generator that was the limit is named, and never the server',
      { ...FOUND, outcome: 'at_least', beyond: { value: 400, outcome: 'unjudged', why: 'INVALID: k6 was slow' } },
      { knob: 'connections' },
      /^At least 350 subscribers, .* At 400 subscribers no run could be judged, so the generator was the limit: INVALID: k6 was slow\.$/,
    ],
    [
      'connections of a scenario without subscribers are told as such',
      FOUND,
      { scenario: 'connections', knob: 'connections' },
      /^350 connections, .* At 361 connections the server did not hold/,
    ],
    [
      'a server that was gone is named, and never the generator',
      { ...FOUND, outcome: 'at_least', beyond: { value: 400, outcome: 'broke', why: 'no server answers' } },
      {},
      /^At least 350 messages\/s, .* At 400 messages\/s the server was gone, and the search ended there: no server answers\.$/,
    ],
    [
      'a search that went as far as it goes says so',
      { outcome: 'at_least', value: 1e6, holds: 3, runs: 3 },
      {},
      /^At least 1,000,000 messages\/s, .*; the search goes no further\.$/,
    ],
    [
      'a search that was called off says so',
      { outcome: 'at_least', value: 20, holds: 1, runs: 1 },
      { partial: true },
      /^At least 20 messages\/s, which held in 1 of 1 run; the search was interrupted\.$/,
    ],
    [
      'a server that keeps the SLO nowhere has no capacity',
      { outcome: 'none', value: 0, holds: 0, runs: 0, beyond: { value: 1, outcome: 'broke', why: 'lost is 1' } },
      {},
      /^Nothing held: even at 1 messages\/s the server did not hold: lost is 1\.$/,
    ],
  ]
for (const [sentence, answer, more, expected] of ROWS)
  t.test(sentence, async (t) => t.match(answerText(search(answer, more)), expected))

t.test('on a terminal, each probe has a line, and the answer comes last', async (t) => {
  t.match(
    renderSearch(search(FOUND)),
    / with delivery\.p99 of at most 100 ms and lost of at most 0\n {5}20 {2}held\n {2}1,361 {2}broke: lost is 3, at most 0 passes\n {4}681 {2}not judged: INVALID: k6 was slow\n350 messages/,
  )
})

t.test('in Markdown, the answer comes first, and what a server said means nothing', async (t) => {
  const beyond = { value: 361, outcome: 'broke' as const, why: '<b>|x' }
  const markdown = renderSearchMarkdown(search({ ...FOUND, beyond }))
  t.match(markdown, /^## Capacity of .*: rate of fan-out\n\n\*\*350 messages\/s, which held in 3 of 4 runs\./)
  t.match(markdown, '| 1,361 | broke | lost is 3, at most 0 passes |')
  t.match(markdown, '&lt;b&gt;&#124;x')
})
