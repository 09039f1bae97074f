/** Runs cases side by side against a target, and makes the result file's value of what they found. */
import { setTimeout as delay } from 'node:timers/promises'
import type { CaseResult, ConformanceResult, Level, Manifest } from '../../schemas/generated/results.ts'
import type { Requirement } from '../../schemas/requirements.ts'
import type { Target } from '../../schemas/target.ts'
import { type Case, Finding, Missed } from './case.ts'
import { Pace } from './pace.ts'
import { type Performance, perform, type Setting } from './stage.ts'
import { STALL_MS } from './stall.ts'
import { type Judgement, judge, judgeCase, levelOf, reconcile, summarise } from './verdict.ts'

/** A requirement, and the file in which it stands, as a URI relative to Shakedown's root. */
export type RegistryEntry = Requirement & { readonly file: string }

export interface SuiteOptions extends Setting {
  readonly cases: readonly Case[]
  /** What all of them rest on. It is played first, and where it fails it is the one finding: the others are skipped. */
  readonly root?: Case
  /** Every requirement of the packs that run, tested or not. */
  readonly registry: readonly RegistryEntry[]
  /** Requirements of other packs: one that a finding is about stands in the result as well. */
  readonly elsewhere?: readonly RegistryEntry[]
  /** Why a requirement has no case, by its id. */
  readonly exclusions: ReadonlyMap<string, string>
  readonly manifest: Manifest
  /** How many cases run at the same time. */
  readonly jobs: number
  /** The command that runs this case alone. */
  readonly replay: (caseId: string) => string
  /** Start no further case once this says so of one. */
  readonly bail?: (result: CaseResult) => boolean
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
  const startedAt = new Date()
  const began = performance.now()
  const results = await playAll(options)
  return {
    format: 'shakedown.conformance/1',
    partial: options.cases.some(({ id }) => !results.some((result) => result.id === id)),
    target: options.target.description,
    manifest: options.manifest,
    started_at: startedAt.toISOString(),
    duration_ms: Math.round(performance.now() - began),
    summary: summarise(results),
    cases: results,
    requirements: coverage(options, results),
  }
}

