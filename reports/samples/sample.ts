/** The sample results beside this file, as values. */
import { readFileSync } from 'node:fs'
import type { ConformanceResult, LoadResult } from '../../schemas/generated/results.ts'
import { validateConformanceResult, validateLoadResult } from '../../schemas/generated/validators.js'

export type ConformanceSample = 'conformance-failing' | 'conformance-passing'
export type LoadSample = 'load-valid' | 'load-missed' | 'load-invalid'

/** @throws Error where the sample breaks the schema of its kind. */
export function conformanceSample(name: ConformanceSample): ConformanceResult {
  const value = read(name)
  if (validateConformanceResult(value)) return value
  throw new Error(`samples/${name}.json: ${JSON.stringify(validateConformanceResult.errors)}`)
}

/** @throws Error where the sample breaks the schema of its kind. */
export function loadSample(name: LoadSample): LoadResult {
  const value = read(name)
  if (validateLoadResult(value)) return value
  throw new Error(`samples/${name}.json: ${JSON.stringify(validateLoadResult.errors)}`)
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'))
}
