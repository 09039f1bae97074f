/** SARIF 2.1.0: the requirements as rules, and what broke them as results that point at the specification's lines. */
import type {
  CaseResult,
  ConformanceResult,
  LoadResult,
  RequirementResult,
  Result,
} from '../schemas/generated/results.ts'
import { type LoadCheck, loadChecks } from './load-checks.ts'
import { brokenBy, excuseOf, staleSentences, targetName } from './outcome.ts'
import { printable } from './printable.ts'
import { transcriptTail } from './transcript.ts'

type Json = Readonly<Record<string, unknown>>

const LEVELS = { must: 'error', should: 'warning', may: 'note' } as const

/** A skip broke nothing, and a harness error is none of the server's: it is told as a notification of the run. */
const RESULT_LEVELS: Readonly<Partial<Record<CaseResult['verdict'], 'error' | 'warning' | 'note'>>> = {
  fail: 'error',
  flaky: 'error',
  warn: 'warning',
  notice: 'note',
}

/** Renders results as one SARIF log of a run each. */
export function renderSarif(results: readonly Result[]): string {
  const runs = results.map((result) => ('cases' in result ? conformanceRun(result) : loadRun(result)))
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs }
  const harmless = (_: string, value: unknown) => (typeof value === 'string' ? printable(value) : value)
  return `${JSON.stringify(log, harmless, 2)}\n`
}

function conformanceRun(result: ConformanceResult): Json {
  const rules = result.requirements.map(requirementRule)
  const places = new Map(result.requirements.map((one, index) => [one.id, { index, location: location(one) }]))
  const broken = result.cases.filter(({ verdict }) => RESULT_LEVELS[verdict] !== undefined)
  const errors = result.cases.filter(({ verdict }) => verdict === 'harness_error')
  return {
    ...run(result, { kind: 'conformance', rules, notifications: errors.map(notification) }),
    originalUriBaseIds: {
      SHAKEDOWN: { description: { text: 'Where Shakedown, and its specifications, are checked out.' } },
    },
    results: broken.map((one) => caseResult(one, places)),
  }
}

function requirementRule(one: RequirementResult): Json {
  const helpUri = rfcUri(one)
  return {
    id: one.id,
    name: pascalCase(one.id),
    shortDescription: { text: one.text },
    fullDescription: { text: one.text },
    help: {
      text: `${one.text} (${one.level.toUpperCase()})`,
      markdown: `**${one.level.toUpperCase()}** — ${one.text}`,
    },
    ...(helpUri === undefined ? {} : { helpUri }),
    defaultConfiguration: { level: LEVELS[one.level] },
    properties: { tags: [one.level] },
  }
}

/** The section that a sentence of RFC6455.md names. */
function rfcUri({ text }: RequirementResult): string | undefined {
  const [, rfc, section] = /\bRFC (\d+) §(\d+(?:\.\d+)*)/.exec(text) ?? []
  return rfc === undefined ? undefined : `https://www.rfc-editor.org/rfc/rfc${rfc}#section-${section}`
}

function location({ file, line }: RequirementResult): Json | undefined {
  if (file === undefined || line === undefined) return undefined
  return { physicalLocation: { artifactLocation: { uri: file, uriBaseId: 'SHAKEDOWN' }, region: { startLine: line } } }
}

function caseResult(
  one: CaseResult,
  places: ReadonlyMap<string, { readonly index: number; readonly location: Json | undefined }>,
): Json {
  const broken = brokenBy(one)
  const known = broken.flatMap((id) => places.get(id) ?? [])
  const located = known.flatMap(({ location }) => (location === undefined ? [] : [location]))
  const { left, lines } = transcriptTail(one.transcript)
  const excuse = excuseOf(one)
  return {
    ruleId: broken[0] ?? one.id,
    ...(known[0] === undefined ? {} : { ruleIndex: known[0].index }),
    kind: 'fail',
    level: RESULT_LEVELS[one.verdict],
    message: { text: [...sentences(one), '', `Transcript${left > 0 ? ', its end' : ''}:`, ...lines].join('\n') },
    locations: [{ ...located[0], logicalLocations: [{ fullyQualifiedName: one.id, kind: 'case' }] }],
    relatedLocations: located.slice(1).map((place, id) => ({ id, ...place, message: { text: 'is broken as well' } })),
    ...(excuse === undefined
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: excuse }] }),
    partialFingerprints: { 'shakedownCase/v1': `${one.pack}/${one.id}` },
    properties: { case: one.id, pack: one.pack, verdict: one.verdict, replay: one.replay },
  }
}

