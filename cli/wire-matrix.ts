/** `npm run wire-matrix`: plays every case of the wire and deflate packs on every fault of the broken echo server. */
import { parseArgs } from 'node:util'
import { FAULTS } from '../conformance/wire/broken-echo/faults.ts'
import { CASES, disagreements, playFault } from '../conformance/wire/broken-echo/matrix.ts'
import { EXIT } from './exit-codes.ts'
import { interruption } from './interrupt.ts'
import { stderrProgress } from './progress.ts'

/** As patient as a run that measures no round trip. */
const SILENCE_MS = 3000

/** `--only PREFIX` picks faults. */
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
const { only = [''] } = values
const faults = FAULTS.filter((fault) => only.some((prefix) => fault.startsWith(prefix)))
const signal = interruption()
const progress = stderrProgress({ quiet: false })
const killed = new Set<string>()
let wrong = 0
for (const [n, fault] of faults.entries()) {
  const outcome = await playFault(fault, { signal, silenceMs: SILENCE_MS })
  if (signal.aborted) break
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
if (signal.aborted) process.exitCode = EXIT.interrupted
else process.exitCode = faults.length === 0 ? EXIT.nothing : wrong + unproven.length === 0 ? EXIT.ok : EXIT.failed
