/** What the Node side knows of a scenario: one value of this type for each, under its name in the registry. */
import type { SeriesPoint } from '../../schemas/generated/results.ts'
import type { Limits } from '../../schemas/generated/tables.ts'
import type { Target } from '../../schemas/target.ts'
import type { PlayedWorkload } from '../played-workload.ts'
import type { Checks } from '../scenarios/checks.ts'
import type { Ready, Seat, Traffic } from '../scenarios/vu-messages.ts'
import type { Series } from '../series.ts'

export interface ScenarioPlan<W = PlayedWorkload> {
  /** The k6 script that plays it: `scenarios/<script>.ts`. */
  readonly script: string
  /** Names of what it measures, in the order in which they are told. */
  readonly latencies: readonly string[]
  /** What a workload verifies beside the ledger: by name, a sentence that says what has to hold. Each must judge something. */
  checks(workload: W, server: ServerKind): Readonly<Record<string, string>>
  /** The workload in a few words, such as `150 subscribers in 3 rooms, 20 messages/s`. */
  describe(workload: W): string
  /** What a server that is started for it has to grant, over the default profile. */
  limits(workload: W): Partial<Limits>
  deal(workload: W, setting: Setting): Deal
  /**
   * Looks at who got ready before anything is played.
   * @throws TargetError or WorkloadError where playing would say nothing.
   */
  requirePlayable(ready: readonly Ready[], workload: W): void
  /** What Node does beside the VUs, from the start on; the run does not end before it is done. */
  beside?(workload: W, stage: BesideStage): Promise<void>
  /** Judges what only the whole run shows, once it is over; not asked where it ended early. */
  review?(workload: W, stage: ReviewStage): void
}

export interface ServerKind {
  /** It was started here, so that its memory is measured. */
  readonly isOurs: boolean
}

/** What `review` works with. */
export interface ReviewStage extends ServerKind {
  readonly checks: Checks
  readonly series: Series
  /** The same second by second, with what the server's processes used. */
  readonly points: readonly SeriesPoint[]
  /** When playing began, on the run's clock, in ms. */
  readonly startAt: number
}

export interface Setting {
  /** Of the target, one a node. */
  readonly urls: readonly string[]
  /** Keeps the rooms and users of this run apart from those of every other. */
  readonly run: string
  /** The server is started for it, with the limits that the plan wishes. */
  readonly isOurs?: boolean
  /** Whether the server can be told things by its control paths; absent where nobody knows. */
  readonly hasControl?: boolean
  /** How many nodes on one broker are started for it, each of which can be killed and replaced; none unless given. */
  readonly nodes?: number
}

/** Who connects where and when, as values. */
export interface Deal {
  /** Every connection; those of each role are dealt to the VUs in turn. */
  readonly places: readonly Place[]
  readonly traffic: Traffic
  /** After the ramp began: who is not ready by then has failed. In ms, as below. */
  readonly ready_ms: number
  /** From the start to the last thing that is due; the drain comes after it. */
  readonly play_ms: number
}

/** A seat whose tokens are not minted yet. */
export type Place = Omit<Seat, 'token' | 'refresh_tokens'> & {
  readonly token: TokenWish
  readonly refresh_tokens?: readonly TokenWish[]
}

export interface TokenWish {
  readonly sub: string
  readonly rooms?: readonly string[]
  readonly rooms_read?: readonly string[]
  /** `exp` from the time of minting, which is just before the ramp, in ms; beyond the end of the run unless given. */
  readonly expires_ms?: number
  /** Its signature is not the one that belongs to its claims. */
  readonly isForged?: boolean
}

/** What `beside` works with. */
export interface BesideStage {
  readonly target: Target
  readonly deal: Deal
  /** Wall clock of the start, in ms since 1970. */
  readonly startsAt: number
  /** Aborts where the run ends early. */
  readonly signal: AbortSignal
  /** Judged with those of the VUs. */
  readonly checks: Checks
  /** Counts a latency, in ms, in the second of now. */
  count(name: string, ms: number): void
  /** Connections that are ready and not away, at the end of a second after `time` (in ms since 1970); undefined until that is told. */
  present(time: number): number | undefined
}
