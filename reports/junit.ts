/** JUnit XML in the schema that Jenkins, GitLab and Surefire share. */
import type { CaseResult, ConformanceResult, LoadResult, Result, StaleEntry } from '../schemas/generated/results.ts'
import { groupBy } from './group-by.ts'
import { type LoadCheck, loadChecks } from './load-checks.ts'
import { type Child, type Markup, markup } from './markup.ts'
import { excuseOf, sectionOf, targetName } from './outcome.ts'
import { transcriptTail } from './transcript.ts'

/** One test case, with at most one reason not to be a pass. */
interface TestCase {
  readonly classname: string
  readonly name: string
  readonly ms: number
  readonly end?: {
    readonly element: 'failure' | 'error' | 'skipped'
    readonly type: string
    readonly message: string
    readonly body: string
  }
  /** What is worth knowing of a case that counts as passed. */
  readonly remark?: string
}

interface TestSuite {
  readonly name: string
  readonly result: Result
  readonly ms: number
  readonly cases: readonly TestCase[]
}

/** Renders results as one JUnit document: a suite for each pack of a conformance run, and one for each load run. */
export function renderJUnit(results: readonly Result[]): string {
  const suites = results.flatMap((result) => ('cases' in result ? conformanceSuites(result) : [loadSuite(result)]))
  const cases = suites.flatMap((suite) => suite.cases)
  const ms = results.reduce((sum, result) => sum + result.duration_ms, 0)
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="shakedown" tests="${cases.length}" failures="${count(cases, 'failure')}" errors="${count(cases, 'error')}" time="${seconds(ms)}">
${suites.map(suiteElement)}</testsuites>
`.source
}

function conformanceSuites(result: ConformanceResult): readonly TestSuite[] {
  const suites = groupBy(result.cases, ({ pack }) => pack).map(([pack, cases]) => {
    const ms = cases.reduce((sum, { duration_ms }) => sum + duration_ms, 0)
    return { name: pack, result, ms, cases: cases.map(conformanceCase) }
  })
  const stale = (result.stale_baseline ?? []).map(staleCase)
  return stale.length === 0 ? suites : [...suites, { name: 'baseline', result, ms: 0, cases: stale }]
}

function staleCase({ id, why }: StaleEntry): TestCase {
  return { classname: 'baseline', name: id, ms: 0, end: { element: 'failure', type: 'stale', message: why, body: '' } }
}

function conformanceCase(one: CaseResult): TestCase {
  const { id, pack, verdict, reason = verdict } = one
  const base = { classname: `${pack}.${sectionOf(one)}`, name: id, ms: one.duration_ms }
  const excuse = excuseOf(one)
  if (excuse !== undefined) {
    const message = `expected ${verdict}: ${excuse}`
    return { ...base, end: { element: 'skipped', type: 'expected', message, body: evidence(one) } }
  }
  switch (verdict) {
    case 'pass':
      return base
    case 'skip':
      return { ...base, end: { element: 'skipped', type: verdict, message: reason, body: '' } }
    case 'fail':
    case 'flaky':
      return { ...base, end: { element: 'failure', type: verdict, message: reason, body: evidence(one) } }
    case 'harness_error':
      return { ...base, end: { element: 'error', type: verdict, message: reason, body: evidence(one) } }
    // A broken SHOULD or an unused MAY is no failure: JUnit has no word for it but output.
    case 'warn':
    case 'notice':
      return { ...base, remark: `${verdict}: ${reason}\n${evidence(one)}` }
  }
}

function evidence({ title, broken, expected, actual, replay, transcript }: CaseResult): string {
  const { left, shown, lines } = transcriptTail(transcript)
  return [
    title,
    ...(broken === undefined ? [] : [`breaks:   ${broken.join(' ')}`]),
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(actual === undefined ? [] : [`actual:   ${actual}`]),
    `replay:   ${replay}`,
    left > 0 ? `transcript, its last ${shown} entries:` : 'transcript:',
    ...lines.map((line) => `  ${line}`),
  ].join('\n')
}

function loadSuite(result: LoadResult): TestSuite {
  const name = `load.${result.scenario}`
  const cases = loadChecks(result).map((check) => loadCase(result, name, check))
  return { name, result, ms: result.duration_ms, cases }
}

const ELEMENTS = { fail: 'failure', error: 'error', skip: 'skipped' } as const

function loadCase(result: LoadResult, suite: string, { name, kind, outcome, message, body }: LoadCheck): TestCase {
  const classname = kind === 'threshold' ? `${suite}.thresholds` : suite
  const base = { classname, name, ms: kind === 'validity' ? result.duration_ms : 0 }
  if (outcome === 'pass') return body === '' ? base : { ...base, remark: body }
  const type = kind === 'validity' || outcome === 'skip' ? 'invalid' : kind
  return { ...base, end: { element: ELEMENTS[outcome], type, message, body } }
}

function suiteElement({ name, result, ms, cases }: TestSuite): Markup {
  const { manifest, target, started_at, partial } = result
  const properties = {
    target: targetName(result),
    urls: target.urls.join(' '),
    command: manifest.command,
    shakedown: manifest.shakedown,
    partial: String(partial),
  }
  return markup`  <testsuite name="${name}" tests="${cases.length}" failures="${count(cases, 'failure')}" errors="${count(cases, 'error')}" skipped="${count(cases, 'skipped')}" time="${seconds(ms)}" timestamp="${started_at}">
    <properties>
${Object.entries(properties).map(([key, value]) => markup`      <property name="${key}" value="${value}"/>\n`)}    </properties>
${cases.map(caseElement)}  </testsuite>
`
}

function caseElement({ classname, name, ms, end, remark }: TestCase): Markup {
  const open = markup`    <testcase classname="${classname}" name="${name}" time="${seconds(ms)}"`
  if (end !== undefined) return markup`${open}>\n      ${endElement(end)}\n    </testcase>\n`
  if (remark !== undefined) return markup`${open}>\n      <system-out>${remark}</system-out>\n    </testcase>\n`
  return markup`${open}/>\n`
}

function endElement({ element, type, message, body }: NonNullable<TestCase['end']>): Markup {
  const inside = (text: Child) => markup`type="${type}" message="${message}">${text}</`
  switch (element) {
    case 'failure':
      return markup`<failure ${inside(body)}failure>`
    case 'error':
      return markup`<error ${inside(body)}error>`
    case 'skipped':
      return markup`<skipped ${inside(body)}skipped>`
  }
}

function count(cases: readonly TestCase[], element: NonNullable<TestCase['end']>['element']): number {
  return cases.filter(({ end }) => end?.element === element).length
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
