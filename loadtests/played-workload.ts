/** A workload as it is played: nothing in it is left to defaults. */
import type { Workload } from '../schemas/generated/results.ts'

export type Scenario = Workload['scenario']

/** What stays absent where it is not given. */
type Optional = 'description' | 'thresholds'
type Played<W> = W extends Workload ? Required<Omit<W, Optional>> & Pick<W, Optional & keyof W> : never

/** The union of all scenarios, or the workload of one. */
export type PlayedWorkload<S extends Scenario = Scenario> = Played<Extract<Workload, { scenario: S }>>

/** The file, what it says, or what it asks of this machine is wrong; one sentence says where and what would be right. */
export class WorkloadError extends Error {
  override name = 'WorkloadError'
}

/** It is the server's own limit, told in its welcome, that forbids what was asked. */
export class ServerLimit extends WorkloadError {}
