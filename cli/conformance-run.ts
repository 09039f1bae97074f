/** One conformance run: the asked packs, each against a target that suits it, as one result. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Campaign } from '../conformance/fuzz/pack.ts'
import { type PackName, type Suite, suiteOf } from '../conformance/packs.ts'
import { calibratePatience } from '../conformance/runner/patience.ts'
import { runSuite } from '../conformance/runner/run.ts'
import { type Selection, select } from '../conformance/runner/select.ts'
import { findCarrier } from '../conformance/wire/carrier.ts'
import { carriedCases, skipped } from '../conformance/wire/pack.ts'
import { type Carrier, SHORT_TERMS, type Terms } from '../conformance/wire/world.ts'
import type { CaseResult, ConformanceResult, ConformanceSummary, Manifest } from '../schemas/generated/results.ts'
import { type LaunchOptions, type Target, TargetError } from '../schemas/target.ts'
import type { Progress } from './progress.ts'
import { watchEnd } from './server-end.ts'
import { openTarget } from './target/open.ts'
import type { TargetChoice } from './target/options.ts'

export interface ConformanceRun {
  readonly packs: readonly PackName[]
  readonly selection: Selection
  /** What brings the wire pack's frames to the server; `auto` asks the server. */
  readonly carrier: Carrier | 'auto'
  /** Messages of each case that sends many compressed ones; default a few. */
  readonly messages?: number
  /** What the fuzz pack generates, and for how long. */
  readonly campaign?: Campaign
  readonly target: TargetChoice
  readonly jobs: number
  /** The longest wait by the server's own limits that a case may take. */
  readonly maxWaitMs: number
  /** Whether transcripts show each frame as it stood on the wire, too; default false. */
  readonly octets?: boolean
  /** Run nothing further once this says so of a case. */
  readonly bail: (result: CaseResult) => boolean
  readonly manifest: Manifest
  readonly replay: (caseId: string) => string
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** How long after its last answer the end of a process may be known, in ms. */
const END_KNOWN_MS = 1000

/** The wire and deflate packs send large frames and many of them; limits of the chat protocol would only stand in their way. */
const CARRYING: LaunchOptions = {
  profile: 'default',
  limits: { rate_per_s: 1_000_000, rate_burst: 1_000_000, max_message_bytes: 32 * 1024 * 1024 },
}

/** How a server that is started here is told to behave towards a pack. */
const LAUNCH: Record<PackName, LaunchOptions> = {
  chat: { profile: 'test' },
  cluster: { profile: 'test' },
  fuzz: { profile: 'test' },
  wire: CARRYING,
  deflate: CARRYING,
}

/**
 * Runs the packs one after the other, for a started server behaves differently for each.
 * @returns undefined where no case is selected.
 * @throws TargetError where a target cannot be had.
 */
export async function runConformance(run: ConformanceRun): Promise<ConformanceResult | undefined> {
  const results: ConformanceResult[] = []
  for (const pack of run.packs) {
    const suite = selected(suiteOf([pack], run.target.capabilities, run.campaign), run.selection)
    if (suite.cases.length === 0) continue
    results.push(await runPack(pack, suite, run))
    if (run.signal.aborted || results.some(({ cases }) => cases.some(run.bail))) break
  }
  return results.length === 0 ? undefined : results.reduce(merged)
}

/** The cases that would run. */
export function selectedCases({
  packs,
  selection,
  target,
}: Pick<ConformanceRun, 'packs' | 'selection' | 'target'>): Suite['cases'] {
  return select(suiteOf(packs, target.capabilities).cases, selection)
}

const selected = (suite: Suite, selection: Selection): Suite => ({ ...suite, cases: select(suite.cases, selection) })

async function runPack(pack: PackName, suite: Suite, run: ConformanceRun): Promise<ConformanceResult> {
  const { progress, signal } = run
  progress.update(`${pack}: waiting for the target`)
  const target = await openTarget(choiceFor(pack, run.target), LAUNCH[pack], signal)
  try {
    const end = watchEnd(target, progress)
    const [url] = target.urls
    if (url === undefined) throw new TargetError('a target has at least one address')
    const patience = await calibratePatience(url)
    const cases = isCarried(pack) ? await casesOn(pack, target, patience, run) : suite.cases
    progress.say(`${pack}: ${cases.length} cases against ${target.description.name ?? target.description.urls[0]}`)
    const result = await runSuite({
      ...{ ...run, ...suite, cases, target, patience },
      onCase: ({ id, verdict }, done, total) => progress.update(`${pack}: ${done} of ${total} cases, ${verdict} ${id}`),
    })
    progress.say(`${pack}: ${countsOf(result.summary)}`)
    // What a server's end broke may be known before the end itself.
    if (result.summary.fail > 0) await Promise.race([target.ended, delay(END_KNOWN_MS)])
    if (!signal.aborted) end.tell()
    return result
  } finally {
    progress.clear()
    await target.stop()
  }
}

/** Several nodes are what the cluster pack tests: as many as are asked for, or the fewest that can be three places. */
function choiceFor(pack: PackName, choice: TargetChoice): TargetChoice {
  if (pack !== 'cluster' || choice.kind === 'url') return choice
  return { ...choice, cluster: { nodes: 3, ...choice.cluster } }
}

/** Such as `150 pass, 2 fail`. */
function countsOf(summary: ConformanceSummary): string {
  const counts = Object.entries(summary).filter(([, count]) => count > 0)
  return counts.map(([verdict, count]) => `${count} ${verdict.replace('_', ' ')}`).join(', ') || 'no case ran'
}

type CarriedPack = 'wire' | 'deflate'
const isCarried = (pack: PackName): pack is CarriedPack => pack === 'wire' || pack === 'deflate'

/** The selected cases of such a pack, all of them skipped on a server that cannot carry them. */
async function casesOn(pack: CarriedPack, target: Target, patience: number, run: ConformanceRun) {
  const { carrier, messages = SHORT_TERMS.messages, selection, signal } = run
  const found = await findCarrier(carrier, target, patience, signal).catch((error: Error) => {
    throw signal.aborted ? signal.reason : new TargetError(`the target answers no handshake: ${error.message}`)
  })
  const cases = (terms: Terms) => select(carriedCases(pack, terms), selection)
  return 'reason' in found ? skipped(cases(SHORT_TERMS), found.reason) : cases({ ...found, messages })
}

/** Two runs as one: the first says who was tested and when it began. */
function merged(first: ConformanceResult, second: ConformanceResult): ConformanceResult {
  const verdicts = Object.keys(first.summary) as (keyof ConformanceSummary)[]
  return {
    ...first,
    partial: first.partial || second.partial,
    duration_ms: first.duration_ms + second.duration_ms,
    summary: Object.fromEntries(
      verdicts.map((verdict) => [verdict, first.summary[verdict] + second.summary[verdict]]),
    ) as unknown as ConformanceSummary,
    cases: [...first.cases, ...second.cases],
    requirements: united(first.requirements, second.requirements),
  }
}

/** What two packs test of one registry is one row; what one leaves to the other is no exclusion of both. */
function united(first: Requirements, second: Requirements): Requirements {
  const known = new Set(first.map(({ id }) => id))
  const more = new Map(second.map(({ id, cases }) => [id, cases]))
  return [
    ...first.map(({ excluded, ...one }) => {
      const cases = [...one.cases, ...(more.get(one.id) ?? [])]
      return { ...one, cases, ...(excluded === undefined || cases.length > 0 ? {} : { excluded }) }
    }),
    ...second.filter(({ id }) => !known.has(id)),
  ]
}

type Requirements = ConformanceResult['requirements']
