/** `shakedown load`: load tests against a target. */
import { Command, Option } from 'commander'
import type { Knob } from '../../loadtests/search-probe.ts'
import type { LoadResult, Segment } from '../../schemas/generated/results.ts'
import { EXIT, type ExitCode, type Finish, foremost, ofLoad } from '../exit-codes.ts'
import { duration, positiveNumber, segment, wholeNumber } from '../flag-values.ts'
import { interruption } from '../interrupt.ts'
import { stderrProgress } from '../progress.ts'
import { reportOption } from '../report-option.ts'
import { addTargetOptions, chooseTarget, type TargetFlags } from '../target/options.ts'
import { UsageError } from '../usage-error.ts'

interface LoadFlags extends TargetFlags {
  readonly subscribers?: number
  readonly publishers?: number
  readonly rooms?: number
  readonly rate?: number
  readonly connections?: number
  readonly connectRate?: number
  readonly duration?: number
  readonly shards?: number
  readonly segment?: Segment
  readonly referee?: number
  readonly search?: Knob
  readonly slo?: string
  readonly report?: readonly string[]
  readonly quiet?: true
}

const EXAMPLES = `
Examples:
  shakedown load fan-out
  shakedown load fan-out --subscribers 2000 --rate 50 --duration 30s --report load.json --report load.html
  shakedown load fan-out --search rate --slo "p99<100ms,lost=0" --report capacity.json --report capacity.md
  shakedown load connections --connections 18000 --connect-rate 1000 --duration 30s
  shakedown load quick --exec "python -m chat_server"
  shakedown load node-killed rolling-drain --nodes 3 --balancer
  shakedown load fan-out --url ws://127.0.0.1:4000/ws --segment 1/3 --report 1.json   # then: report --merge 1.json 2.json 3.json
  CHAT_JWT_SECRET=… shakedown load ./my-workload.json --url ws://127.0.0.1:4000/ws
`

export function loadCommand(finish: Finish): Command {
  const command = new Command('load')
    .description('run load tests against a target, with k6')
    .argument(
      '<scenario...>',
      'bundled workloads (auth, connections, fan-out, heartbeat, http, node-killed, presence, quick, reconnect, rolling-drain, slow-consumer, soak, soak-hour) or workload files (JSON)',
    )
    .optionsGroup('What is played, instead of what the workload says:')
    .option('--subscribers <n>', 'connections that listen', wholeNumber(1))
    .option('--publishers <n>', 'connections that publish', wholeNumber(1))
    .option('--rooms <n>', 'rooms that both are dealt to', wholeNumber(1))
    .option('--rate <n>', 'messages published each second, by all publishers together', positiveNumber)
    .option('--connections <n>', 'connections of the scenario of that name', wholeNumber(1))
    .option('--connect-rate <n>', 'connections opened each second', positiveNumber)
    .option('--duration <duration>', 'how long it is played once all are connected, such as 10s', duration)
    .optionsGroup('How it is played:')
    .option('--shards <n>', 'k6 processes (default: as many as the connections need)', wholeNumber(1))
    .option('--segment <index/of>', 'only every n-th room, for a run on several machines, such as 1/3', segment)
    .option('--referee <n>', 'receivers beside k6, in a process of their own, that measure the same', wholeNumber(1))
    .optionsGroup('How much the server carries:')
    .addOption(new Option('--search <what>', 'search for the most that keeps the SLO').choices(['rate', 'connections']))
    .option('--slo <bounds>', 'what has to hold, such as "p99<100ms,lost=0"; delivery.p99 is meant')
    .optionsGroup('What comes of it:')
    .addOption(reportOption())
    .option('--quiet', 'no progress on stderr')
  return addTargetOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (scenarios: string[], flags: LoadFlags) => finish(await load(scenarios, flags)))
}

async function load(scenarios: readonly string[], flags: LoadFlags): Promise<ExitCode> {
  if (flags.search !== undefined || flags.slo !== undefined) return search(scenarios, flags)
  const { report: reports = [], quiet = false, shards, segment, referee } = flags
  const target = chooseTarget(flags, 'chat')
  const [{ obtainK6, playWorkload, requireRoom }, { readWorkload }, { checkReportFiles, report }] = await Promise.all([
    import('../load-run.ts'),
    import('../../loadtests/workload.ts'),
    import('../result-files.ts'),
  ])
  checkReportFiles(reports)
  const workloads = await Promise.all(scenarios.map((scenario) => readWorkload(scenario, overridesOf(flags))))
  for (const workload of workloads) requireRoom({ workload, target, shards, segment })
  const signal = interruption()
  const progress = stderrProgress({ quiet })
  const results: LoadResult[] = []
  try {
    const k6 = await obtainK6(progress, signal)
    for (const workload of workloads) {
      if (signal.aborted) break
      results.push(
        await playWorkload({
          workload,
          k6,
          target,
          shards,
          segment,
          referee,
          args: process.argv.slice(2),
          progress,
          signal,
        }),
      )
    }
  } catch (error) {
    // What was played before something went wrong is still worth having.
    if (results.length > 0) report(results, reports)
    if (!signal.aborted) throw error
    return EXIT.interrupted
  }
  const written = report(results, reports)
  return foremost([written, ...results.map(ofLoad), ...(signal.aborted ? [EXIT.interrupted] : [])])
}

async function search(scenarios: readonly string[], flags: LoadFlags): Promise<ExitCode> {
  const { search: knob, slo, report: reports = [], quiet = false, shards, segment, referee } = flags
  if (knob === undefined) throw new UsageError('--slo goes with --search rate or --search connections')
  if (slo === undefined) throw new UsageError('--search needs --slo to search for, such as --slo "p99<100ms,lost=0"')
  if (segment !== undefined) throw new UsageError('--search plays the whole workload; leave out --segment')
  if (referee !== undefined) throw new UsageError('--referee looks at one run, not at a search; leave it out')
  const [scenario = '', ...others] = scenarios
  if (others.length > 0) throw new UsageError(`--search takes one workload; leave out ${others.join(', ')}`)
  const target = chooseTarget(flags, 'chat')
  const [
    { ofSearch, playSearch, readSlo, requireSearchable },
    { obtainK6, requireRoom },
    { readWorkload },
    { checkSearchFiles, reportSearch },
  ] = await Promise.all([
    import('../load-search.ts'),
    import('../load-run.ts'),
    import('../../loadtests/workload.ts'),
    import('../result-files.ts'),
  ])
  checkSearchFiles(reports)
  const bounds = readSlo(slo)
  const workload = await readWorkload(scenario, overridesOf(flags))
  requireSearchable(workload, knob, bounds)
  requireRoom({ workload, target, shards })
  const [signal, progress, args] = [interruption(), stderrProgress({ quiet }), process.argv.slice(2)]
  const k6 = await obtainK6(progress, signal)
  const result = await playSearch({ workload, knob, slo: bounds, k6, target, shards, args, progress, signal })
  if (result === undefined) return EXIT.interrupted
  return foremost([reportSearch(result, reports), ofSearch(result)])
}

function overridesOf(flags: LoadFlags): Record<string, unknown> {
  const { subscribers, publishers, rooms, rate, connections, connectRate, duration } = flags
  const given = {
    ...{ subscribers, publishers, rooms, rate_per_s: rate, connections },
    ...{ connect_rate_per_s: connectRate, duration_ms: duration },
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
