/** Result files: read and checked against their schemas, written in the form that their name asks for. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorObject } from 'ajv'
import { FORMS, formOf, render } from '../reports/forms.ts'
import { renderSearch, renderSearchMarkdown } from '../reports/search.ts'
import { renderSummaries } from '../reports/summaries.ts'
import type { Result, SearchResult } from '../schemas/generated/results.ts'
import { validateConformanceResult, validateLoadResult, validateSearchResult } from '../schemas/generated/validators.js'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { checkWritable, isWritten, writeOutput } from './output-file.ts'
import { UsageError } from './usage-error.ts'

const VALIDATORS = new Map<unknown, { (value: unknown): boolean; errors?: null | ErrorObject[] }>([
  ['shakedown.conformance/1', validateConformanceResult],
  ['shakedown.load/1', validateLoadResult],
  ['shakedown.search/1', validateSearchResult],
])

/**
 * The results that a file holds, one or an array of them.
 * @throws UsageError where the file cannot be read or is no result file, or holds a search.
 */
export function readResults(file: string): readonly Result[] {
  const results = readEverything(file)
  if (results.some(isSearch))
    throw new UsageError(`${file} holds a capacity search, which stands alone; give report that file and no other`)
  return results as readonly Result[]
}

/**
 * The capacity search that a file holds; undefined where it holds anything else.
 * @throws UsageError where the file cannot be read or is no result file.
 */
export function readSearch(file: string): SearchResult | undefined {
  const [result, ...others] = readEverything(file)
  return result !== undefined && others.length === 0 && isSearch(result) ? result : undefined
}

const isSearch = (result: Result | SearchResult): result is SearchResult => result.format === 'shakedown.search/1'

function readEverything(file: string): readonly (Result | SearchResult)[] {
  const content = readJson(file)
  const results = Array.isArray(content) ? content : [content]
  for (const result of results) {
    const format: unknown = result?.format
    const validate = VALIDATORS.get(format)
    if (validate === undefined) {
      const formats = [...VALIDATORS.keys()].join(' or ')
      throw new UsageError(
        `${file} is not a result file: its format is ${JSON.stringify(format)}, and would be ${formats}`,
      )
    }
    if (validate(result)) continue
    const [error] = validate.errors ?? []
    throw new UsageError(
      `${file} breaks the schema of ${format}: ${error?.instancePath || 'the root'} ${error?.message}`,
    )
  }
  return results
}

/**
 * As `readResults`; of a folder, what all of its .json files hold, by their names.
 * @throws UsageError also where nothing is in it.
 */
export function readResultSet(path: string): readonly Result[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  const names = isFolder ? readdirSync(path).filter((name) => name.endsWith('.json')) : []
  const results = isFolder ? names.sort().flatMap((name) => readResults(join(path, name))) : readResults(path)
  if (results.length === 0) throw new UsageError(`${path} holds no result; give a result file, or a folder of them`)
  return results
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${(error as Error).message}; give a result file`)
  }
}

/**
 * Refuses report files that could not be written, before a run is spent on them.
 * @throws UsageError
 */
export function checkReportFiles(files: readonly string[]): void {
  for (const file of files) {
    if (formOf(file) === undefined)
      throw new UsageError(
        `--report ${file}: its name must end in ${Object.keys(FORMS).join(', ')}, which decides the form`,
      )
    try {
      checkWritable(file)
    } catch (error) {
      throw new UsageError(`--report ${file} cannot be written: ${(error as Error).message}`)
    }
  }
}

/**
 * Writes every report file. Without one, and where one could not be written, prints a readable summary on stdout, so that
 * nothing is lost of a run.
 * @returns what the writing amounts to, once stderr says what could not be written.
 */
export function report(results: readonly Result[], files: readonly string[]): ExitCode {
  const written = files.map((file) => isWritten(`--report ${file}`, () => writeReport(results, file)))
  const lost = written.includes(false)
  if (lost || files.length === 0) summarise(results)
  return lost ? EXIT.harness : EXIT.ok
}

function writeReport(results: readonly Result[], file: string): void {
  const form = formOf(file)
  if (form !== undefined) writeOutput(file, render(form, results))
}

/**
 * Refuses report files that cannot hold a capacity search.
 * @throws UsageError
 */
export function checkSearchFiles(files: readonly string[]): void {
  checkReportFiles(files)
  const other = files.find((file) => !['json', 'markdown'].includes(formOf(file) ?? ''))
  if (other !== undefined) throw new UsageError(`--report ${other}: a search is written as .json or .md`)
}

/** As `report`, of a capacity search. */
export function reportSearch(result: SearchResult, files: readonly string[]): ExitCode {
  const written = files.map((file) =>
    isWritten(`--report ${file}`, () =>
      writeOutput(
        file,
        formOf(file) === 'json' ? `${JSON.stringify(result, null, 2)}\n` : renderSearchMarkdown(result),
      ),
    ),
  )
  const lost = written.includes(false)
  if (lost || files.length === 0) process.stdout.write(renderSearch(result))
  return lost ? EXIT.harness : EXIT.ok
}

/** Prints a readable summary on stdout, coloured on a terminal where NO_COLOR does not forbid it. */
export function summarise(results: readonly Result[]): void {
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  process.stdout.write(renderSummaries(results, { color }))
}
