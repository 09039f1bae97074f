/** The two servers of a comparison that is played now: how they are written, and their runs by turns. */
import { join } from 'node:path'
import type { PlayedWorkload } from '../loadtests/played-workload.ts'
import type { LoadResult } from '../schemas/generated/results.ts'
import { obtainK6, playWorkload } from './load-run.ts'
import { checkWritable, writeOutput } from './output-file.ts'
import type { Progress } from './progress.ts'
import { chooseTarget, type TargetChoice } from './target/options.ts'
import { UsageError } from './usage-error.ts'

export interface Pairs {
  readonly a: readonly LoadResult[]
  readonly b: readonly LoadResult[]
}

/** What was played, and what cut it short, if anything did. */
export interface PairsMade extends Pairs {
  readonly failure?: unknown
}

export interface PairsPlayed {
  readonly a: TargetChoice
  readonly b: TargetChoice
  readonly workload: PlayedWorkload
  readonly pairs: number
  /** A folder for the result of every run. */
  readonly keep: string | undefined
  readonly args: readonly string[]
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * The server that an operand names: `embedded`, `exec:COMMAND`, `target:FILE` or a WebSocket address; undefined where it
 * names none, but a file.
 * @throws UsageError as chooseTarget does.
 */
export function serverNamed(operand: string): TargetChoice | undefined {
  if (operand === 'embedded') return chooseTarget({}, 'chat')
  if (operand.startsWith('exec:')) return chooseTarget({ exec: operand.slice('exec:'.length) }, 'chat')
  if (operand.startsWith('target:')) return chooseTarget({ target: operand.slice('target:'.length) }, 'chat')
  return /^wss?:/.test(operand) ? chooseTarget({ url: [operand] }, 'chat') : undefined
}

/**
 * Plays the workload against A and B by turns (A B, B A, A B …), so that what drifts touches both alike.
 * @returns whole pairs only: what was played until then, where the signal aborts or a later pair fails.
 * @throws as playWorkload, where it is the first pair that cannot be played, and K6Missing.
 */
export async function playPairs(played: PairsPlayed): Promise<PairsMade> {
  const { pairs, keep, progress, signal } = played
  const k6 = await obtainK6(progress, signal)
  const results: { a: LoadResult[]; b: LoadResult[] } = { a: [], b: [] }
  const play = async (pair: number, side: Side) => {
    const heard = relay(progress, `pair ${pair}/${pairs}, ${side.toUpperCase()}`)
    const result = await playWorkload({ ...played, k6, target: played[side], progress: heard })
    if (keep !== undefined) keepRun(keep, side, pair, result)
    return result
  }
  const playPair = async (pair: number): Promise<Pair> => {
    if (pair % 2 === 1) return { a: await play(pair, 'a'), b: await play(pair, 'b') }
    return { b: await play(pair, 'b'), a: await play(pair, 'a') }
  }
  for (let pair = 1; pair <= pairs && !signal.aborted; pair++) {
    try {
      const made = await playPair(pair)
      if (signal.aborted) break
      results.a.push(made.a)
      results.b.push(made.b)
      progress.say(`compare: pair ${pair}/${pairs}, delivery.p99 of A ${p99Of(made.a)}, of B ${p99Of(made.b)}`)
    } catch (failure) {
      if (signal.aborted) break
      if (pair === 1) throw failure
      return { ...results, failure }
    }
  }
  return results
}

const SIDES = ['a', 'b'] as const
type Side = (typeof SIDES)[number]
type Pair = Readonly<Record<Side, LoadResult>>

/** What a run says is shown while it runs, under the name of its turn, and does not stay. */
function relay(progress: Progress, turn: string): Progress {
  return { say() {}, update: (line) => progress.update(`compare: ${turn}: ${line}`), clear: progress.clear }
}

/**
 * Refuses a folder for the runs that they could not be written to, before one is spent on it.
 * @throws UsageError
 */
export function checkKeep(folder: string): void {
  try {
    for (const side of SIDES) checkWritable(keptIn(folder, side, 1))
  } catch (error) {
    throw new UsageError(`--keep ${folder} cannot be written to: ${(error as Error).message}`)
  }
}

function keepRun(folder: string, side: Side, pair: number, result: LoadResult): void {
  writeOutput(keptIn(folder, side, pair), `${JSON.stringify(result)}\n`)
}

/** Where `compare FOLDER/a FOLDER/b` finds it again. */
const keptIn = (folder: string, side: Side, pair: number) => join(folder, side, `${String(pair).padStart(3, '0')}.json`)

function p99Of({ validity, latency }: LoadResult): string {
  const { delivery } = latency
  if (validity.verdict === 'invalid' || delivery === undefined || delivery.count === 0) return validity.verdict
  return `${delivery.p99.toFixed(1)} ms`
}
