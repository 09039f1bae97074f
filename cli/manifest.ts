/** What it takes to repeat a run, gathered from the machine that it runs on. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os'
import type { Manifest } from '../schemas/generated/results.ts'
import { commandLine } from './command-line.ts'
import { cpuQuota } from './cpu-quota.ts'
import { PACKAGE_ROOT, VERSION } from './installation.ts'

/** The kernel settings that decide how many connections there can be, and how fast. */
const SYSCTLS = [
  'fs.file-max',
  'net.core.somaxconn',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]

/** @param args of the command line that is running; secrets are taken out. */
export function readManifest(args: readonly string[]): Manifest {
  const commit = readCommit()
  return {
    shakedown: VERSION,
    ...(commit === undefined ? {} : { commit }),
    node: process.versions.node,
    platform: `${type()} ${release()} ${arch()}`,
    cpu_model: cpus()[0]?.model.trim() || 'unknown',
    cpu_count: Math.min(availableParallelism(), cpuQuota() ?? Number.POSITIVE_INFINITY),
    memory_bytes: totalmem(),
    limits: { open_files: openFilesLimit() ?? 'unknown' },
    sysctls: readSysctls(),
    command: commandLine(args),
  }
}

/** How many descriptors this process and its children may each have open; undefined where the system does not say. */
export function openFilesLimit(): number | undefined {
  try {
    const limit = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
    return limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(limit)
  } catch {
    return undefined
  }
}

function readSysctls(): Record<string, string> {
  const values = SYSCTLS.map((name) => [name, readSysctl(name)] as const)
  return Object.fromEntries(values.filter((entry): entry is [(typeof entry)[0], string] => entry[1] !== undefined))
}

/** A kernel setting by its dotted name; undefined where the system has none of that name. */
export function readSysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8')
      .trim()
      .replaceAll(/\s+/g, ' ')
  } catch {
    return undefined
  }
}

function readCommit(): string | undefined {
  if (!existsSync(`${PACKAGE_ROOT}.git`)) return undefined
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: PACKAGE_ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}
