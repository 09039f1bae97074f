/** What every scenario stands on: the VU's share, its clock, its books, and its line to the coordinator. */
import type { PlayedWorkload } from '../played-workload.ts'
import { Checks } from './checks.ts'
import { Inspector } from './inspector.ts'
import { type Coordinator, join } from './join.ts'
import { pace, until } from './pacer.ts'
import { type Pulse, startPulse } from './pulse.ts'
import { Roster } from './roster.ts'
import { Tally } from './tally.ts'
import type { Granted, Records, Seat } from './vu-messages.ts'

// One event loop a core. k6 needs its options before the coordinator can be asked, so they come from the environment.
const vus = Number(__ENV.SHAKEDOWN_VUS)
const maxDuration = `${__ENV.SHAKEDOWN_MAX_SECONDS}s`
export const options = {
  scenarios: { play: { executor: 'per-vu-iterations', vus, iterations: 1, maxDuration, gracefulStop: '0s' } },
}

export interface Stage<W extends PlayedWorkload = PlayedWorkload>
  extends Pick<Coordinator<W>, 'share' | 'clock' | 'rampAt' | 'stopped'> {
  /** On the clock, in ms. */
  now(): number
  readonly roster: Roster
  readonly tally: Tally
  readonly pulse: Pulse
  readonly inspector: Inspector
  readonly checks: Checks
  /** Says that this VU is ready; resolves to the time of the start, or of the end where the run is called off. */
  start(granted?: Granted): Promise<number>
  /** The last word: what was counted, and what the scenario recorded of its own. */
  handOver(records: Partial<Pick<Records, 'subscriptions' | 'publishers'>>): void
}

/** One that connects, as the ramp sees it. */
export interface Entrance {
  readonly seat: Seat
  enter(): void
}

/** Arrives at the coordinator and waits for the share. */
export async function takeStage<W extends PlayedWorkload>(): Promise<Stage<W>> {
  const { share, clock, rampAt, tell, start, stopped, handOver } = await join<W>()
  const roster = new Roster(share.seats.length)
  const tally = new Tally(clock.now, () => roster.present, tell)
  const pulse = startPulse(clock, tally)
  // Where nothing is published, the connections that are made are the load.
  const hasTraffic = share.traffic.schedule.messages > 0
  if (!hasTraffic) pulse.countFrom(rampAt)
  const inspector = new Inspector({
    note: (trouble) => roster.note(trouble),
    sample: (frame) => tell({ type: 'sample', frame }),
  })
  const checks = new Checks()
  return {
    ...{ share, clock, rampAt, stopped, roster, tally, pulse, inspector, checks },
    now: clock.now,
    async start(granted = {}) {
      const startAt = await start({ ...roster.counts(), roles: roster.roles(), ...granted })
      if (hasTraffic) pulse.countFrom(startAt)
      return startAt
    },
    handOver({ subscriptions = [], publishers = [] }) {
      pulse.end()
      tally.close()
      const { malformed } = inspector
      handOver({ subscriptions, publishers, malformed, checks: checks.counts(), ...roster.counts() })
    },
  }
}

/** Lets everybody connect, each in its turn, and waits until all are ready, have failed, or time is up. */
export async function ramp(stage: Stage, entrances: readonly Entrance[]): Promise<void> {
  const { share, rampAt, roster } = stage
  const inTurn = [...entrances].sort((a, b) => a.seat.connect_ms - b.seat.connect_ms)
  const dueAt = (index: number) => rampAt + (inTurn[index]?.seat.connect_ms ?? 0)
  await pace({ now: stage.now, stopped: stage.stopped, count: inTurn.length, dueAt }, (index) => inTurn[index]?.enter())
  await until(() => roster.settled, rampAt + share.ready_ms, stage)
}
