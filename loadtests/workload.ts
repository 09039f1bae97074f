/** Reads what is to be played: a bundled workload by its name, or a JSON file. */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Workload } from '../schemas/generated/results.ts'
import { type Validator, validateWorkload } from '../schemas/generated/validators.js'

/** A workload in which nothing is left to defaults. */
export type PlayedWorkload = Required<Omit<Workload, 'description' | 'thresholds'>> &
  Pick<Workload, 'description' | 'thresholds'>

/** As the schema documents them. */
const DEFAULTS = { message_bytes: 128, connect_rate_per_s: 500, drain_ms: 3000, late_ms: 1000 }

const BUNDLED = fileURLToPath(new URL('./workloads/', import.meta.url))

/** The file, or what it says, is wrong; the message is one sentence that says where and what would be right. */
export class WorkloadError extends Error {
  override name = 'WorkloadError'
}

/** Names of the workloads that come with Shakedown. */
export async function bundledWorkloads(): Promise<string[]> {
  const files = await readdir(BUNDLED)
  return files.map((file) => file.replace(/\.json$/, '')).sort()
}

/**
 * @param source a bundled name, or the path of a JSON file (known by its ending or a separator in it).
 * @param overrides laid over what was read.
 * @throws WorkloadError
 */
export async function readWorkload(source: string, overrides: Partial<Workload> = {}): Promise<PlayedWorkload> {
  const names = await bundledWorkloads()
  const isFile = source.endsWith('.json') || source.includes('/')
  if (!isFile && !names.includes(source)) {
    throw new WorkloadError(`there is no workload "${source}": give one of ${names.join(', ')}, or a JSON file`)
  }
  const path = isFile ? source : `${BUNDLED}${source}.json`
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new WorkloadError(`the workload ${path} cannot be read: ${error.message}`)
  })
  return playable(parse(text, path), overrides, path)
}

/**
 * Checks a workload and fills in what it leaves to defaults.
 * @param origin how the message names it.
 * @throws WorkloadError
 */
export function playable(found: unknown, overrides: Partial<Workload>, origin: string): PlayedWorkload {
  const isObject = typeof found === 'object' && found !== null && !Array.isArray(found)
  const workload: unknown = isObject ? { ...DEFAULTS, ...found, ...overrides } : found
  if (!validateWorkload(workload))
    throw new WorkloadError(`the workload ${origin} is wrong: ${fault(validateWorkload)}`)
  return { ...DEFAULTS, ...workload }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new WorkloadError(`the workload ${path} is not JSON: ${(error as Error).message}`)
  }
}

/** The first fault, in words. */
function fault({ errors }: Pick<Validator<Workload>, 'errors'>): string {
  const [first] = errors ?? []
  if (first === undefined) return 'it does not match its schema'
  const { instancePath, keyword, params, message } = first
  const where = instancePath === '' ? 'it' : instancePath
  if (keyword === 'additionalProperties') return `${where} has no field "${params.additionalProperty}"`
  if (keyword === 'enum') return `${where} must be one of ${params.allowedValues.join(', ')}`
  if (keyword === 'pattern' && first.propertyName) return unknownFigure(first.propertyName)
  if (keyword === 'propertyNames') return unknownFigure(params.propertyName)
  return `${where} ${message}`
}

const unknownFigure = (name: string) =>
  `/thresholds names no figure "${name}": give one of lost, duplicate, reordered, late, unexpected, malformed, ` +
  'misnumbered, out_of_sender_order, unanswered, refused, failed, dropped, or a latency such as delivery.p99'
