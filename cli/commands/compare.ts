/** `shakedown compare`: what changed between two results, sets of results or servers; its exit code gates. */
import { Command } from 'commander'
import type { ConformanceResult, LoadResult, Result } from '../../schemas/generated/results.ts'
import { EXIT, type ExitCode, type Finish, foremost } from '../exit-codes.ts'
import { percentage, wholeNumber } from '../flag-values.ts'
import { interruption } from '../interrupt.ts'
import { stderrProgress } from '../progress.ts'
import { collect, type TargetChoice } from '../target/options.ts'
import { UsageError } from '../usage-error.ts'

interface CompareFlags {
  readonly workload?: string
  readonly runs?: number
  readonly keep?: string
  readonly minEffect: number
  readonly figure?: readonly string[]
  readonly seed: number
  readonly quiet?: true
}

/** Enough to find a difference of 20 % nine times in ten, where runs of one server differ by 7 % (standard deviation). */
const DEFAULT_PAIRS = 20
const DEFAULT_WORKLOAD = 'quick'

const EXAMPLES = `
A and B are both one of
  a result file of conform              what changed, verdict by verdict
  result files of load                  a file with one result or a list of them, or a folder of such files
  servers                               embedded, exec:COMMAND, target:FILE, or an address such as ws://127.0.0.1:4000/ws
                                        (whose tokens CHAT_JWT_SECRET signs): both are played now, by turns

Examples:
  shakedown compare main.json branch.json
  shakedown compare --workload quick --runs 20 'exec:node main.js' 'exec:node branch.js'
  CHAT_JWT_SECRET=… shakedown compare --workload mine.json ws://127.0.0.1:4000/ws ws://127.0.0.1:4001/ws --keep runs
  shakedown compare runs/a runs/b --min-effect 5% --figure delivery.p99
`

export function compareCommand(finish: Finish): Command {
  return new Command('compare')
    .description('what changed from one result, set of results or server to another; exits with 1 on a regression')
    .argument('<a>', 'what sets the mark')
    .argument('<b>', 'what is held against it')
    .optionsGroup('Servers that are played now:')
    .option('--workload <workload>', `what is played: a bundled workload or a file (default: ${DEFAULT_WORKLOAD})`)
    .option('--runs <n>', `runs of each (default: ${DEFAULT_PAIRS})`, wholeNumber(1))
    .option('--keep <folder>', 'write every run there, to FOLDER/a and FOLDER/b')
    .option('--quiet', 'no progress on stderr')
    .optionsGroup('Load:')
    .option('--min-effect <share>', 'a difference up to this matters to nobody', percentage, 0.1)
    .option(
      '--figure <name>',
      'what is compared, such as ack.p50; repeatable (default: delivery.p50, delivery.p99 and cpu_us_per_delivery)',
      collect,
    )
    .option('--seed <n>', 'of the bootstrap: the same runs and seed give the same intervals', wholeNumber(0), 1)
    .addHelpText('after', EXAMPLES)
    .action(async (a: string, b: string, flags: CompareFlags) => finish(await compare(a, b, flags)))
}

async function compare(a: string, b: string, flags: CompareFlags): Promise<ExitCode> {
  const { serverNamed } = await import('../compared-servers.ts')
  const [serverA, serverB] = [serverNamed(a), serverNamed(b)]
  if (serverA !== undefined && serverB !== undefined) return compareServers(serverA, serverB, flags)
  if (serverA !== undefined || serverB !== undefined)
    throw new UsageError(`one of ${a} and ${b} is a server, the other is not; give two servers, or two sets of results`)
  const stray = (['workload', 'runs', 'keep'] as const).find((flag) => flags[flag] !== undefined)
  if (stray !== undefined) throw new UsageError(`--${stray} goes with two servers; ${a} is taken for a file`)

  const { readResultSet } = await import('../result-files.ts')
  const [setA, setB] = [readResultSet(a), readResultSet(b)]
  if (setA.every(isLoad) && setB.every(isLoad)) {
    await requireFigures(flags, [...new Set([...setA, ...setB].flatMap(({ latency }) => Object.keys(latency)))])
    return judgeLoad(setA, setB, flags)
  }
  return compareCases(oneConformance(a, setA), oneConformance(b, setB))
}

async function compareServers(a: TargetChoice, b: TargetChoice, flags: CompareFlags): Promise<ExitCode> {
  const { checkKeep, playPairs } = await import('../compared-servers.ts')
  const { readWorkload } = await import('../../loadtests/workload.ts')
  const { planOf } = await import('../../loadtests/plans/registry.ts')
  const { runs: pairs = DEFAULT_PAIRS, keep, quiet = false } = flags
  const workload = await readWorkload(flags.workload ?? DEFAULT_WORKLOAD)
  await requireFigures(flags, planOf(workload).latencies)
  if (keep !== undefined) checkKeep(keep)
  const [signal, progress, args] = [interruption(), stderrProgress({ quiet }), process.argv.slice(2)]
  const played = await playPairs({ a, b, workload, pairs, keep, args, progress, signal })
  if (played.failure !== undefined) process.stdout.write(`cut short after ${played.a.length} of ${pairs} pairs\n`)
  const judged = await judgeLoad(played.a, played.b, flags)
  // It comes before whatever the pairs amount to that were played.
  if (played.failure !== undefined) throw played.failure
  return signal.aborted ? foremost([EXIT.interrupted, judged]) : judged
}

/** @throws UsageError where a figure is asked for that no run can have. */
async function requireFigures({ figure: figures = [] }: CompareFlags, latencies: readonly string[]): Promise<void> {
  const { unknownFigure } = await import('../../reports/compared-figures.ts')
  const fault = unknownFigure(figures, latencies)
  if (fault !== undefined) throw new UsageError(`--figure: ${fault}`)
}

async function judgeLoad(a: readonly LoadResult[], b: readonly LoadResult[], flags: CompareFlags): Promise<ExitCode> {
  const { compareLoad, DEFAULT_FIGURES, Incomparable, regressionsOf, whyNothing } = await import(
    '../../reports/compare-load.ts'
  )
  const { renderLoadComparison } = await import('../../reports/compare-load-text.ts')
  const { minEffect, seed, figure: figures = DEFAULT_FIGURES } = flags
  try {
    const comparison = compareLoad(a, b, { figures, minEffect, seed })
    process.stdout.write(`${renderLoadComparison(comparison)}\n`)
    if (regressionsOf(comparison).length > 0) return EXIT.failed
    // Where nothing was compared, nothing speaks for B either.
    const nothing = whyNothing(comparison)
    if (nothing === undefined) return EXIT.ok
    return nothing === 'invalid' ? EXIT.invalid : EXIT.nothing
  } catch (error) {
    throw error instanceof Incomparable ? new UsageError(error.message) : error
  }
}

async function compareCases(before: ConformanceResult, after: ConformanceResult): Promise<ExitCode> {
  const { compareConformance } = await import('../../reports/compare.ts')
  const { text, regressions } = compareConformance(before, after)
  process.stdout.write(`${text}\n`)
  return regressions.length > 0 ? EXIT.failed : EXIT.ok
}

const isLoad = (result: Result): result is LoadResult => result.format === 'shakedown.load/1'

function oneConformance(file: string, [result, ...others]: readonly Result[]): ConformanceResult {
  if (result?.format === 'shakedown.conformance/1' && others.length === 0) return result
  throw new UsageError(
    `${file} is not one conformance result; compare takes two of these, or load results on both sides`,
  )
}
