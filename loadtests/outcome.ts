/** What the engine of a run has handed over. */
import type { Ready, Records } from './scenarios/vu-messages.ts'

/** How the run went: what everybody said, or why something is missing. */
export interface Outcome {
  readonly ready: readonly Ready[]
  readonly records: readonly Records[]
  /** Whether the records are there of all VUs. */
  readonly isComplete: boolean
  readonly interrupted: boolean
  /** Why the engine handed over nothing, or not everything. */
  readonly failure?: string
}
