/** Bare `shakedown`, the main job: conformance and a short load test of the reference server, and a report of both. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { ConformanceResult, LoadResult, Result } from '../../schemas/generated/results.ts'
import { commandLine } from '../command-line.ts'
import { EXIT, type ExitCode, type Finish, foremost, ofConformance, ofLoad } from '../exit-codes.ts'
import { interruption } from '../interrupt.ts'
import { type Progress, stderrProgress } from '../progress.ts'

/** Where the reports go. */
const FILES = {
  conformance: 'shakedown-report/conformance.json',
  load: 'shakedown-report/load.json',
  junit: 'shakedown-report/junit.xml',
  page: 'shakedown-report/index.html',
}

/** What one half came to; no result where it did not get that far. */
interface Half<R extends Result> {
  readonly result?: R
  readonly code: ExitCode
}

export function trialCommand(finish: Finish): Command {
  return new Command('trial')
    .description('conformance and a short load test of the reference server, with a report')
    .action(async () => finish(await trial()))
}

async function trial(): Promise<ExitCode> {
  const { checkReportFiles } = await import('../result-files.ts')
  checkReportFiles(Object.values(FILES))
  const signal = interruption()
  const progress = stderrProgress({ quiet: false })
  const conformance = await conformanceHalf(progress, signal)
  const load = await loadHalf(progress, signal)
  const written = await writeReports(conformance.result, load.result)
  return foremost([conformance.code, load.code, ...written])
}

async function conformanceHalf(progress: Progress, signal: AbortSignal): Promise<Half<ConformanceResult>> {
  const [{ runConformance }, { readManifest }] = await Promise.all([
    import('../conformance-run.ts'),
    import('../manifest.ts'),
  ])
  const running = runConformance({
    ...{ packs: ['chat'], selection: {}, carrier: 'auto', target: { kind: 'embedded' } },
    ...{ jobs: 16, maxWaitMs: 10_000, bail: () => false, progress, signal },
    manifest: readManifest([]),
    replay: (caseId) => commandLine(['conform', '--only', caseId]),
  })
  const result = await unlessInterrupted(running, signal)
  if (result === undefined) return { code: signal.aborted ? EXIT.interrupted : EXIT.nothing }
  const verdict = ofConformance(result, { level: 'must', allowFlaky: false })
  return { result, code: signal.aborted ? EXIT.interrupted : verdict }
}

async function loadHalf(progress: Progress, signal: AbortSignal): Promise<Half<LoadResult>> {
  if (signal.aborted) return { code: EXIT.interrupted }
  const [{ obtainK6, playWorkload }, { readWorkload }, { K6Missing }] = await Promise.all([
    import('../load-run.ts'),
    import('../../loadtests/workload.ts'),
    import('../../loadtests/provision.ts'),
  ])
  const workload = await readWorkload('quick')
  const running = obtainK6(progress, signal).then((k6) =>
    playWorkload({ workload, k6, target: { kind: 'embedded' }, args: [], progress, signal }),
  )
  try {
    const result = await unlessInterrupted(running, signal)
    if (result === undefined || signal.aborted) return { ...(result && { result }), code: EXIT.interrupted }
    return { result, code: ofLoad(result) }
  } catch (error) {
    if (!(error instanceof K6Missing)) throw error
    process.stderr.write(`shakedown: the load test did not run: ${error.message}\n`)
    return { code: EXIT.harness }
  }
}

/** The value, or undefined where the interruption is why there is none. */
async function unlessInterrupted<T>(running: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return running.catch((error) => {
    if (!signal.aborted) throw error
    return undefined
  })
}

async function writeReports(
  conformance: ConformanceResult | undefined,
  load: LoadResult | undefined,
): Promise<readonly ExitCode[]> {
  const { report, summarise } = await import('../result-files.ts')
  const results = [conformance, load].filter((result) => result !== undefined)
  if (results.length === 0) return []
  const written = [
    ...(conformance ? [report([conformance], [FILES.conformance])] : []),
    ...(load ? [report([load], [FILES.load])] : []),
    report(results, [FILES.junit, FILES.page]),
  ]
  summarise(results)
  process.stdout.write(`\n${resolve(FILES.page)}\n`)
  return written
}
