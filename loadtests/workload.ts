/** Reads what is to be played: a bundled workload by its name, or a JSON file. */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Workload } from '../schemas/generated/results.ts'
import { type Validator, validateWorkload } from '../schemas/generated/validators.js'
import { WORKLOAD_DEFAULTS } from '../schemas/generated/workloads.ts'
import { planOf } from './plans/registry.ts'
import { type PlayedWorkload, WorkloadError } from './played-workload.ts'
import { COUNTS, isFigure } from './thresholds.ts'

const BUNDLED = fileURLToPath(new URL('./workloads/', import.meta.url))

/** Names of the workloads that come with Shakedown. */
export async function bundledWorkloads(): Promise<string[]> {
  const files = await readdir(BUNDLED)
  return files.map((file) => file.replace(/\.json$/, '')).sort()
}

/** Fields that flags give; which of them there are is for the scenario to say. */
export type Overrides = Readonly<Record<string, unknown>>

/**
 * @param source a bundled name, or the path of a JSON file (known by its ending or a separator in it).
 * @param overrides laid over what was read.
 * @throws WorkloadError
 */
export async function readWorkload(source: string, overrides: Overrides = {}): Promise<PlayedWorkload> {
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
export function playable(found: unknown, overrides: Overrides, origin: string): PlayedWorkload {
  const workload = isObject(found) ? { ...defaultsOf(found.scenario), ...found, ...overrides } : found
  if (!validateWorkload(workload))
    throw new WorkloadError(`the workload ${origin} is wrong: ${fault(validateWorkload, overrides)}`)
  // Its own defaults are in it: that is what the schema calls valid and what is played.
  const played = workload as PlayedWorkload
  const stranger = Object.keys(played.thresholds ?? {}).find((name) => !canBound(name, played))
  if (stranger !== undefined)
    throw new WorkloadError(`the workload ${origin} is wrong: ${unknownFigure(stranger, played)}`)
  return played
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const SCENARIOS = Object.keys(WORKLOAD_DEFAULTS)

/** What a workload of that scenario leaves out. */
function defaultsOf(scenario: unknown): object {
  return Object.entries(WORKLOAD_DEFAULTS).find(([name]) => name === scenario)?.[1] ?? {}
}

function canBound(name: string, workload: PlayedWorkload): boolean {
  const plan = planOf(workload)
  return isFigure(name, plan.latencies, Object.keys(plan.checks(workload, { isOurs: true })))
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new WorkloadError(`the workload ${path} is not JSON: ${(error as Error).message}`)
  }
}

type Fault = NonNullable<Validator<Workload>['errors']>[number]

/** The first fault, in words, and whether it came from outside. */
function fault({ errors }: Pick<Validator<Workload>, 'errors'>, overrides: Overrides): string {
  const [first] = errors ?? []
  if (first === undefined) return 'it does not match its schema'
  const field: unknown = first.params.additionalProperty ?? first.instancePath.split('/')[1]
  const given = typeof field === 'string' ? overrides[field] : undefined
  return `${describe(first)}${typeof given === 'number' ? `, where a flag gives ${given}` : ''}`
}

function describe({ instancePath, keyword, params, message, propertyName }: Fault): string {
  const where = instancePath === '' ? 'it' : instancePath
  if (keyword === 'additionalProperties') return `${where} has no field "${params.additionalProperty}"`
  if (keyword === 'enum') return `${where} must be one of ${params.allowedValues.join(', ')}`
  if (keyword === 'discriminator') return `/scenario must be one of ${SCENARIOS.join(', ')}`
  if (keyword === 'propertyNames') return `${where} has no figure "${params.propertyName}"`
  if (keyword === 'pattern' && propertyName) return `${where} has no figure "${propertyName}"`
  return `${where} ${message}`
}

function unknownFigure(name: string, workload: PlayedWorkload): string {
  const { latencies, checks } = planOf(workload)
  const counts = [...COUNTS, ...Object.keys(checks(workload, { isOurs: true }))]
  const [first] = latencies
  return `/thresholds names no figure "${name}": give one of ${counts.join(', ')}, or a latency (${latencies.join(', ')}) such as ${first}.p99`
}
