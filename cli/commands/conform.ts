/** `shakedown conform`: the conformance suite against a target. */
import { randomInt } from 'node:crypto'
import { Command, Option } from 'commander'
import type { Campaign } from '../../conformance/fuzz/pack.ts'
import { pathIn } from '../../conformance/fuzz/path.ts'
import type { PackName } from '../../conformance/packs.ts'
import type { CaseResult, ConformanceResult, Level } from '../../schemas/generated/results.ts'
import type { KnownFailures } from '../baseline.ts'
import { commandLine } from '../command-line.ts'
import { EXIT, type ExitCode, type Finish, foremost, ofConformance } from '../exit-codes.ts'
import { duration, listOf, wholeNumber } from '../flag-values.ts'
import { interruption } from '../interrupt.ts'
import { stderrProgress } from '../progress.ts'
import { reportOption } from '../report-option.ts'
import {
  addTargetOptions,
  chooseTarget,
  collect,
  flagsOf,
  type TargetChoice,
  type TargetFlags,
} from '../target/options.ts'
import { UsageError } from '../usage-error.ts'

interface ConformFlags extends TargetFlags {
  readonly pack: readonly PackName[]
  readonly carrier: 'auto' | 'echo' | 'chat'
  readonly full?: true
  readonly seed?: number
  readonly path?: string
  readonly duration: number
  readonly inputs: number
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly list?: true
  readonly level: Level
  readonly jobs: number
  readonly maxWait: number
  readonly bail?: true
  readonly octets?: true
  readonly allowFlaky?: true
  readonly baseline?: string
  readonly updateBaseline?: true
  readonly report?: readonly string[]
  readonly quiet?: true
}

const PACKS: readonly PackName[] = ['chat', 'cluster', 'wire', 'deflate', 'fuzz']

/** Long enough for every wait that the profile `test` asks for. */
const MAX_WAIT_MS = 10_000

const FUZZ_MS = 20_000
const FUZZ_INPUTS = 2000
/** As many as Autobahn sends. */
const FULL_MESSAGES = 1000
/** fast-check takes seeds of 32 bits. */
const MOST_SEEDS = 2 ** 31

const EXAMPLES = `
Examples:
  shakedown conform
  shakedown conform --exec "python -m chat_server" --report report.html --report junit.xml
  CHAT_JWT_SECRET=… shakedown conform --url ws://127.0.0.1:4000/ws --only handshake
  shakedown conform --target my-server.json --baseline known-failures.json
  shakedown conform --pack cluster --nodes 3 --balancer
  shakedown conform --url ws://127.0.0.1:9001 --pack wire,deflate
  shakedown conform --pack fuzz --duration 60s
  shakedown conform --pack fuzz --only fuzz/hostile-inputs --inputs 100000
`

