/** `npm run matrix`: plays every known fault of the reference server, and writes which case saw which. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CLUSTER_MUTANTS, RULE_MUTANTS } from '../reference-server/mutants.ts'
import { renderMutantHtml, renderMutantMarkdown } from '../reports/mutant-matrix.ts'
import { EXIT } from './exit-codes.ts'
import { interruption } from './interrupt.ts'
import { describeUnproven, isProven, playMutants } from './mutant-runs.ts'
import { stderrProgress } from './progress.ts'

const FOLDER = 'shakedown-report'

/** Without `--all` a mutant is played the cases of the rule that it breaks. `--only PREFIX` picks mutants. */
const { values } = parseArgs({ options: { all: { type: 'boolean' }, only: { type: 'string', multiple: true } } })
const { all = false, only = [''] } = values
const mutants = [...RULE_MUTANTS, ...CLUSTER_MUTANTS].filter(({ id }) => only.some((prefix) => id.startsWith(prefix)))
const progress = stderrProgress({ quiet: false })
const runs = await playMutants(mutants, {
  cases: all ? 'all' : 'own',
  signal: interruption(),
  onRun: ({ mutant }, done) => progress.update(`${done} of ${mutants.length} mutants, ${mutant.id}`),
})
progress.clear()
mkdirSync(FOLDER, { recursive: true })
writeFileSync(join(FOLDER, 'mutants.md'), renderMutantMarkdown(runs))
writeFileSync(join(FOLDER, 'mutants.html'), renderMutantHtml(runs))
for (const line of runs.flatMap(describeUnproven)) process.stdout.write(`${line}\n`)
process.stdout.write(`${resolve(FOLDER, 'mutants.html')}\n`)
process.exitCode = mutants.length === 0 ? EXIT.nothing : runs.every(isProven) ? EXIT.ok : EXIT.failed
