/**
 * `npm run calibrate`: is the verdict on a run itself true? The same workload four times, the server on one core of this
 * machine and k6 on another: undisturbed, with the generator hampered, which must not be VALID, with it starved, which
 * must be INVALID, and with the server slowed, which must not be. `loadtests/VALIDITY.md` tells what came of it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import type { K6 } from '../loadtests/provision.ts'
import { readWorkload } from '../loadtests/workload.ts'
import type { LoadResult } from '../schemas/generated/results.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { PACKAGE_ROOT, PROGRAM } from './installation.ts'
import { interruption } from './interrupt.ts'
import { obtainK6, playWorkload } from './load-run.ts'
import { stderrProgress } from './progress.ts'
import { runProgram } from './run-program.ts'
import { startProcessGroup } from './target/process-group.ts'
import { UsageError } from './usage-error.ts'

interface Experiment {
  readonly name: string
  /** Processes that do nothing but use the core of k6. */
  readonly burners: number
  /** CPU that each frame costs the server beside its own, in µs. */
  readonly slow_sends_us: number
  /** What the run must be called. */
  readonly wanted: readonly LoadResult['validity']['verdict'][]
}

const EXPERIMENTS: readonly Experiment[] = [
  // Others may use this machine: a doubt is their doing, and no fault of the bounds.
  { name: 'undisturbed', burners: 0, slow_sends_us: 0, wanted: ['valid', 'suspect'] },
  { name: 'generator hampered', burners: 12, slow_sends_us: 0, wanted: ['suspect', 'invalid'] },
  { name: 'generator starved', burners: 40, slow_sends_us: 0, wanted: ['invalid'] },
  { name: 'server slowed', burners: 0, slow_sends_us: 500, wanted: ['valid', 'suspect'] },
]
const SLOW_SENDS = join(PACKAGE_ROOT, 'loadtests', 'fixtures', 'slow-sends.ts')
const BURN = 'while :; do :; done'

const [progress, signal] = [stderrProgress({ quiet: false }), interruption()]
await runProgram(async () => {
  new Command('calibrate')
    .description(
      'play a load four times, its generator or its server hampered on purpose, to see that the verdicts on the runs are true',
    )
    .exitOverride()
    .parse()
  requirePins()
  const k6 = await obtainK6(progress, signal)
  const ends: ExitCode[] = []
  process.stdout.write(`${row(['', 'verdict', 'delivery p50', 'p99', 'queue p90', 'p99', 'sent late p90', 'p99'])}\n`)
  for (const experiment of EXPERIMENTS) {
    const result = await play(experiment, k6)
    if (signal.aborted) return EXIT.interrupted
    process.stdout.write(`${told(experiment, result)}\n`)
    ends.push(experiment.wanted.includes(result.validity.verdict) ? EXIT.ok : EXIT.failed)
  }
  return ends.every((end) => end === EXIT.ok) ? EXIT.ok : EXIT.failed
})

/** @throws UsageError where the two sides cannot be kept apart. */
function requirePins(): void {
  try {
    execFileSync('taskset', ['-c', '0,1', 'true'], { stdio: 'ignore' })
  } catch {
    throw new UsageError(
      `calibrate keeps server and generator apart by taskset (util-linux, Linux), on cores 0 and 1; there are ${availableParallelism()} cores, or no taskset`,
    )
  }
}

async function play({ burners, slow_sends_us }: Experiment, k6: K6): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'shakedown-calibrate-'))
  const path = join(folder, 'k6')
  writeFileSync(path, `#!/bin/sh\nexec taskset -c 1 '${k6.path}' "$@"\n`, { mode: 0o700 })
  const node = `taskset -c 0 '${process.execPath}' --import tsx --import '${SLOW_SENDS}'`
  const command = `SLOW_SENDS_US=${slow_sends_us} exec ${node} '${PROGRAM}' serve`
  const burning = Array.from({ length: burners }, () =>
    startProcessGroup(['taskset', '-c', '1', '/bin/sh', '-c', BURN], process.env),
  )
  try {
    return await playWorkload({
      ...{ workload: await readWorkload('quick'), k6: { ...k6, path }, target: { kind: 'exec', command } },
      ...{ args: [], progress, signal },
    })
  } finally {
    await Promise.all(burning.map((group) => group.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

function told({ name, wanted }: Experiment, { validity, latency }: LoadResult): string {
  const figure = (of: string, percentile: 'p50' | 'p90' | 'p99') => `${latency[of]?.[percentile].toFixed(1)} ms`
  const figures = [
    ...[figure('delivery', 'p50'), figure('delivery', 'p99'), figure('queue', 'p90'), figure('queue', 'p99')],
    ...[figure('publish_delay', 'p90'), figure('publish_delay', 'p99')],
  ]
  const { verdict, reasons } = validity
  const miss = wanted.includes(verdict) ? [] : [`WRONG: it was to be ${wanted.join(' or ')}`]
  return [row([name, verdict, ...figures]), ...[...miss, ...reasons].map((line) => `  ${line}`)].join('\n')
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 20 : 9) : cell.padStart(14))).join('')
}
