/** The file of `--baseline`: read before the run, held against its result, and written anew where that was asked for. */
import { existsSync, readFileSync } from 'node:fs'
import { ROOT } from '../conformance/chat/root.ts'
import { PACKS, suiteOf } from '../conformance/packs.ts'
import { heldAgainst, isExpected, renewed, type Scope } from '../conformance/runner/baseline.ts'
import { isSelected, type Selection } from '../conformance/runner/select.ts'
import type { Baseline, CaseResult, ConformanceResult } from '../schemas/generated/results.ts'
import { validateBaseline } from '../schemas/generated/validators.js'
import type { Capabilities } from '../schemas/target.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { checkWritable, isWritten, writeOutput } from './output-file.ts'
import { UsageError } from './usage-error.ts'

export interface BaselineChoice {
  readonly file: string
  /** Write it anew after the run. */
  readonly update: boolean
  readonly selection: Selection
  readonly capabilities?: Capabilities
  /** Whether a failure of this case counts at the asked level. */
  readonly counts: (one: CaseResult) => boolean
}

/** The failures that a run expects. */
export interface KnownFailures {
  expects(id: string): boolean
  /**
   * The result with what is expected, and what is stale, marked as such. Writes the file where that was asked for.
   * @returns beside it what the writing amounts to.
   */
  judge(result: ConformanceResult): { readonly result: ConformanceResult; readonly written: ExitCode }
}

/** @throws UsageError where the file cannot be read or is no baseline; to be written, it need not be there. */
export function knownFailures({ file, update, selection, capabilities, counts }: BaselineChoice): KnownFailures {
  const baseline = readBaseline(file, update)
  if (update) refuseUnwritable(file)
  const scope: Scope = {
    today: new Date().toISOString().slice(0, 10),
    exists: (id) => suiteOf(PACKS, capabilities).cases.some((one) => one.id === id),
    root: ROOT.id,
    selects: (id) => isSelected({ id }, selection),
  }
  return {
    expects: (id) => isExpected(baseline, id, scope),
    judge(result) {
      // What an interrupted run did not come to is no reason to expect anything.
      if (!update || result.partial) return { result: heldAgainst(baseline, result, scope), written: EXIT.ok }
      const anew = renewed(baseline, result, scope, counts)
      const write = () => writeOutput(file, `${JSON.stringify(anew, null, 2)}\n`)
      const written = isWritten(`--baseline ${file}`, write) ? EXIT.ok : EXIT.harness
      return { result: heldAgainst(anew, result, scope), written }
    },
  }
}

function refuseUnwritable(file: string): void {
  try {
    checkWritable(file)
  } catch (error) {
    throw new UsageError(`--baseline ${file} cannot be written: ${(error as Error).message}`)
  }
}

function readBaseline(file: string, mayBeAbsent: boolean): Baseline {
  if (mayBeAbsent && !existsSync(file)) return { format: 'shakedown.baseline/1', cases: {} }
  const content = readJson(file)
  if (validateBaseline(content)) return content
  const [error] = validateBaseline.errors ?? []
  throw new UsageError(
    `--baseline ${file} is no baseline: ${error?.instancePath || 'the root'} ${error?.message}; --update-baseline writes one`,
  )
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(
      `--baseline ${file} cannot be read as JSON: ${(error as Error).message}; --update-baseline writes one`,
    )
  }
}
