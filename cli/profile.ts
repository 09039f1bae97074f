/** `npm run profile -- TOOL`: the reference server under load, watched by one of the tools of Clinic.js. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Argument, Command } from 'commander'
import { build } from 'esbuild'
import { planOf } from '../loadtests/plans/registry.ts'
import { findClinic, ProfileError, profiled, reportIn, TOOLS, type Tool } from '../loadtests/profile-clinic.ts'
import { progressLine } from '../loadtests/progress.ts'
import { runLoad } from '../loadtests/run.ts'
import { readWorkload } from '../loadtests/workload.ts'
import type { Target } from '../schemas/target.ts'
import { EXIT } from './exit-codes.ts'
import { PACKAGE_ROOT } from './installation.ts'
import { interruption } from './interrupt.ts'
import { obtainK6 } from './load-run.ts'
import { readManifest } from './manifest.ts'
import { stderrProgress } from './progress.ts'
import { runProgram } from './run-program.ts'
import { launch } from './target/exec.ts'
import { lastLines } from './target/readiness.ts'

const FOLDER = 'shakedown-report'
/** For Clinic to make its page of what it collected, in ms. */
const ANALYSIS_MS = 600_000

const EXAMPLES = `
Examples:
  npm run profile -- flame
  npm run profile -- doctor --scenario reconnect`

const progress = stderrProgress({ quiet: false })
const signal = interruption()
await runProgram(async () => {
  const command = new Command('profile')
    .description('play a load scenario on the reference server while a tool of Clinic.js watches it, and keep its page')
    .addArgument(new Argument('<tool>', 'what of the server is watched').choices(TOOLS))
    .option('--scenario <scenario>', 'a bundled workload, or a workload file', 'fan-out')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .parse()
  const { scenario } = command.opts<{ readonly scenario: string }>()
  try {
    process.stdout.write(`${await profile(command.args[0] as Tool, scenario)}\n`)
    return EXIT.ok
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    throw error
  } finally {
    progress.clear()
  }
})

/** Plays the scenario, and resolves to the path of the page that Clinic made of the server meanwhile. */
async function profile(tool: Tool, scenario: string): Promise<string> {
  const workload = await readWorkload(scenario)
  const clinic = await findClinic({ env: process.env, onProgress: progress.update, signal }).finally(progress.clear)
  const k6 = await obtainK6(progress, signal)
  await mkdir(FOLDER, { recursive: true })
  const collected = await mkdtemp(join(resolve(FOLDER), `.${tool}-`))
  const bundle = await bundleServer()
  try {
    const { argv, env } = profiled(tool, clinic, [bundle.program], collected)
    const server = { argv, description: { kind: 'embedded' as const, name: `reference server under ${tool}` } }
    const limits = planOf(workload).limits(workload)
    const target = await launch(server, { profile: 'default', limits, env }, signal)
    try {
      const onProgress = (state: Parameters<typeof progressLine>[0]) =>
        progress.update(`${tool}: ${progressLine(state)}`)
      const manifest = readManifest(process.argv.slice(2))
      const { ledger } = await runLoad({ target, workload, k6, manifest, onProgress, signal })
      signal.throwIfAborted()
      progress.say(`${tool}: ${ledger.delivered} of ${ledger.expected} delivered; ${tool} makes its page of them`)
      return await pageOf(tool, target, collected)
    } finally {
      progress.clear()
      await target.stop()
    }
  } finally {
    await rm(bundle.folder, { recursive: true, force: true })
    await rm(collected, { recursive: true, force: true })
  }
}

/** Stops the server as Ctrl-C on a terminal does, of which Clinic lives on until its page is made. */
async function pageOf(tool: Tool, target: Target, collected: string): Promise<string> {
  if (target.pid !== undefined) process.kill(-target.pid, 'SIGINT')
  const over = new AbortController()
  const overdue = delay(ANALYSIS_MS, 'no end', { signal: AbortSignal.any([signal, over.signal]) })
  const how = await Promise.race([target.ended, overdue]).finally(() => over.abort())
  const page = await reportIn(collected)
  if (how !== 'exit code 0' || page === undefined)
    throw new ProfileError(`${tool} made no page (${how}).${lastLines({ output: () => target.output() ?? '' })}`)
  const kept = resolve(FOLDER, `profile-${tool}.html`)
  await rename(page, kept)
  return kept
}

/** The server in one file of JavaScript, so that a profile holds the server and no compiler. */
async function bundleServer(): Promise<{ readonly program: string; readonly folder: string }> {
  // Below the checkout, from where its packages and its package.json are found.
  const cache = join(PACKAGE_ROOT, 'node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'shakedown-profile-'))
  const program = join(folder, 'server.mjs')
  await build({
    entryPoints: [join(PACKAGE_ROOT, 'cli', 'profiled-server.ts')],
    ...{ outfile: program, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent' },
    packages: 'external',
  })
  return { program, folder }
}
