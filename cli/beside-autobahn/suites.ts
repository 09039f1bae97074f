/** The two suites, each played on one server: how, and what its result file says of each of Autobahn's numbers. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConformanceResult } from '../../schemas/generated/results.ts'
import { PROGRAM } from '../installation.ts'
import type { AutobahnSays, WeSay } from './comparison.ts'

/** What is played, and where its result is kept. */
export interface Played {
  readonly url: string
  /** Whether the cases of permessage-deflate are among them. */
  readonly deflate: boolean
  /** How many messages a case of permessage-deflate sends. */
  readonly messages: number
  readonly folder: string
  readonly signal: AbortSignal
}

const DRIVER = fileURLToPath(new URL('./fewer_messages.py', import.meta.url))
const CORE = ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '9.*', '10.*']
const DEFLATE = ['12.*', '13.*']
/** What Shakedown sends in a case of permessage-deflate with `--full`. */
export const ALL_MESSAGES = 1000

/** A suite could not be played to its end; the message says why. */
export class SuiteError extends Error {
  override name = 'EngineError'
}

/**
 * @param autobahn the virtual environment that autobahntestsuite is installed in.
 * @throws SuiteError
 */
export async function playAutobahn(autobahn: string, played: Played): Promise<void> {
  const { url, deflate, messages, folder, signal } = played
  const outdir = join(folder, 'autobahn')
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const spec = { outdir, servers: [{ agent: 'peer', url }], cases: [...CORE, ...(deflate ? DEFLATE : [])] }
  const file = join(outdir, 'spec.json')
  await writeFile(file, JSON.stringify({ ...spec, 'exclude-cases': [], 'exclude-agent-cases': {} }))
  const python = join(autobahn, 'bin', 'python')
  const { code, said } = await ran([python, DRIVER, String(messages), '-m', 'fuzzingclient', '-s', file], signal)
  if (code !== 0) throw new SuiteError(`Autobahn ended with exit code ${code}: ${said}`)
}

/** @throws SuiteError */
export async function playOurs({ url, deflate, messages, folder, signal }: Played): Promise<void> {
  const packs = deflate ? 'wire,deflate' : 'wire'
  const full = deflate && messages >= ALL_MESSAGES ? ['--full'] : []
  const report = join(folder, 'shakedown.json')
  const argv = [process.execPath, PROGRAM, 'conform', '--url', url, '--pack', packs, ...full, '--quiet']
  await rm(report, { force: true })
  const { code, said } = await ran([...argv, '--report', report], signal)
  if (!existsSync(report)) throw new SuiteError(`conform ended with exit code ${code} and no result: ${said}`)
}

/** What Autobahn says of each of its cases, by number. */
export async function readAutobahn(folder: string): Promise<ReadonlyMap<string, AutobahnSays>> {
  const index = JSON.parse(await readFile(join(folder, 'autobahn', 'index.json'), 'utf8'))
  return new Map(Object.entries(index.peer as Record<string, AutobahnSays>))
}

/** What we say of each of Autobahn's cases, by number. */
export async function readOurs(folder: string): Promise<ReadonlyMap<string, WeSay>> {
  const result: ConformanceResult = JSON.parse(await readFile(join(folder, 'shakedown.json'), 'utf8'))
  return new Map(
    result.cases.flatMap(({ aliases = [], id, verdict, reason = '', expected, actual }) => {
      const why = actual === undefined ? reason : `expected ${expected}, got ${actual}`
      return aliases.map((alias) => [alias.replace('autobahn:', ''), { id, verdict, why }] as const)
    }),
  )
}

/** Runs a program to its end. @returns its exit code, and the end of what it said. */
function ran([program = '', ...args]: readonly string[], signal: AbortSignal) {
  const child = spawn(program, args, { signal, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-1000)
    })
  return new Promise<{ readonly code: number | null; readonly said: string }>((resolve, reject) => {
    child.once('error', (error) => reject(signal.aborted ? signal.reason : new SuiteError(error.message)))
    child.once('close', (code) => resolve({ code, said }))
  })
}