/** The results in the order of the cases. */
async function playAll(options: SuiteOptions): Promise<CaseResult[]> {
  const { cases, registry, elsewhere = [], signal, root } = options
  const levels = new Map([...registry, ...elsewhere].map(({ id, level }) => [id, level]))
  const server = watched(options.target)
  const jobs = Math.max(1, options.jobs)
  const pace = new Pace(jobs, performance.now()).watch()
  const play = (one: Case) => runCase(one, levels, options, server, pace)
  const rooted = root && (await play(root))
  if (rooted?.verdict === 'fail' && !signal.aborted) {
    pace.end()
    const others = cases.filter(({ id }) => id !== rooted.id)
    return [rooted, ...others.map((one) => restsOn(rooted, one, levelOf(one, levels), options))]
  }

  const results = new Map<string, CaseResult>()
  const queue = [...cases].sort((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false))[Symbol.iterator]()
  let bailed = false
  const worker = async (_: unknown, n: number) => {
    for (;;) {
      await pace.turn(n)
      const { value: one, done } = queue.next()
      if (done === true || bailed || signal.aborted) return pace.end()
      options.onStart?.(one)
      const result = await play(one)
      if (signal.aborted) return pace.end()
      results.set(one.id, result)
      options.onCase?.(result, results.size, cases.length)
      bailed ||= options.bail?.(result) === true
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return cases.flatMap(({ id }) => results.get(id) ?? [])
}

/** A case that was not played, for the root of all has failed. */
function restsOn(root: CaseResult, one: Case, level: Level, options: SuiteOptions): CaseResult {
  const reason = `rests on ${root.id}, which failed: ${root.reason}`
  return { ...identity(one, level, options), verdict: 'skip', reason, duration_ms: 0, transcript: [] }
}

/** A server that was started for the run, and how it ended, once it has. */
interface Server {
  ended: string | undefined
}

function watched(target: Target): Server {
  const server: Server = { ended: undefined }
  void target.ended?.then((how) => {
    server.ended = how
  })
  return server
}

/**
 * A server that has ended keeps no rule: the cases that are left fail at once, rather than each wait for an answer. They
 * are no skips, for with a server that dies a run must not look better than with one that is wrong.
 */
async function runCase(
  one: Case,
  levels: ReadonlyMap<string, Level>,
  options: SuiteOptions,
  server: Server,
  pace: Pace,
): Promise<CaseResult> {
  const judged = (thrown: unknown) => judgeCase(thrown, one, levels)
  const level = levelOf(one, levels)
  const base = identity(one, level, options)
  if (server.ended !== undefined) {
    const judgement = judge(new Finding('a running server', `one that had ended (${server.ended})`), level)
    return { ...base, ...judgement, duration_ms: 0, transcript: [] }
  }
  const played = await performed(one, options, pace)
  let judgement = judged(played.thrown)
  if (isBroken(judgement) && options.confirm !== false && !options.signal.aborted && server.ended === undefined) {
    // One more run tells a rule that is always broken from one that is broken now and then.
    const again = await perform(one, options)
    judgement = reconcile(judgement, judged(again.thrown))
  }
  judgement = await withEnd(judgement, level, options.target, server)
  return { ...base, ...judgement, duration_ms: played.durationMs, transcript: played.transcript }
}

/** How often a case is played again because the machine, and not the server, may have broken the rule. */
const MOST_VOID = 3

/**
 * Plays the case until a performance counts. One that missed something while this process stood still is no evidence of a
 * broken rule: our clients were late, and a server may end a client that is. What came and was wrong counts at once.
 */
async function performed(one: Case, options: SuiteOptions, pace: Pace): Promise<Performance> {
  let played = await perform(one, options)
  for (let n = 0; n < MOST_VOID && isVoid(played) && !options.signal.aborted; n += 1) {
    await pace.calm(options.signal)
    played = await perform(one, options)
  }
  if (!isVoid(played)) return played
  const { expected, actual, breaks } = played.thrown as Missed
  const stood = `this process stood still for ${Math.round(played.stalledMs)} ms meanwhile, and each time before`
  return { ...played, thrown: new Missed(expected, `${actual} (${stood}: is the machine busy?)`, breaks) }
}

const isVoid = ({ stalledMs, thrown }: Performance) => stalledMs >= STALL_MS && thrown instanceof Missed

/** How long after its connections the end of a process may be known, in ms. */
const END_KNOWN_MS = 1000

/** The judgement on a case during which the server ended says so, and is no fault of the harness. */
async function withEnd(judgement: Judgement, own: Level, target: Target, server: Server): Promise<Judgement> {
  const { verdict, expected = 'a running server', actual, level, broken } = judgement
  if (verdict === 'harness_error' && target.ended !== undefined)
    await Promise.race([target.ended, delay(END_KNOWN_MS, undefined, { ref: false })])
  if (server.ended === undefined || !(isBroken(judgement) || verdict === 'harness_error')) return judgement
  const end = `the server ended (${server.ended}) while this case ran`
  const ended = judge(new Finding(expected, actual === undefined ? end : `${actual}; ${end}`), level ?? own)
  // Of what a case checks nothing holds on a server that it ends.
  return level === undefined || broken === undefined ? ended : { ...ended, level, broken }
}

/** What a result says of a case whatever comes of it. */
function identity(one: Case, level: Level, { replay }: SuiteOptions) {
  return {
    id: one.id,
    pack: one.pack,
    requirements: [...one.requirements],
    level,
    title: one.title,
    ...(one.aliases ? { aliases: [...one.aliases] } : {}),
    replay: replay(one.id),
  }
}

const isBroken = ({ verdict }: Judgement) => verdict === 'fail' || verdict === 'warn'

function coverage(
  { cases, registry, elsewhere = [], exclusions }: SuiteOptions,
  results: readonly CaseResult[],
): ConformanceResult['requirements'] {
  const found = elsewhere.filter(({ id }) => results.some(({ broken }) => broken?.includes(id)))
  return [...registry, ...found].map(({ id, level, text, file, line }) => {
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
