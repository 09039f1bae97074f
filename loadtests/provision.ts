/** Finds k6, or builds it once from the committed go.mod and go.sum into a cache outside the checkout. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface K6 {
  readonly path: string
  /** Such as 2.2.0. */
  readonly version: string
}

type Environment = Readonly<Record<string, string | undefined>>

export interface ProvisionOptions {
  readonly env: Environment
  /** Where a k6 that is built here is kept; Shakedown's folder of the user's cache unless given. */
  readonly cacheDir?: string
  /** Hears what it does, at least once a second while it builds. */
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** No k6 was found, and none could be built; the message says why and names the ways out. */
export class K6Missing extends Error {
  override name = 'K6Missing'
}

/** From 1.6 on `k6/websockets` is a stable module, and TypeScript needs no flag. */
const OLDEST_K6 = [1, 6]
/** What the go.mod of k6 asks for. */
const OLDEST_GO = [1, 25]
const BUILT_VERSION = '2.2.0'
const MODULE = fileURLToPath(new URL('./k6/', import.meta.url))
const NAME_ANOTHER = 'set it to the path of a k6 that does, or unset it'
const WAYS_OUT = `install Go ${OLDEST_GO.join('.')} or later and Shakedown builds k6 by itself, or install k6 ${OLDEST_K6.join('.')} or later, or set SHAKEDOWN_K6 to its path`

/** @throws K6Missing, also where the one that the environment names will not do; or the signal's reason, where it is aborted while building. */
export async function findK6(options: ProvisionOptions): Promise<K6> {
  const env = withHome(options.env)
  const { cacheDir = defaultCacheDir(env), onProgress } = options
  const named = env.SHAKEDOWN_K6
  if (named) {
    const found = await tryK6(named, env)
    if ('fault' in found) throw new K6Missing(`SHAKEDOWN_K6 is ${named}, which ${found.fault}: ${NAME_ANOTHER}`)
    return found
  }
  for (const path of await inPath('k6', env)) {
    const found = await tryK6(path, env)
    if (!('fault' in found)) return found
    onProgress(`${path} ${found.fault}: looking further`)
  }
  const folder = join(cacheDir, `k6-v${BUILT_VERSION}-${await hashOfSums()}`)
  const path = join(folder, 'k6')
  if ((await versionOf(path, env)) === undefined) await build(folder, { ...options, env, cacheDir })
  const version = await versionOf(path, env)
  if (version === undefined) throw new K6Missing(`the k6 built at ${path} does not run: ${WAYS_OUT}`)
  return { path, version }
}

/** The k6 at that path, or why it will not do. */
async function tryK6(path: string, env: Environment): Promise<K6 | { readonly fault: string }> {
  const version = await versionOf(path, env)
  if (version === undefined) return { fault: 'is no k6 that runs here' }
  if (!isAtLeast(version, OLDEST_K6)) return { fault: `is k6 ${version}, and ${OLDEST_K6.join('.')} is needed` }
  return { path, version }
}

/**
 * Shakedown's folder of the user's cache (XDG Base Directory Specification).
 * @throws K6Missing where the user has no home: a folder that others may write to is no place for a program.
 */
export function defaultCacheDir({ XDG_CACHE_HOME, HOME }: Environment): string {
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'shakedown')
  if (HOME) return join(HOME, '.cache', 'shakedown')
  throw new K6Missing(
    'there is no place to keep k6, for HOME is not set and this user has none: set HOME, XDG_CACHE_HOME, or SHAKEDOWN_K6 to the path of a k6',
  )
}

/** The environment with a HOME, without which Go builds nothing either: cron, systemd and `env -i` set none. */
export function withHome(env: Environment): Environment {
  if (env.HOME) return env
  try {
    return { ...env, HOME: homedir() }
  } catch {
    return env
  }
}

