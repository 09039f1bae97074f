/** What the engines of a run have handed over. */
import type { Testimony } from './referee.ts'
import type { CheckCounts } from './scenarios/checks.ts'
import type { Ready, Records } from './scenarios/vu-messages.ts'

/** How the run went: what everybody said, or why something is missing. */
export interface Outcome {
  readonly ready: readonly Ready[]
  readonly records: readonly Records[]
  /** What Node itself judged. */
  readonly checks: CheckCounts
  /** Whether the records are there of all VUs. */
  readonly isComplete: boolean
  readonly interrupted: boolean
  /** What the referee saw, where there was one and the run was played to its end. */
  readonly testimony?: Testimony | undefined
  /** Why an engine handed over nothing, or not everything. */
  readonly failure?: string
  /** How the server ended that was started for the run, where it did so before the run was over. */
  readonly serverEnd?: string | undefined
}
