/** Clinic.js: installed at its first use into a cache outside the checkout, and how it is started on a server. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultCacheDir, withHome } from './provision.ts'

export const TOOLS = ['doctor', 'flame', 'bubbleprof', 'heapprofiler'] as const
export type Tool = (typeof TOOLS)[number]

export interface InstallOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Hears what it does, at least once a second while it installs. */
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** Clinic.js could not be installed, or made nothing of what it collected; the message says why. */
export class ProfileError extends Error {
  override name = 'ProfileError'
}

const MANIFEST = fileURLToPath(new URL('./clinic/', import.meta.url))
const FILES = ['package.json', 'package-lock.json', '.npmrc']
const PROGRAM = join('node_modules', 'clinic', 'bin.js')

/**
 * The path of Clinic's program, which is there when this resolves.
 * @throws ProfileError; or the signal's reason, where it is aborted while installing.
 */
export async function findClinic({ env: given, onProgress, signal }: InstallOptions): Promise<string> {
  const env = withHome(given)
  const lock = await readFile(join(MANIFEST, 'package-lock.json'))
  const folder = join(defaultCacheDir(env), `clinic-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`)
  const program = join(folder, PROGRAM)
  if (!(await isThere(program))) await install(folder, { env, onProgress, signal })
  return program
}

/** Installs beside the folder and renames: what is interrupted, or installed twice at once, leaves nothing half done there. */
async function install(folder: string, { env, onProgress, signal }: InstallOptions): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true })
  const beside = await mkdtemp(`${folder}.installing-`)
  const began = performance.now()
  const report = () => {
    const seconds = Math.round((performance.now() - began) / 1000)
    onProgress(`installing Clinic.js, this once: ${seconds} s (about a minute, 150 MB)`)
  }
  report()
  const reporting = setInterval(report, 1000)
  try {
    for (const file of FILES) await copyFile(join(MANIFEST, file), join(beside, file))
    await npmCi(beside, env, signal)
    await rename(beside, folder).catch(async (error) => {
      // Somebody else was faster: theirs is as good.
      if (!(await isThere(join(folder, PROGRAM)))) throw error
    })
  } finally {
    clearInterval(reporting)
    await rm(beside, { recursive: true, force: true })
  }
}

function npmCi(cwd: string, env: InstallOptions['env'], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const child = spawn('npm', ['ci', '--ignore-scripts'], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const interrupt = () => child.kill('SIGINT')
  signal.addEventListener('abort', interrupt, { once: true })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-1000)
  })
  return new Promise<void>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new ProfileError(`npm, which installs Clinic.js, does not start: ${error.message}`)),
    )
    child.once('close', (code) => {
      if (signal.aborted) reject(signal.reason)
      else if (code === 0) resolve()
      else reject(new ProfileError(`Clinic.js could not be installed (npm ci ended with ${code}): ${said.trim()}`))
    })
  }).finally(() => signal.removeEventListener('abort', interrupt))
}

/** What starts a server under one of Clinic's tools. */
export interface ProfiledCommand {
  readonly argv: readonly string[]
  /** Without these it asks a question and collects nothing, or looks for updates. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * @param clinic the path of its program; @param server program and arguments, for Node;
 * @param folder for what it collects and writes.
 */
export function profiled(tool: Tool, clinic: string, server: readonly string[], folder: string): ProfiledCommand {
  const { execPath: node } = process
  return {
    argv: [node, clinic, tool, '--open=false', '--dest', folder, '--', node, ...server],
    env: { NO_INSIGHT: '1', NO_UPDATE_NOTIFIER: '1' },
  }
}

/** The HTML file that Clinic left in a folder; undefined where there is none. */
export async function reportIn(folder: string): Promise<string | undefined> {
  const name = (await readdir(folder)).find((file) => file.endsWith('.html'))
  return name === undefined ? undefined : join(folder, name)
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