export function conformCommand(finish: Finish): Command {
  const command = new Command('conform')
    .description('run the conformance suite against a target')
    .optionsGroup('What runs:')
    .addOption(
      new Option('--pack <packs>', `${PACKS.join(', ')}, or several with commas between`)
        .argParser(listOf(PACKS))
        .default(['chat'], 'chat'),
    )
    .addOption(
      new Option('--carrier <carrier>', 'what carries the wire and deflate packs (auto: what the server says it is)')
        .choices(['auto', 'echo', 'chat'])
        .default('auto'),
    )
    .option('--full', `send ${FULL_MESSAGES} messages in each case of the deflate pack`)
    .addOption(
      new Option('--seed <n>', 'what the fuzz pack generates (default: another each time)').argParser(wholeNumber(0)),
    )
    .option('--path <path>', 'with --seed: the one input of the fuzz pack that a finding names')
    .addOption(
      new Option('--duration <duration>', 'how long each case of the fuzz pack goes on')
        .argParser(duration)
        .default(FUZZ_MS, '20s'),
    )
    .option('--inputs <n>', 'how many inputs fuzz/hostile-inputs sends', wholeNumber(1), FUZZ_INPUTS)
    .option('--only <prefix>', 'run only the cases whose id begins so (repeatable)', collect)
    .option('--skip <prefix>', 'leave out the cases whose id begins so (repeatable)', collect)
    .option('--list', 'print the ids of the cases that would run, and run none')
    .option('--jobs <n>', 'how many cases run side by side', wholeNumber(1), 16)
    .addOption(
      new Option('--max-wait <duration>', 'skip a case whose wait by the limits of the server is longer')
        .argParser(duration)
        .default(MAX_WAIT_MS, '10s'),
    )
    .option('--bail', 'start no further case once one has failed')
    .optionsGroup('What comes of it:')
    .addOption(
      new Option('--level <level>', 'what must hold for exit code 0')
        .choices(['must', 'should', 'may'])
        .default('must'),
    )
    .option('--allow-flaky', 'a case that holds only when run again does not fail the run')
    .option(
      '--baseline <file>',
      'expect the failures that this file lists, each with its reason; fail where it is stale',
    )
    .option('--update-baseline', 'write what fails now to the file of --baseline, and keep the reasons that it gives')
    .addOption(reportOption())
    .option('--octets', 'show each frame as it stood on the wire: in reports, and below what failed')
    .option('--quiet', 'no progress on stderr')
  return addTargetOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ConformFlags) => finish(await conform(flags)))
}

async function conform(flags: ConformFlags): Promise<ExitCode> {
  const { pack: packs, only = [], skip = [], report: reports = [] } = flags
  const target = chooseTarget(flags, packs.some((pack) => pack !== 'wire' && pack !== 'deflate') ? 'chat' : 'websocket')
  if (target.kind === 'url' && target.urls.length > 1 && !packs.includes('cluster'))
    throw new UsageError('--url is given several times, and only the cluster pack tests several nodes; give one')
  if (target.kind !== 'url' && target.cluster?.nodes === 1 && packs.includes('cluster'))
    throw new UsageError('the cluster pack tests several nodes as one; give --nodes 2 or more, or leave it out for 3')
  if (flags.path !== undefined && flags.seed === undefined)
    throw new UsageError('--path says which of the inputs of a seed is played; give the --seed that stands beside it')
  const [{ selectedCases }, { checkReportFiles, report }] = await Promise.all([
    import('../conformance-run.ts'),
    import('../result-files.ts'),
  ])
  checkReportFiles(reports)
  const known = await baselineOf(flags, target)
  const cases = selectedCases({ packs, selection: { only, skip }, target })
  if (cases.length === 0) return nothingSelected(flags)
  if (flags.list) return list(cases)

  const signal = interruption()
  const ran = await run(flags, target, signal, known).catch((error) => {
    if (!signal.aborted) throw error
  })
  if (ran === undefined) return EXIT.interrupted
  const { result, written } = known?.judge(ran) ?? { result: ran, written: EXIT.ok }
  const reported = report([result], reports)
  explainEmpty(result)
  const verdict = ofConformance(result, strictness(flags))
  return foremost([written, reported, verdict, ...(signal.aborted ? [EXIT.interrupted] : [])])
}

const strictness = ({ level, allowFlaky }: ConformFlags) => ({ level, allowFlaky: allowFlaky === true })

async function baselineOf(flags: ConformFlags, { capabilities }: TargetChoice): Promise<KnownFailures | undefined> {
  const { baseline: file, only = [], skip = [] } = flags
  const update = flags.updateBaseline === true
  if (file === undefined && update) throw new UsageError('--update-baseline writes the file of --baseline; add that')
  if (file === undefined) return undefined
  const { knownFailures } = await import('../baseline.ts')
  return knownFailures({
    ...{ file, update, selection: { only, skip }, ...(capabilities && { capabilities }) },
    counts: (one: CaseResult) => ofConformance({ cases: [one] }, strictness(flags)) === EXIT.failed,
  })
}

