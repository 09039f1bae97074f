/** What a load run is made of. */
import type { Manifest, Segment } from '../schemas/generated/results.ts'
import type { Target } from '../schemas/target.ts'
import type { PlayedWorkload } from './played-workload.ts'
import type { LoadProgress } from './progress.ts'
import type { K6 } from './provision.ts'

export interface LoadOptions {
  readonly target: Target
  readonly workload: PlayedWorkload
  readonly k6: K6
  readonly manifest: Manifest
  /** k6 processes; as many as the connections need, unless given. */
  readonly shards?: number | undefined
  /** The part that is played here of a run on several machines; all of it unless given. */
  readonly segment?: Segment | undefined
  /** Receivers of the referee; nobody looks over the shoulder of k6 unless given. */
  readonly referee?: number | undefined
  /** Hears how far the run is, about twice a second. */
  readonly onProgress: (progress: LoadProgress) => void
  /** Calls the run off: what happened until then is the result, marked as partial. */
  readonly signal: AbortSignal
}
