/** `npm run fuzz-sweep`: plays the fuzz pack against faults of the reference server, and says which of them it finds. */
import { Command, Option } from 'commander'
import fc from 'fast-check'
import { pathIn, playsUpTo } from '../conformance/fuzz/path.ts'
import { whyOutOfReach } from '../conformance/fuzz/reach.ts'
import { suiteOf } from '../conformance/packs.ts'
import { runSuite } from '../conformance/runner/run.ts'
import { isSelected } from '../conformance/runner/select.ts'
import { RULE_MUTANTS } from '../reference-server/mutants.ts'
import type { Mutant } from '../reference-server/mutate.ts'
import type { CaseResult, Manifest } from '../schemas/generated/results.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { duration, wholeNumber } from './flag-values.ts'
import { interruption } from './interrupt.ts'
import { type Progress, stderrProgress } from './progress.ts'
import { runProgram } from './run-program.ts'
import { embeddedServer } from './target/embedded.ts'
import { launch } from './target/exec.ts'
import { collect } from './target/options.ts'

interface Flags {
  readonly seed: number
  readonly duration: number
  readonly inputs: number
  readonly only?: readonly string[]
  readonly sample?: number
  readonly jobs: number
  readonly quiet?: true
}

/** What the pack made of one mutant. */
interface Row {
  readonly mutant: Mutant
  readonly found: CaseResult | undefined
}

/** A server that owes an answer is waited for. */
const PATIENCE_MS = 3000

/** It starts a server of its own and takes long, so that it is played only where a rule that it cites is broken. */
const HEAVY = 'fuzz/hostile-inputs'

const EXAMPLES = `
Examples:
  npm run fuzz-sweep -- --sample 80 --seed 7
  npm run fuzz-sweep -- --only resume/ --only session/ --duration 20s`

await runProgram(async () => {
  const command = new Command('fuzz-sweep')
    .description('play the fuzz pack against faults of the reference server, and say which of them it finds')
    .option('--seed <n>', 'what is generated, and which mutants are a sample', wholeNumber(0), 1)
    .addOption(
      new Option('--duration <duration>', 'how long each mutant is played').argParser(duration).default(8000, '8s'),
    )
    .option(
      '--inputs <n>',
      `how many inputs ${HEAVY} sends, where a mutant breaks one of its rules`,
      wholeNumber(1),
      500,
    )
    .option('--only <prefix>', 'only the mutants whose id begins so (repeatable)', collect)
    .option('--sample <n>', 'so many of the mutants within reach, drawn by the seed', wholeNumber(1))
    .option('--jobs <n>', 'how many mutants are played side by side', wholeNumber(1), 2)
    .option('--quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .parse()
  return sweep(command.opts<Flags>())
})

async function sweep(flags: Flags): Promise<ExitCode> {
  const { jobs, quiet = false } = flags
  const selected = RULE_MUTANTS.filter((mutant) => isSelected(mutant, flags))
  const within = selected.filter(({ requirement }) => whyOutOfReach(requirement) === undefined)
  const mutants = drawn(within, flags)
  const signal = interruption()
  const rows: Row[] = []
  const progress = stderrProgress({ quiet })
  const queue = mutants[Symbol.iterator]()
  const worker = async () => {
    for (const mutant of queue) {
      const found = await play(mutant, flags, signal)
      if (signal.aborted) return
      rows.push({ mutant, found })
      tell(rows, mutants.length, progress)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  progress.clear()
  process.stdout.write(
    render(
      mutants.flatMap((mutant) => rows.find((row) => row.mutant === mutant) ?? []),
      flags,
    ),
  )
  process.stdout.write(`${selected.length - within.length} of ${selected.length} mutants are out of reach.\n`)
  if (signal.aborted) return EXIT.interrupted
  return mutants.length === 0 ? EXIT.nothing : EXIT.ok
}

function drawn(mutants: readonly Mutant[], { sample, seed }: Flags): readonly Mutant[] {
  if (sample === undefined || sample >= mutants.length) return mutants
  const subarray = fc.shuffledSubarray([...mutants], { minLength: sample, maxLength: sample })
  return fc.sample(subarray, { seed, numRuns: 1 })[0] ?? []
}

function tell(rows: readonly Row[], count: number, progress: Progress): void {
  const found = rows.filter((row) => row.found !== undefined).length
  const last = rows.at(-1)
  const how = last?.found === undefined ? 'not found' : `found by ${last.found.id}`
  progress.update(`${rows.length} of ${count} mutants, ${found} found; ${last?.mutant.id}: ${how}`)
}

/** The first finding; the others are not waited for. */
async function play(mutant: Mutant, { seed, duration: durationMs, inputs }: Flags, signal: AbortSignal) {
  const { root: _, ...suite } = suiteOf(['fuzz'], undefined, { seed, durationMs, inputs, shrinks: false })
  const cases = suite.cases.filter(({ id, requirements }) => id !== HEAVY || requirements.includes(mutant.requirement))
  const target = await launch(await embeddedServer(mutant.id), { profile: 'test' }, signal)
  const over = new AbortController()
  let found: CaseResult | undefined
  try {
    await runSuite({
      ...{ ...suite, target, cases, jobs: cases.length, patience: PATIENCE_MS, maxWaitMs: 10_000, confirm: false },
      signal: AbortSignal.any([signal, over.signal]),
      manifest: {} as Manifest,
      replay: (id) => id,
      onCase: (one) => {
        if (one.verdict !== 'fail') return
        found ??= one
        over.abort()
      },
    })
    return found
  } finally {
    await target.stop()
  }
}

function render(rows: readonly Row[], { seed, duration: durationMs }: Flags): string {
  const width = Math.max(0, ...rows.map(({ mutant }) => mutant.id.length))
  const lines = rows.map(({ mutant, found }) => `${mutant.id.padEnd(width)}  ${foundBy(found)}\n`)
  const count = rows.filter(({ found }) => found !== undefined).length
  const share = rows.length === 0 ? 0 : Math.round((100 * count) / rows.length)
  const budget = `${durationMs / 1000} s each, seed ${seed}`
  return `${lines.join('')}\n${count} of ${rows.length} mutants within reach were found (${share} %), ${budget}.\n`
}

/** A finding without a path is that of a case whose inputs are judged together. */
function foundBy(found: CaseResult | undefined): string {
  if (found === undefined) return '-'
  const path = pathIn(found)
  const after = path === undefined ? '' : ` after ${playsUpTo(path)}`
  return `${found.id}${after}: ${(found.reason ?? '').slice(0, 160)}`
}
