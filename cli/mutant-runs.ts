/** The reference server with one fault at a time, and what cases make of it. */
import { availableParallelism } from 'node:os'
import { type Suite, suiteOf } from '../conformance/packs.ts'
import { runSuite } from '../conformance/runner/run.ts'
import type { Mutant } from '../reference-server/mutate.ts'
import type { CaseResult, Manifest } from '../schemas/generated/results.ts'
import { embeddedServer } from './target/embedded.ts'
import { launch } from './target/exec.ts'

/** A broken server is waited for; a mutant that answers too late is later than this. */
const PATIENCE_MS = 1500

/** Most of a mutant's time is waiting, so more of them run at once than there are cores. */
const AT_ONCE = availableParallelism() * 2

export interface MutantRun {
  readonly mutant: Mutant
  readonly cases: readonly CaseResult[]
}

export interface MutantRunOptions {
  /** The cases that a mutant is played: its own, which are those of the requirement that it breaks, or all. */
  readonly cases: 'own' | 'all'
  readonly signal: AbortSignal
  readonly onRun?: (run: MutantRun, done: number) => void
}

/** Whether a case broke on the mutant, as it should. */
export const isKill = ({ verdict }: CaseResult) => ['fail', 'warn', 'notice'].includes(verdict)

/** Whether no case of the requirement that the mutant breaks saw it. */
export const survives = ({ mutant, cases }: MutantRun) =>
  !cases.some((one) => isKill(one) && one.requirements.includes(mutant.requirement))

/** Plays every mutant, in their order; one that escaped while all cores were busy gets the machine to itself. */
export async function playMutants(mutants: readonly Mutant[], options: MutantRunOptions): Promise<MutantRun[]> {
  const suite = suiteOf(['chat'])
  const runs = new Map<Mutant, MutantRun>()
  const play = async (queue: Iterable<Mutant>) => {
    for (const mutant of queue) {
      const run = { mutant, cases: await playOne(mutant, suite, options) }
      runs.set(mutant, run)
      options.onRun?.(run, runs.size)
    }
  }
  const queue = mutants[Symbol.iterator]()
  await Promise.all(Array.from({ length: AT_ONCE }, () => play(queue)))
  // A bound on a rate must excuse a slow server.
  await play([...runs.values()].filter(survives).map(({ mutant }) => mutant))
  return mutants.flatMap((mutant) => runs.get(mutant) ?? [])
}

async function playOne(mutant: Mutant, suite: Suite, { cases, signal }: MutantRunOptions) {
  const target = await launch(await embeddedServer(mutant.id), { profile: 'test' }, signal)
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
      replay: (id) => `npx shakedown conform --only ${id} --mutant ${mutant.id}`,
    })
    return result.cases
  } finally {
    await target.stop()
  }
}