/** Builds beside the folder and renames: what is interrupted, or built twice at once, leaves nothing half done there. */
async function build(folder: string, { env, cacheDir, onProgress, signal }: ProvisionOptions & { cacheDir: string }) {
  const go = await findGo(env)
  const beside = await mkdir(cacheDir, { recursive: true })
    .then(() => mkdtemp(`${folder}.building-`))
    .catch((error: Error) => {
      throw new K6Missing(
        `k6 cannot be kept in ${cacheDir} (${error.message}): set XDG_CACHE_HOME to a folder of yours`,
      )
    })
  const began = performance.now()
  const report = () => {
    const seconds = Math.round((performance.now() - began) / 1000)
    onProgress(`building k6 v${BUILT_VERSION} with Go, this once: ${seconds} s (a minute or two)`)
  }
  report()
  const reporting = setInterval(report, 1000)
  try {
    await goBuild(go, join(beside, 'k6'), env, signal)
    await rename(beside, folder).catch(async (error) => {
      // Somebody else was faster: theirs is as good.
      if ((await versionOf(join(folder, 'k6'), env)) === undefined) throw error
    })
  } finally {
    clearInterval(reporting)
    await rm(beside, { recursive: true, force: true })
  }
}

function goBuild(go: string, output: string, env: Environment, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(go, ['build', '-mod=readonly', '-trimpath', '-o', output, 'go.k6.io/k6/v2'], {
    cwd: MODULE,
    // Without cgo, as k6's own releases: no C compiler is needed, and the binary runs on any Linux.
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // Go ends its compilers and removes its temporary files when it is interrupted.
  const interrupt = () => child.kill('SIGINT')
  signal.addEventListener('abort', interrupt, { once: true })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2000)
  })
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (signal.aborted) reject(signal.reason)
      else if (code === 0) resolve()
      else reject(new K6Missing(`k6 could not be built (go build ended with ${code}): ${said.trim()}: ${WAYS_OUT}`))
    })
  }).finally(() => signal.removeEventListener('abort', interrupt))
}

async function findGo(env: Environment): Promise<string> {
  const [go] = await inPath('go', env)
  if (go === undefined) throw new K6Missing(`k6 is not here, and neither is Go to build it: ${WAYS_OUT}`)
  const version = (await outputOf(go, ['env', 'GOVERSION'], env))?.trim()
  if (version !== undefined && isAtLeast(version.replace(/^go/, ''), OLDEST_GO)) return go
  const fault = version === undefined ? 'does not run (go env GOVERSION)' : `is ${version}, too old to build it`
  throw new K6Missing(`k6 is not here, and ${go} ${fault}: ${WAYS_OUT}`)
}

/** The executables of that name in PATH, in its order. */
async function inPath(name: string, env: Environment): Promise<string[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  const candidates = folders.map(async (folder) => {
    const path = join(folder, name)
    return access(path, constants.X_OK).then(
      () => [path],
      () => [],
    )
  })
  return (await Promise.all(candidates)).flat()
}

/** The version of a k6; undefined where there is none that runs. */
async function versionOf(path: string, env: Environment): Promise<string | undefined> {
  return /^k6(?:\.exe)? v(\d+\.\d+\.\d+\S*)/.exec((await outputOf(path, ['version'], env)) ?? '')?.[1]
}

async function outputOf(path: string, args: readonly string[], env: Environment): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(path, args, { cwd: MODULE, env: { ...env }, timeout: 20_000 })).stdout
  } catch {
    return undefined
  }
}

/** Whether a version such as 1.25.3 or 1.26rc1 is from the given major and minor on. */
export function isAtLeast(version: string, [major = 0, minor = 0]: readonly number[]): boolean {
  const [, foundMajor, foundMinor] = /^(\d+)\.(\d+)/.exec(version) ?? []
  if (foundMajor === undefined) return false
  return Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor)
}

async function hashOfSums(): Promise<string> {
  const sums = await readFile(join(MODULE, 'go.sum'))
  return createHash('sha256').update(sums).digest('hex').slice(0, 12)
}