function sentences({ id, title, verdict, reason = verdict, expected, actual, replay }: CaseResult): readonly string[] {
  return [
    `${id}: ${ended(title)} ${verdict === 'flaky' ? 'Flaky: ' : ''}${ended(reason)}`,
    ...(expected === undefined ? [] : [`Expected: ${expected}`]),
    ...(actual === undefined ? [] : [`Actual: ${actual}`]),
    `Replay: ${replay}`,
  ]
}

function notification({ id, requirements: [rule = id], reason = 'the harness failed' }: CaseResult): Json {
  return { level: 'error', message: { text: `${id}: ${ended(reason)}` }, associatedRule: { id: rule } }
}

function loadRun(result: LoadResult): Json {
  const checks = loadChecks(result)
  const missed = checks.filter(({ kind, outcome }) => kind !== 'validity' && outcome === 'fail')
  // The ledger's faults are thresholds too: each is told once, by its threshold.
  const told = missed.filter(({ kind }) => kind === 'threshold')
  const invalid = checks.filter(({ outcome }) => outcome === 'error')
  const rules = result.thresholds.map(({ name }) => {
    const text = `The figure ${name} of the load scenario ${result.scenario} stays within its threshold.`
    const described = { shortDescription: { text }, fullDescription: { text }, help: { text } }
    return { id: ruleOf(result, name), name: pascalCase(name), ...described }
  })
  const notifications = invalid.map(({ message, body }) => ({
    level: 'error',
    message: { text: `${message}: ${ended(body)}` },
  }))
  return {
    ...run(result, { kind: `load/${result.scenario}`, rules, notifications }),
    results: told.map((check) => checkResult(result, check)),
  }
}

function checkResult(result: LoadResult, { name, message }: LoadCheck): Json {
  const ruleId = ruleOf(result, name)
  return {
    ruleId,
    ruleIndex: result.thresholds.findIndex((threshold) => threshold.name === name),
    kind: 'fail',
    level: 'error',
    message: { text: `${message}.\nReplay: ${result.manifest.command}` },
    locations: [{ logicalLocations: [{ fullyQualifiedName: ruleId, kind: 'figure' }] }],
    partialFingerprints: { 'shakedownThreshold/v1': ruleId },
  }
}

/** What the runs of both kinds share. */
function run(
  result: Result,
  { kind, rules, notifications }: { kind: string; rules: readonly Json[]; notifications: readonly Json[] },
): Json {
  const { manifest, started_at, duration_ms, partial } = result
  const name = targetName(result)
  const begun = Date.parse(started_at)
  const utc = (ms: number) => new Date(ms).toISOString()
  return {
    tool: { driver: { name: 'Shakedown', version: manifest.shakedown, rules } },
    automationDetails: { id: `shakedown/${kind}/${name}/`, description: { text: `${kind} of ${name}` } },
    invocations: [
      {
        commandLine: manifest.command,
        ...(Number.isNaN(begun) ? {} : { startTimeUtc: utc(begun), endTimeUtc: utc(begun + duration_ms) }),
        executionSuccessful: !partial && notifications.length === 0,
        toolExecutionNotifications: [
          ...('cases' in result ? staleSentences(result) : []).map((text) => ({
            level: 'warning',
            message: { text: ended(text) },
          })),
          ...(partial ? [{ level: 'warning', message: { text: 'The run was interrupted: this is what ran.' } }] : []),
          ...notifications,
        ],
      },
    ],
    columnKind: 'utf16CodeUnits',
  }
}

function ruleOf({ scenario }: LoadResult, threshold: string): string {
  return `load/${scenario}/${threshold}`
}

/** A sentence with one full stop at its end, as SARIF asks of messages. */
function ended(sentence: string): string {
  return `${sentence.replace(/\.$/, '')}.`
}

function pascalCase(id: string): string {
  return id.replace(/(?:^|[^a-zA-Z0-9]+)([a-zA-Z0-9]?)/g, (_, initial: string) => initial.toUpperCase())
}
