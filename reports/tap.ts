/** TAP 14: subtests for packs and sections, and YAML diagnostics for whatever is not plainly a pass. */
import type { CaseResult, ConformanceResult, LoadResult, Result } from '../schemas/generated/results.ts'
import { groupBy } from './group-by.ts'
import { type LoadCheck, loadChecks } from './load-checks.ts'
import { brokenBy, excuseOf, sectionOf, targetName } from './outcome.ts'
import { printable } from './printable.ts'
import { transcriptTail } from './transcript.ts'

/** A test point; one with points of its own is a subtest, and ok if all of them are. */
interface Point {
  readonly name: string
  readonly ok: boolean
  readonly skip?: string
  /** Not ok as expected, which harnesses count as well. */
  readonly todo?: string
  readonly diagnostics?: Readonly<Record<string, string | number | readonly string[]>>
  readonly points?: readonly Point[]
}

/** Renders results as one TAP 14 document: a subtest for each pack and its sections, and for each load run. */
export function renderTap(results: readonly Result[]): string {
  const each = results.map((result) => ('cases' in result ? packPoints(result) : [loadPoint(result)]))
  // Several results would mix their packs: each becomes a subtest by the name of its target.
  const points =
    results.length === 1 ? each.flat() : results.map((result, i) => subtest(targetName(result), each[i] ?? []))
  const remarks = results.filter(({ partial }) => partial).map((result) => `# partial: ${oneLine(targetName(result))}`)
  return `${['TAP version 14', ...remarks, ...lines(points)].join('\n')}\n`
}

function packPoints({ cases, stale_baseline: stale = [] }: ConformanceResult): readonly Point[] {
  const packs = groupBy(cases, ({ pack }) => pack).map(([pack, ofPack]) =>
    subtest(
      pack,
      groupBy(ofPack, sectionOf).map(([section, members]) => subtest(section, members.map(casePoint))),
    ),
  )
  const staleness = stale.map(({ id, why }) => ({
    name: id,
    ok: false,
    diagnostics: { verdict: 'stale', reason: why },
  }))
  return stale.length === 0 ? packs : [...packs, subtest('baseline', staleness)]
}

function casePoint(one: CaseResult): Point {
  const { id, verdict, reason = verdict } = one
  const todo = excuseOf(one)
  if (todo !== undefined) return { name: id, ok: false, todo, diagnostics: evidence(one) }
  switch (verdict) {
    case 'pass':
      return { name: id, ok: true, diagnostics: { duration_ms: one.duration_ms } }
    case 'skip':
      return { name: id, ok: true, skip: reason }
    // A broken SHOULD or an unused MAY is no failure.
    case 'warn':
    case 'notice':
      return { name: id, ok: true, diagnostics: evidence(one) }
    case 'fail':
    case 'flaky':
    case 'harness_error':
      return { name: id, ok: false, diagnostics: evidence(one) }
  }
}

function evidence(one: CaseResult): NonNullable<Point['diagnostics']> {
  const { verdict, level, reason = verdict, expected, actual } = one
  return {
    verdict,
    level,
    message: one.title,
    reason,
    requirements: brokenBy(one),
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
    replay: one.replay,
    duration_ms: one.duration_ms,
    transcript: transcriptTail(one.transcript).lines.map((line) => line.trim()),
  }
}

function loadPoint(result: LoadResult): Point {
  return subtest(`load.${result.scenario}`, loadChecks(result).map(checkPoint))
}

function checkPoint({ name, outcome, message, body }: LoadCheck): Point {
  if (outcome === 'skip') return { name, ok: true, skip: message }
  const said = body === '' ? {} : { details: body.split('\n') }
  if (outcome === 'pass') return { name, ok: true, ...(body === '' ? {} : { diagnostics: said }) }
  return { name, ok: false, diagnostics: { verdict: outcome, reason: message, ...said } }
}

function subtest(name: string, points: readonly Point[]): Point {
  return { name, ok: points.every(({ ok, todo }) => ok || todo !== undefined), points }
}

function lines(points: readonly Point[]): readonly string[] {
  const plan = points.length === 0 ? '1..0 # SKIP nothing ran' : `1..${points.length}`
  return [plan, ...points.flatMap((point, i) => pointLines(point, i + 1))]
}

function pointLines({ name, ok, skip, todo, diagnostics, points }: Point, number: number): readonly string[] {
  const [word, why] = skip === undefined ? ['TODO', todo] : ['SKIP', skip]
  const directive = why === undefined ? '' : ` # ${word} ${escapeLine(why)}`
  return [
    ...(points === undefined ? [] : [`# Subtest: ${escapeLine(name)}`, ...lines(points).map((line) => `    ${line}`)]),
    `${ok ? 'ok' : 'not ok'} ${number} - ${escapeLine(name)}${directive}`,
    ...(diagnostics === undefined ? [] : yaml(diagnostics)),
  ]
}

/** JSON's strings are YAML's double-quoted ones, so nothing that a server sent can end the block. */
function yaml(diagnostics: NonNullable<Point['diagnostics']>): readonly string[] {
  const entries = Object.entries(diagnostics).flatMap(([key, value]) =>
    typeof value === 'object'
      ? value.length === 0
        ? []
        : [`${key}:`, ...value.map((one) => `  - ${scalar(one)}`)]
      : [`${key}: ${scalar(value)}`],
  )
  return ['---', ...entries, '...'].map((line) => `  ${line}`)
}

function scalar(value: string | number): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(printable(value))
}

/** Text where `#` would begin a directive and a backslash an escape. */
function escapeLine(text: string): string {
  return oneLine(text).replace(/[\\#]/g, '\\$&')
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim()
}