async function run(
  flags: ConformFlags,
  target: TargetChoice,
  signal: AbortSignal,
  known: KnownFailures | undefined,
): Promise<ConformanceResult | undefined> {
  const [{ runConformance }, { readManifest }] = await Promise.all([
    import('../conformance-run.ts'),
    import('../manifest.ts'),
  ])
  const campaign = campaignOf(flags)
  const replay = (caseId: string, path = campaign.path) =>
    commandLine(['conform', '--only', caseId, ...replayFlags(flags, { ...campaign, path }), ...flagsOf(flags)])
  const result = await runConformance({
    ...{
      target,
      signal,
      campaign,
      packs: flags.pack,
      carrier: flags.carrier,
      ...(flags.full && { messages: FULL_MESSAGES }),
      jobs: flags.jobs,
      maxWaitMs: flags.maxWait,
      octets: flags.octets ?? false,
    },
    selection: { only: flags.only ?? [], skip: flags.skip ?? [] },
    bail: ({ id, verdict }) => flags.bail === true && verdict === 'fail' && known?.expects(id) !== true,
    progress: stderrProgress({ quiet: flags.quiet ?? false }),
    manifest: readManifest(process.argv.slice(2)),
    replay: (caseId) => replay(caseId),
  })
  // Which input of the seed it was is known only now.
  return result && { ...result, cases: result.cases.map((one) => ({ ...one, replay: replay(one.id, pathIn(one)) })) }
}

/** What the flags say of the fuzz pack. */
function campaignOf({ seed = randomInt(MOST_SEEDS), path, duration: durationMs, inputs }: ConformFlags): Campaign {
  return { seed, durationMs, inputs, ...(path === undefined ? {} : { path }) }
}

/** What a replay needs beside the case's id and the target, where it is not the default. */
function replayFlags(
  { pack, carrier, full, maxWait }: ConformFlags,
  { seed, path, ...fuzz }: Omit<Campaign, 'path'> & { readonly path: string | undefined },
): readonly string[] {
  const isFuzz = pack.includes('fuzz')
  return [
    ...(pack.join() === 'chat' ? [] : ['--pack', pack.join(',')]),
    ...(isFuzz ? ['--seed', String(seed)] : []),
    ...(isFuzz && path !== undefined ? ['--path', path] : []),
    ...(isFuzz && fuzz.durationMs !== FUZZ_MS ? ['--duration', `${fuzz.durationMs}ms`] : []),
    ...(isFuzz && fuzz.inputs !== FUZZ_INPUTS ? ['--inputs', String(fuzz.inputs)] : []),
    ...(carrier === 'auto' ? [] : ['--carrier', carrier]),
    ...(full ? ['--full'] : []),
    ...(maxWait === MAX_WAIT_MS ? [] : ['--max-wait', `${maxWait}ms`]),
  ]
}

function list(cases: readonly { readonly id: string; readonly title: string }[]): ExitCode {
  for (const { id, title } of cases) process.stdout.write(`${id}  ${title}\n`)
  return EXIT.ok
}

/** Where every case was skipped, the reason of the first is as good as any. */
function explainEmpty({ cases }: ConformanceResult): void {
  const [first] = cases
  if (first === undefined || cases.some(({ verdict }) => verdict !== 'skip')) return
  process.stderr.write(`shakedown: every case was skipped; ${first.id}: ${first.reason}\n`)
}

function nothingSelected({ pack, only = [], skip = [] }: ConformFlags): ExitCode {
  const filter = [...only.map((prefix) => `--only ${prefix}`), ...skip.map((prefix) => `--skip ${prefix}`)].join(' ')
  process.stderr.write(
    `shakedown: no case of the ${pack.join(' and ')} pack is left by ${filter}; see conform --list\n`,
  )
  return EXIT.nothing
}
