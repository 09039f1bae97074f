/** The reference server with one fault at a time, and what cases make of it. */
import { availableParallelism } from 'node:os'
import { type PackName, type Suite, suiteOf } from '../conformance/packs.ts'
import { runSuite } from '../conformance/runner/run.ts'
import type { RuleMutant } from '../reference-server/mutate.ts'
import { brokenBy } from '../reports/outcome.ts'
import type { CaseResult, Manifest } from '../schemas/generated/results.ts'
import type { Target } from '../schemas/target.ts'
import { launchCluster } from './target/cluster.ts'
import { embeddedServer } from './target/embedded.ts'
import { launch } from './target/exec.ts'

/** A broken server is waited for; a mutant that answers too late is later than this. */
const PATIENCE_MS = 1500

/** How often one that proved nothing beside others is played by itself. */
const MOST_ALONE = 3

/** Most of a mutant's time is waiting, so more of them run at once than there are cores. */
const AT_ONCE = availableParallelism() * 3

export interface MutantRun {
  readonly mutant: RuleMutant
  readonly cases: readonly CaseResult[]
  /** Cases of the requirement that the mutant breaks, with a finding that its fault leads to. */
  readonly kills: readonly CaseResult[]
  /** Such cases with any other finding: they broke by accident, and prove nothing. */
  readonly accidents: readonly CaseResult[]
}

export interface MutantRunOptions {
  /** The cases that a mutant is played: its own, which are those of the requirement that it breaks, or all. */
  readonly cases: 'own' | 'all'
  readonly signal: AbortSignal
  readonly onRun?: (run: MutantRun, done: number) => void
}

/** Whether a case of the requirement that the mutant breaks saw it, and none broke for another reason. */
export const isProven = ({ kills, accidents }: MutantRun) => kills.length > 0 && accidents.length === 0

/** What is left to prove, a line each: that nobody saw the mutant, or what was found in the place of what it shows. */
export function describeUnproven({ mutant, kills, accidents }: MutantRun): string[] {
  const { id, requirement, shows } = mutant
  if (kills.length + accidents.length === 0) return [`${id} survives: no case of ${requirement} broke`]
  const due = [shows].flat().join(' | ')
  return accidents.map((one) => `${id} is killed for another reason by ${one.id}: ${one.reason}; it shows: ${due}`)
}

/** The mutant's own cases that broke on it, parted by what they found. */
export function runOf(mutant: RuleMutant, cases: readonly CaseResult[]): MutantRun {
  const own = cases.filter((one) => isBroken(one) && brokenBy(one).includes(mutant.requirement))
  const isKill = ({ reason = '' }: CaseResult) => [mutant.shows].flat().some((shows) => holds(reason, shows))
  return { mutant, cases, kills: own.filter(isKill), accidents: own.filter((one) => !isKill(one)) }
}

const isBroken = ({ verdict }: CaseResult) => ['fail', 'warn', 'notice'].includes(verdict)

/** Whether the parts between `…` stand in the finding one after the other. */
function holds(finding: string, shows: string): boolean {
  let from = 0
  return shows.split('…').every((part) => {
    const at = finding.indexOf(part, from)
    from = at + part.length
    return at >= 0
  })
}

/** Plays every mutant, in their order; one that proved nothing while all cores were busy gets the machine to itself. */
export async function playMutants(mutants: readonly RuleMutant[], options: MutantRunOptions): Promise<MutantRun[]> {
  const suites = { chat: suiteOf(['chat']), cluster: suiteOf(['cluster']) }
  const runs = new Map<RuleMutant, MutantRun>()
  const play = async (queue: Iterable<RuleMutant>) => {
    for (const mutant of queue) {
      const run = withKillsOf(runs.get(mutant), runOf(mutant, await playOne(mutant, suites[packOf(mutant)], options)))
      runs.set(mutant, run)
      options.onRun?.(run, runs.size)
    }
  }
  const queue = mutants[Symbol.iterator]()
  await Promise.all(Array.from({ length: AT_ONCE }, () => play(queue)))
  // A bound on a rate must excuse a slow server, and a race is not lost each time.
  for (let n = 0; n < MOST_ALONE; n += 1) {
    const proven = new Set([...runs.values()].flatMap(({ kills }) => kills.map(({ id }) => id)))
    const leavesOpen = ({ mutant }: MutantRun) =>
      suites[packOf(mutant)].cases.some((one) => one.requirements.includes(mutant.requirement) && !proven.has(one.id))
    await play([...runs.values()].flatMap((run) => (isProven(run) && !leavesOpen(run) ? [] : run.mutant)))
  }
  return mutants.flatMap((mutant) => runs.get(mutant) ?? [])
}

/** The later run of a mutant, with what killed it in the earlier one: a case that once saw a fault can see it. */
function withKillsOf(earlier: MutantRun | undefined, later: MutantRun): MutantRun {
  const others = earlier?.kills.filter(({ id }) => !later.kills.some((kill) => kill.id === id)) ?? []
  return { ...later, kills: [...later.kills, ...others] }
}

/** Rules of several nodes are broken by several: the fault is in each of them. */
const packOf = ({ requirement }: RuleMutant) =>
  (requirement.startsWith('cluster/') ? 'cluster' : 'chat') satisfies PackName

const NODES = 2

async function targetOf(mutant: RuleMutant, signal: AbortSignal): Promise<Target> {
  const server = await embeddedServer(mutant.id)
  const options = { profile: 'test' } as const
  return packOf(mutant) === 'cluster'
    ? launchCluster(server, { nodes: NODES }, options, signal)
    : launch(server, options, signal)
}

async function playOne(mutant: RuleMutant, suite: Suite, { cases, signal }: MutantRunOptions) {
  const target = await targetOf(mutant, signal)
  try {
    const { registry, exclusions } = suite
    const own = suite.cases.filter(({ requirements }) => requirements.includes(mutant.requirement))
    const result = await runSuite({
      ...{ target, registry, exclusions, signal },
      cases: cases === 'all' ? suite.cases : own,
      manifest: {} as Manifest,
      jobs: 8,
      patience: PATIENCE_MS,
      maxWaitMs: 10_000,
      confirm: false,
      replay: (id) => `npx shakedown conform --pack ${packOf(mutant)} --only ${id} --mutant ${mutant.id}`,
    })
    return result.cases
  } finally {
    await target.stop()
  }
}
