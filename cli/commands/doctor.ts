/** `shakedown doctor`: what is here, and what each missing thing prevents. */
import { Command } from 'commander'
import { EXIT, type ExitCode, type Finish } from '../exit-codes.ts'
import { HAPROXY, REDIS, versionOf } from '../system-programs.ts'

interface Finding {
  readonly subject: string
  readonly found: string
  /** What cannot be done for want of it; undefined where nothing is prevented. */
  readonly prevents?: string
}

const EXAMPLES = `
Examples:
  shakedown doctor
  SHAKEDOWN_K6=/opt/k6 shakedown doctor

Exits with 0 where everything can run, else with 6.
`

const OLDEST_NODE = [20, 19] as const

/** What the bundled workloads need at both ends, with room to spare. */
const LEAST_DESCRIPTORS = 1024

export function doctorCommand(finish: Finish): Command {
  return new Command('doctor')
    .description('say what is here, and what each missing thing prevents')
    .addHelpText('after', EXAMPLES)
    .action(async () => finish(await doctor()))
}

async function doctor(): Promise<ExitCode> {
  const findings = [
    inspectNode(process.versions.node),
    await inspectK6(),
    await inspectDescriptors(),
    await inspectPorts(),
    inspectRedis(),
    inspectHaproxy(),
  ]
  for (const { subject, found, prevents } of findings) {
    process.stdout.write(`${prevents === undefined ? '✓' : '✗'} ${subject.padEnd(12)} ${found}\n`)
    if (prevents !== undefined) process.stdout.write(`  ${''.padEnd(12)} prevents: ${prevents}\n`)
  }
  return findings.some(({ prevents }) => prevents !== undefined) ? EXIT.harness : EXIT.ok
}

function inspectNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isRecent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
  const prevents = { prevents: `everything; install Node ${OLDEST_NODE.join('.')} or later` }
  return { subject: 'Node', found: version, ...(isRecent ? {} : prevents) }
}

async function inspectK6(): Promise<Finding> {
  const { findK6, K6Missing } = await import('../../loadtests/provision.ts')
  const subject = 'k6'
  try {
    // An aborted search finds what is there, or would be built, and builds nothing.
    const { version, path } = await findK6({ env: process.env, onProgress() {}, signal: AbortSignal.abort() })
    return { subject, found: `${version} at ${path}` }
  } catch (error) {
    if (!(error instanceof K6Missing))
      return { subject, found: 'not here yet; Go is, and builds it at the first load test' }
    return { subject, found: 'missing', prevents: `load tests; ${error.message}` }
  }
}

async function inspectDescriptors(): Promise<Finding> {
  const { openFilesLimit } = await import('../manifest.ts')
  const limit = openFilesLimit()
  const found = limit === undefined ? 'unknown' : limit.toLocaleString('en-US')
  const few = `load tests of more than about ${found} connections; raise it with ulimit -n`
  return {
    subject: 'open files',
    found,
    ...(limit !== undefined && limit < LEAST_DESCRIPTORS ? { prevents: few } : {}),
  }
}

async function inspectPorts(): Promise<Finding> {
  const { readSysctl } = await import('../manifest.ts')
  const range = readSysctl('net.ipv4.ip_local_port_range')
  const [first = 0, last = 0] = range?.split(' ').map(Number) ?? []
  const found = range === undefined ? 'unknown' : `${(last - first + 1).toLocaleString('en-US')} towards one address`
  return { subject: 'local ports', found }
}

/** What `--nodes` starts beside the nodes; all else goes without. */
function inspectRedis(): Finding {
  const found = versionOf(REDIS)
  const prevents = '--nodes without --redis; install redis-server'
  return { subject: 'Redis', ...(found === undefined ? { found: 'missing', prevents } : { found }) }
}

function inspectHaproxy(): Finding {
  const found = versionOf(HAPROXY)
  const prevents = '--balancer and serve --nodes; install haproxy'
  return { subject: 'HAProxy', ...(found === undefined ? { found: 'missing', prevents } : { found }) }
}
