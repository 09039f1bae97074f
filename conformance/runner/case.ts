/** What a case is, and the only ways in which it can end. */
import type { CaseResult, Level, TranscriptEntry } from '../../schemas/generated/results.ts'
import type { Target } from '../../schemas/target.ts'

export type Pack = CaseResult['pack']

/** Everything that the runner hands to a running case. A pack builds its own world (actors, carriers) on it. */
export interface Stage {
  readonly target: Target
  /** Unique to this run of this case: the stem of its users, rooms and correlation id. */
  readonly name: string
  /** Adds to the case's transcript; `at_ms` is filled in. */
  record(entry: Omit<TranscriptEntry, 'at_ms'>): void
  /** Runs when the case has ended, however it ended; last registered first. */
  cleanup(action: () => void | Promise<void>): void
  /** Upper bound of any wait, in ms, for what the server owes at once; calibrated to the measured round trip. */
  readonly patience: number
  /** The longest wait in ms that a limit of the server may ask for (a heartbeat, say) before the case is skipped. */
  readonly maxWaitMs: number
  /** Whether the transcript shows each frame as it stood on the wire, too; default false. */
  readonly octets?: boolean
  /** Aborted when the run is interrupted or the case has used up its time. */
  readonly signal: AbortSignal
}

/** One immutable case. Its level is that of its requirements, which all share one, or its own where it cites none. */
export interface Case {
  /** `section/what-is-expected`: the section is the file and the filter. */
  readonly id: string
  readonly pack: Pack
  /** The sentence that the case checks. */
  readonly title: string
  /** Ids of the registry (PROTOCOL.md, or RFC6455.md for the wire pack); none where no rule but the target's own word is checked. */
  readonly requirements: readonly string[]
  /** Those of the requirements that only a finding is about which names them. */
  readonly named?: readonly string[]
  /** With no requirements only. */
  readonly level?: Level
  readonly aliases?: readonly string[]
  /** How long it goes on at the most, in ms, where that is longer than a case may take. */
  readonly longestMs?: number
  /** It takes longer than most, so it is started before them. */
  readonly slow?: boolean
  /** Resolves where the rule holds; throws Finding or Skip. Anything else thrown is the harness's own fault. */
  readonly run: (stage: Stage) => Promise<void>
}

/** The server did not do what the rule says. Matchers throw it; only the runner makes a verdict of it. */
export class Finding extends Error {
  override name = 'Finding'
  readonly expected: string
  readonly actual: string
  /** The requirement that is broken, where that is one that holds in every case, or one of those that are named. */
  readonly breaks: string | undefined
  constructor(expected: string, actual: string, breaks?: string) {
    super(`expected ${expected}, got ${actual}`)
    this.expected = expected
    this.actual = actual
    this.breaks = breaks
  }
}

/**
 * A finding that nothing came in time, or that the connection was gone: what a harness that stood still may itself have
 * caused. What came and was wrong is no such thing.
 */
export class Missed extends Finding {
  override name = 'Missed'
}

/** The case cannot say anything about this target, for the reason given. */
export class Skip extends Error {
  override name = 'Skip'
}
