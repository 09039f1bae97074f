/** One load run: the plan is dealt out, k6 plays it, and what comes back becomes a result. */
import { randomBytes } from 'node:crypto'
import type { LoadResult, Manifest } from '../schemas/generated/results.ts'
import { type Target, TargetError } from '../schemas/target.ts'
import { type Coordinator, latest, NOTICE_MS, openCoordinator } from './coordinator.ts'
import { type Engine, startEngine } from './engine.ts'
import { Observer } from './observer.ts'
import type { Outcome } from './outcome.ts'
import { planFanOut } from './plan.ts'
import type { LoadProgress } from './progress.ts'
import type { K6 } from './provision.ts'
import { resultOf } from './result.ts'
import type { Ready } from './scenarios/vu-messages.ts'
import { mintShares } from './tokens.ts'
import { type PlayedWorkload, WorkloadError } from './workload.ts'

export interface LoadOptions {
  readonly target: Target
  readonly workload: PlayedWorkload
  readonly k6: K6
  readonly manifest: Manifest
  /** Hears how far the run is, about twice a second. */
  readonly onProgress: (progress: LoadProgress) => void
  /** Calls the run off: what happened until then is the result, marked as partial. */
  readonly signal: AbortSignal
}

/** The load engine did not start; the message holds what it said. */
export class EngineError extends Error {
  override name = 'EngineError'
}

/** In ms. For k6 to start; for a step that is due to be over, besides its own time; and for VUs that are called off. */
const PATIENCE = { start: 30_000, step: 5000, stop: 2000 }
/** For sockets to close politely once all is counted, in ms. */
const FAREWELL_MS = 1000
/** Tokens outlive the run by this many seconds, so that none expires where it takes a little longer. */
const TOKEN_SPARE_S = 120

/**
 * Plays a workload against a target. Stops everything that it started, however it ends.
 * @throws TargetError where no connection got ready, WorkloadError where the server's limits forbid the workload,
 * EngineError where k6 did not start.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { target, workload, k6, manifest, onProgress, signal } = options
  const vus = Math.min(manifest.cpu_count, workload.publishers + workload.subscribers)
  const run = randomBytes(4).toString('hex')
  const plan = planFanOut(workload, { urls: target.urls, origin: target.origin, vus, run })
  const longest = plan.ready_ms + workload.duration_ms + workload.drain_ms
  const shares = await mintShares(plan, target, Math.ceil((Date.now() + longest) / 1000) + TOKEN_SPARE_S)

  const observer = new Observer({ workload, schedule: plan.schedule, serverPid: target.pid, onProgress })
  const coordinator = await openCoordinator(shares, {
    onSecond: (second) => observer.series.add(second),
    onSample: ({ frame }) => observer.frames.add(frame),
  })
  const maxSeconds = (longest + PATIENCE.start + PATIENCE.step) / 1000
  const { scenario } = workload
  const engine = startEngine({ path: k6.path, scenario, coordinator: coordinator.url, vus, maxSeconds })
  observer.watch(engine.pid)
  try {
    const outcome = await conduct({ workload, signal, coordinator, engine, observer, readyMs: plan.ready_ms })
    return resultOf(options, plan.schedule, outcome, observer)
  } finally {
    observer.close()
    await engine.kill()
    await coordinator.close()
  }
}

interface Cast {
  readonly workload: PlayedWorkload
  readonly signal: AbortSignal
  readonly coordinator: Coordinator
  readonly engine: Engine
  readonly observer: Observer
  readonly readyMs: number
}

/** Leads the VUs from phase to phase, and ends early where the engine does or the run is called off. */
async function conduct(cast: Cast): Promise<Outcome> {
  const { workload, signal, coordinator, engine, observer, readyMs } = cast
  const within = deadlines(engine, signal)
  const stop = () => coordinator.stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const arrived = await within(coordinator.arrived, PATIENCE.start)
    if (arrived === undefined && !signal.aborted)
      throw new EngineError(`the load engine did not start: ${await causeOf(engine)}`)
    if (arrived !== undefined) observer.connecting(Math.min(...arrived.map(({ epoch }) => epoch)))

    const ready = await within(coordinator.ready, readyMs + PATIENCE.step)
    if (ready !== undefined && !signal.aborted) {
      requirePlayable(ready, workload)
      coordinator.start(latest(ready) + NOTICE_MS)
    }
    observer.publishing(ready ?? [])

    const rest = workload.duration_ms + workload.drain_ms + PATIENCE.step
    const records = ready === undefined ? undefined : await within(coordinator.records, rest)
    observer.finished()
    if (ready === undefined || records === undefined) return cutShort(cast)
    await Promise.race([engine.ended, pause(FAREWELL_MS)])
    return { ready, records, isComplete: true, interrupted: signal.aborted }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What there is of a run whose engine did not hand over everything. */
async function cutShort({ coordinator, engine, signal }: Cast): Promise<Outcome> {
  const failure = signal.aborted ? 'it was interrupted before it could hand over its counts' : await causeOf(engine)
  return { ...coordinator.soFar(), isComplete: false, interrupted: signal.aborted, failure }
}

/** Why the engine is silent: what it said as it ended, or that it has not. */
async function causeOf({ ended }: Engine): Promise<string> {
  return Promise.race([ended, pause(0).then(() => 'it does not answer')])
}

/**
 * A step's value; undefined where the engine ends first, or time runs out: in full, or soon where the run is called off.
 */
function deadlines({ ended }: Engine, signal: AbortSignal) {
  const over = ended.then(() => undefined)
  return <T>(step: Promise<T>, ms: number): Promise<T | undefined> => {
    let expire = () => {}
    let timer = setTimeout(() => expire(), signal.aborted ? PATIENCE.stop : ms)
    const hurry = () => {
      clearTimeout(timer)
      timer = setTimeout(() => expire(), PATIENCE.stop)
    }
    signal.addEventListener('abort', hurry, { once: true })
    const expired = new Promise<undefined>((resolve) => {
      expire = () => resolve(undefined)
    })
    return Promise.race([step, over, expired]).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', hurry)
    })
  }
}

/** A run in which nobody listens, nobody publishes, or the server must refuse what is planned says nothing. */
function requirePlayable(ready: readonly Ready[], { publishers, rate_per_s }: PlayedWorkload): void {
  const present = ready.reduce((sum, vu) => sum + vu.connections.ready, 0)
  const publishing = ready.reduce((sum, vu) => sum + vu.publishers_ready, 0)
  if (publishing === 0 || present === publishing) {
    const who = publishing === 0 ? 'publisher' : 'subscriber'
    const [trouble] = ready.flatMap(({ troubles }) => Object.keys(troubles).filter((text) => text.startsWith(who)))
    throw new TargetError(
      `no ${who} got ready${trouble === undefined ? '' : ` (${trouble})`}: is a chat.v1 server there, and are its tokens right?`,
    )
  }
  const share = rate_per_s / publishers
  const granted = Math.min(...ready.map((vu) => vu.rate_per_s ?? Number.POSITIVE_INFINITY))
  if (share <= granted) return
  throw new WorkloadError(
    `publisher rate ${share}/s exceeds the server's limit of ${granted}/s (rate_per_s in its welcome): ` +
      `use at least ${Math.ceil(rate_per_s / granted)} publishers, or a rate of at most ${granted * publishers}/s`,
  )
}

/** Keeps nobody waiting who has nothing else to do. */
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
