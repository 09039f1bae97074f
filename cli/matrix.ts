/** `npm run matrix`: plays every known fault of the reference server, and writes which case saw which. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { isSelected } from '../conformance/runner/select.ts'
import { CLUSTER_MUTANTS, RULE_MUTANTS } from '../reference-server/mutants.ts'
import { renderMutantHtml, renderMutantMarkdown } from '../reports/mutant-matrix.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { interruption } from './interrupt.ts'
import { describeUnproven, isProven, playMutants } from './mutant-runs.ts'
import { stderrProgress } from './progress.ts'
import { runProgram } from './run-program.ts'
import { collect } from './target/options.ts'

interface Flags {
  readonly all?: true
  readonly only?: readonly string[]
}

const FOLDER = 'shakedown-report'

const EXAMPLES = `
Examples:
  npm run matrix
  npm run matrix -- --only resume/ --only session/ --all`

await runProgram(async () => {
  const command = new Command('matrix')
    .description('play every known fault of the reference server, and write which case saw which')
    .option('--all', 'play each mutant all cases, not only those of the rule that it breaks')
    .option('--only <prefix>', 'only the mutants whose id begins so (repeatable)', collect)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .parse()
  return play(command.opts<Flags>())
})

async function play({ all, ...selection }: Flags): Promise<ExitCode> {
  const mutants = [...RULE_MUTANTS, ...CLUSTER_MUTANTS].filter((mutant) => isSelected(mutant, selection))
  if (mutants.length === 0) {
    process.stderr.write(`matrix: no mutant is left by --only; shakedown serve --mutant none names them all\n`)
    return EXIT.nothing
  }
  const progress = stderrProgress({ quiet: false })
  const signal = interruption()
  const runs = await playMutants(mutants, {
    cases: all ? 'all' : 'own',
    signal,
    onRun: ({ mutant }, done) => progress.update(`${done} of ${mutants.length} mutants, ${mutant.id}`),
  })
    .catch((error) => {
      if (!signal.aborted) throw error
    })
    .finally(progress.clear)
  if (runs === undefined || signal.aborted) return EXIT.interrupted
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'mutants.md'), renderMutantMarkdown(runs))
  writeFileSync(join(FOLDER, 'mutants.html'), renderMutantHtml(runs))
  for (const line of runs.flatMap(describeUnproven)) process.stdout.write(`${line}\n`)
  process.stdout.write(`${resolve(FOLDER, 'mutants.html')}\n`)
  return runs.every(isProven) ? EXIT.ok : EXIT.failed
}
