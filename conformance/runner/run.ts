/** Runs cases side by side against a target, and makes the result file's value of what they found. */
import type { CaseResult, ConformanceResult, Level, Manifest } from '../../schemas/generated/results.ts'
import type { Requirement } from '../../schemas/requirements.ts'
import type { Case } from './case.ts'
import { perform, type Setting } from './stage.ts'
import { type Judgement, judge, reconcile, summarise } from './verdict.ts'

/** A requirement, and the file in which it stands, as a URI relative to Shakedown's root. */
export type RegistryEntry = Requirement & { readonly file: string }

export interface SuiteOptions extends Setting {
  readonly cases: readonly Case[]
  /** Every requirement of the packs that run, tested or not. */
  readonly registry: readonly RegistryEntry[]
  /** Why a requirement has no case, by its id. */
  readonly exclusions: ReadonlyMap<string, string>
  readonly manifest: Manifest
  /** How many cases run at the same time. */
  readonly jobs: number
  /** The command that runs this case alone. */
  readonly replay: (caseId: string) => string
  /** Stop starting cases once one has failed. */
  readonly bail?: boolean
  /** Run a broken case once more, to tell what is always broken from what is flaky; default true. */
  readonly confirm?: boolean
  readonly onStart?: (one: Case) => void
  readonly onCase?: (result: CaseResult, done: number, total: number) => void
}

/**
 * Runs the cases, several at a time. When `signal` aborts, cases that had not ended are left out and the result is
 * marked as partial. Never rejects because of what a case does; a fault of the harness is the verdict `harness_error`.
 */
export async function runSuite(options: SuiteOptions): Promise<ConformanceResult> {
  const { cases, registry, signal } = options
  const levels = new Map(registry.map(({ id, level }) => [id, level]))
  const startedAt = new Date()
  const began = performance.now()
  const results = new Map<string, CaseResult>()
  const queue = cases[Symbol.iterator]()
  let bailed = false

  const worker = async () => {
    for (const one of queue) {
      options.onStart?.(one)
      const result = await runCase(one, levelOf(one, levels), options)
      if (signal.aborted) return
      results.set(one.id, result)
      options.onCase?.(result, results.size, cases.length)
      bailed ||= options.bail === true && result.verdict === 'fail'
      if (bailed) return
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, worker))

  const ordered = cases.flatMap(({ id }) => results.get(id) ?? [])
  return {
    format: 'shakedown.conformance/1',
    partial: ordered.length < cases.length,
    target: options.target.description,
    manifest: options.manifest,
    started_at: startedAt.toISOString(),
    duration_ms: Math.round(performance.now() - began),
    summary: summarise(ordered),
    cases: ordered,
    requirements: coverage(options),
  }
}

async function runCase(one: Case, level: Level, options: SuiteOptions): Promise<CaseResult> {
  const played = await perform(one, options)
  let judgement: Judgement = judge(played.thrown, level)
  if (isBroken(judgement) && options.confirm !== false && !options.signal.aborted) {
    // One more run tells a rule that is always broken from one that is broken now and then.
    const again = await perform(one, options)
    judgement = reconcile(judgement, judge(again.thrown, level))
  }
  return {
    id: one.id,
    pack: one.pack,
    requirements: [...one.requirements],
    level,
    title: one.title,
    ...judgement,
    duration_ms: played.durationMs,
    ...(one.aliases ? { aliases: [...one.aliases] } : {}),
    replay: options.replay(one.id),
    transcript: played.transcript,
  }
}

const isBroken = ({ verdict }: Judgement) => verdict === 'fail' || verdict === 'warn'

/** The level that the case's requirements share. @throws where the registry lacks one, or where they differ. */
function levelOf(one: Case, levels: ReadonlyMap<string, Level>): Level {
  const found = new Set(one.requirements.map((id) => levels.get(id)))
  const [level] = found
  if (found.size !== 1 || level === undefined)
    throw new Error(`case ${one.id} must cite requirements of the registry that share one level: ${one.requirements}`)
  return level
}

function coverage({ cases, registry, exclusions }: SuiteOptions): ConformanceResult['requirements'] {
  return registry.map(({ id, level, text, file, line }) => {
    const excluded = exclusions.get(id)
    return {
      id,
      level,
      text,
      file,
      line,
      cases: cases.filter(({ requirements }) => requirements.includes(id)).map((one) => one.id),
      ...(excluded === undefined ? {} : { excluded }),
    }
  })
}
