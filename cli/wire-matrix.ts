/** `npm run wire-matrix`: plays every case of the wire and deflate packs on every fault of the broken echo server. */
import { Command } from 'commander'
import { isSelected } from '../conformance/runner/select.ts'
import { FAULTS } from '../conformance/wire/broken-echo/faults.ts'
import { CASES, disagreements, playFault } from '../conformance/wire/broken-echo/matrix.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { interruption } from './interrupt.ts'
import { stderrProgress } from './progress.ts'
import { runProgram } from './run-program.ts'
import { collect } from './target/options.ts'

interface Flags {
  readonly only?: readonly string[]
}

/** As patient as a run that measures no round trip. */
const SILENCE_MS = 3000

const EXAMPLES = `
Examples:
  npm run wire-matrix
  npm run wire-matrix -- --only "answers pings" --only "takes any key"`

await runProgram(async () => {
  const command = new Command('wire-matrix')
    .description('play every case of the wire and deflate packs on every fault of the broken echo server')
    .option('--only <prefix>', 'only the faults whose name begins so (repeatable)', collect)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .parse()
  return play(command.opts<Flags>())
})

async function play(selection: Flags): Promise<ExitCode> {
  const faults = FAULTS.filter((fault) => isSelected({ id: fault }, selection))
  if (faults.length === 0) {
    process.stderr.write(
      'wire-matrix: no fault is left by --only; conformance/wire/broken-echo/faults.ts names them all\n',
    )
    return EXIT.nothing
  }
  const signal = interruption()
  const progress = stderrProgress({ quiet: false })
  const killed = new Set<string>()
  let wrong = 0
  for (const [n, fault] of faults.entries()) {
    const outcome = await playFault(fault, { signal, silenceMs: SILENCE_MS })
    if (signal.aborted) {
      progress.clear()
      return EXIT.interrupted
    }
    const failed = [...outcome].filter(([, { verdict }]) => verdict === 'fail').map(([id]) => id)
    for (const id of failed) killed.add(id)
    const lines = disagreements(fault, outcome)
    for (const line of lines) process.stdout.write(`${line}\n`)
    wrong += lines.length
    progress.update(
      `${n + 1} of ${faults.length} faults; ${failed.length} of ${outcome.size} cases fail where it ${fault}`,
    )
  }
  progress.clear()
  const unproven = faults.length === FAULTS.length ? CASES.filter(({ id }) => !killed.has(id)) : []
  for (const { id } of unproven) process.stdout.write(`${id} fails on no fault\n`)
  process.stdout.write(
    `${faults.length} faults, ${CASES.length} cases each: ${wrong} verdicts are not as they should be\n`,
  )
  return wrong + unproven.length === 0 ? EXIT.ok : EXIT.failed
}
