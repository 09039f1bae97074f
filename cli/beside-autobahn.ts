/** `npm run beside-autobahn`: Autobahn's test suite and ours on the same real servers, compared case by case. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { defaultCacheDir, withHome } from '../loadtests/provision.ts'
import { compare, isExplained, renderRows, renderSummary } from './beside-autobahn/comparison.ts'
import { DIFFERENCES } from './beside-autobahn/differences.ts'
import { makePeer, PEER_NAMES, type PeerName, startPeer, versionOf } from './beside-autobahn/peers.ts'
import { ALL_MESSAGES, playAutobahn, playOurs, readAutobahn, readOurs } from './beside-autobahn/suites.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { wholeNumber } from './flag-values.ts'
import { interruption } from './interrupt.ts'
import { stderrProgress } from './progress.ts'
import { runProgram } from './run-program.ts'
import { UsageError } from './usage-error.ts'

interface Flags {
  readonly autobahn?: string
  readonly core?: true
  readonly messages: number
  readonly again?: true
}

const FOLDER = 'shakedown-report/beside-autobahn'

const EXAMPLES = `
Examples:
  npm run beside-autobahn -- --autobahn ~/autobahn
  npm run beside-autobahn -- --autobahn ~/autobahn --core ws gorilla
  npm run beside-autobahn -- --again ws

How Autobahn is installed: cli/beside-autobahn/AUTOBAHN.md.`

const progress = stderrProgress({ quiet: false })

await runProgram(async () => {
  const command = new Command('beside-autobahn')
    .description("play Autobahn's test suite and ours on the same servers, and compare them case by case")
    .addArgument(new Argument('[server...]', 'all of them, unless some are named').choices([...PEER_NAMES]))
    .addOption(
      new Option('--autobahn <folder>', 'the virtual environment with autobahntestsuite').env('SHAKEDOWN_AUTOBAHN'),
    )
    .option('--core', "only Autobahn's 301 core cases, none of permessage-deflate")
    .option(
      '--messages <n>',
      `how many messages Autobahn sends in a case of permessage-deflate; ${ALL_MESSAGES}, as it does itself, make it our --full`,
      wholeNumber(1),
      20,
    )
    .option('--again', 'play nothing: compare what was kept of the last time')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .parse()
  const servers = command.args.length === 0 ? PEER_NAMES : (command.args as PeerName[])
  const signal = interruption()
  let explained = true
  for (const server of servers) explained = (await beside(server, command.opts<Flags>(), signal)) && explained
  return explained ? EXIT.ok : (EXIT.failed as ExitCode)
})

/** Plays both suites on one server, writes the table, and prints what differs. @returns whether all of it is explained. */
async function beside(server: PeerName, flags: Flags, signal: AbortSignal): Promise<boolean> {
  const folder = resolve(FOLDER, server)
  const times = flags.again ? '' : await play(server, folder, flags, signal)
  const comparison = compare(server, await readAutobahn(folder), await readOurs(folder), DIFFERENCES)
  const title = `${server} (${await versionOf(server)})`
  const table = join(folder, 'table.md')
  await writeFile(table, renderRows(comparison))
  process.stdout.write(`${renderSummary(title, comparison)}${times}  ${table}\n`)
  return isExplained(comparison)
}

/** @returns how long each suite took, as a line. */
async function play(server: PeerName, folder: string, flags: Flags, signal: AbortSignal): Promise<string> {
  const { autobahn } = flags
  if (autobahn === undefined)
    throw new UsageError('--autobahn names the virtual environment with autobahntestsuite; add it, or --again')
  const made = join(defaultCacheDir(withHome(process.env)), 'peers')
  await mkdir(folder, { recursive: true })
  progress.update(`${server}: is made`)
  await makePeer(server, made, signal)
  const suites = {
    Autobahn: playAutobahn.bind(undefined, resolve(autobahn)),
    Shakedown: playOurs,
  }
  const times: string[] = []
  for (const [name, suite] of Object.entries(suites)) {
    progress.update(`${server}: ${name} plays`)
    const peer = await startPeer(server, made, signal)
    const began = performance.now()
    try {
      await suite({ url: peer.url, deflate: flags.core !== true, messages: flags.messages, folder, signal })
    } finally {
      await peer.stop()
    }
    times.push(`${name} took ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
  progress.clear()
  return `  ${times.join(', ')}\n`
}
