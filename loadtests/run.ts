/** One load run: the plan is dealt out, k6 plays it, and what comes back becomes a result. */
import { randomBytes } from 'node:crypto'
import type { LoadResult } from '../schemas/generated/results.ts'
import type { Target } from '../schemas/target.ts'
import { type Coordinator, openCoordinator } from './coordinator.ts'
import { dealOf } from './deal.ts'
import { type Engine, startEngine } from './engine.ts'
import { emptyHistogram, latencyOf } from './histogram.ts'
import { layOut, type StartedServer } from './layout.ts'
import type { LoadOptions } from './load-options.ts'
import { Observer } from './observer.ts'
import type { Outcome } from './outcome.ts'
import type { Deal } from './plans/plan.ts'
import { planOf } from './plans/registry.ts'
import type { PlayedWorkload } from './played-workload.ts'
import { type Referee, refereePlaces, startReferee, type Testimony } from './referee.ts'
import { resultOf } from './result.ts'
import { Checks } from './scenarios/checks.ts'
import type { Seat, Share } from './scenarios/vu-messages.ts'
import { scheduleOfDealt, segmentOf } from './segment.ts'
import { dealShares } from './shares.ts'
import { mintSeats, TOKEN_SPARE_MS } from './tokens.ts'

/** The load engine did not start; the message holds what it said. */
export class EngineError extends Error {
  override name = 'EngineError'
}

/**
 * In ms. For k6 to start; for a step that is due to be over, besides its own time; for VUs that are called off; and for
 * tokens to be minted, beyond which k6 ends by itself.
 */
const PATIENCE = { start: 30_000, step: 5000, stop: 2000, mint: 600_000 }
/** What VUs stay after the drain, to see what should not come. */
const LINGER_MS = 1000
/** For sockets to close politely once all is counted, in ms. */
const FAREWELL_MS = 1000

/**
 * Plays a workload against a target. Stops everything that it started, however it ends.
 * @throws TargetError where no connection got ready, WorkloadError where the server's limits or this machine's forbid
 * the workload, EngineError where k6 did not start.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { target, workload, k6, manifest, onProgress, signal } = options
  const plan = planOf(workload)
  const whole = dealOf(workload, {
    urls: target.urls,
    run: randomBytes(4).toString('hex'),
    isOurs: target.pid !== undefined,
    hasControl: target.controlToken !== undefined,
    nodes: target.nodes?.length ?? 0,
  })
  const deal = segmentOf(whole, options.segment)
  const beside = options.referee === undefined ? [] : refereePlaces(options.referee, workload, deal)
  const need = {
    connections: deal.places.length + beside.length,
    urls: target.urls,
    server: startedServer(target),
    shards: options.shards,
  }
  const specs = layOut(need, manifest)
  const vus = specs.map((spec) => spec.vus)
  // Half of the machine, for the server may be here too. A manifest that tells no memory sets no bound to anybody.
  const memory_bytes = Math.floor(manifest.memory_bytes / 2 / specs.length) || undefined
  const longest = deal.ready_ms + deal.play_ms + deal.traffic.drain_ms

  let serverEnd: string | undefined
  void target.ended?.then((how) => {
    serverEnd = how
  })
  const observer = new Observer({
    latencies: plan.latencies,
    deal: { ...deal, traffic: { ...deal.traffic, schedule: scheduleOfDealt(deal) } },
    serverPid: target.pid,
    nodeUrls: target.nodes?.flatMap((node) => node.urls),
    onProgress,
  })
  const coordinator = await openCoordinator(vus, {
    onSecond: (second) => observer.series.add(second),
    onSample: ({ frame }) => observer.frames.add(frame),
  })
  const maxSeconds = (longest + PATIENCE.start + PATIENCE.mint + PATIENCE.step) / 1000
  const engines = specs.map((spec, shard) =>
    startEngine({
      path: k6.path,
      script: plan.script,
      coordinator: coordinator.url,
      shard,
      maxSeconds,
      memory_bytes,
      ...spec,
    }),
  )
  observer.watch(engines.map(({ pid }) => pid))
  const referee = beside.length === 0 ? undefined : startReferee(beside.length)
  const mint = async () => {
    const seats = await mintSeats([...deal.places, ...beside], target, longest + TOKEN_SPARE_MS)
    const shares = dealShares(
      seats.slice(0, deal.places.length),
      vus.reduce((sum, count) => sum + count, 0),
      { workload, origin: target.origin, ...deal },
    )
    return { shares, besides: seats.slice(deal.places.length) }
  }
  try {
    const outcome = await conduct({ workload, target, signal, coordinator, engines, observer, deal, mint, referee })
    return resultOf(options, { deal, engines: specs }, { ...outcome, serverEnd }, observer)
  } finally {
    observer.close()
    referee?.kill()
    await Promise.all(engines.map((engine) => engine.kill()))
    await coordinator.close()
  }
}

interface Cast {
  readonly workload: PlayedWorkload
  readonly target: Target
  readonly signal: AbortSignal
  readonly coordinator: Coordinator
  readonly engines: readonly Engine[]
  readonly observer: Observer
  readonly deal: Deal
  readonly referee: Referee | undefined
  /** The shares of the VUs, and the seats of the referee. */
  mint(): Promise<{ readonly shares: readonly Share[]; readonly besides: readonly Seat[] }>
}

/** Leads the VUs from phase to phase, and ends early where an engine does or the run is called off. */
async function conduct(cast: Cast): Promise<Outcome> {
  const { workload, signal, coordinator, engines, observer, deal, referee } = cast
  const plan = planOf(workload)
  const loss = firstLoss(engines, coordinator)
  const within = deadlines(loss, signal)
  const over = new AbortController()
  const checks = new Checks()
  const stop = () => coordinator.stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const zero = await within(coordinator.arrived, PATIENCE.start)
    if (zero === undefined && !signal.aborted)
      throw new EngineError(`the load engine did not start: ${await causeOf(loss)}`)
    if (zero !== undefined) {
      const { shares, besides } = await cast.mint()
      observer.connecting(zero)
      const rampAt = coordinator.deal(shares)
      referee?.receive({ seats: besides, origin: cast.target.origin, zero, rampAt })
    }

    const ready = await within(coordinator.ready, deal.ready_ms + PATIENCE.step)
    const plays = ready !== undefined && !signal.aborted
    if (plays && referee !== undefined) await within(referee.ready, PATIENCE.step)
    if (plays) plan.requirePlayable(ready, workload)
    const startsAt = plays ? coordinator.start() : Date.now()
    observer.playing(ready ?? [], startsAt)
    const count = (name: string, ms: number) => observer.count(name, ms)
    const present = (time: number) => observer.present(time)
    const stage = { target: cast.target, deal, startsAt, signal: over.signal, checks, count, present }
    const beside = plays ? plan.beside?.(workload, stage) : undefined

    const rest = deal.play_ms + deal.traffic.drain_ms + LINGER_MS + PATIENCE.step
    const all = Promise.all([coordinator.records, beside]).then(([records]) => records)
    const records = ready === undefined ? undefined : await within(all, rest)
    observer.finished()
    if (ready === undefined || records === undefined) return await cutShort(cast, loss, checks)
    const testimony = await testimonyOf(cast)
    await Promise.race([Promise.all(engines.map(({ ended }) => ended)), pause(FAREWELL_MS)])
    return { ready, records, checks: checks.counts(), isComplete: true, interrupted: signal.aborted, testimony }
  } finally {
    over.abort()
    signal.removeEventListener('abort', stop)
  }
}

/** What the referee saw of a run that was played to its end; one that is silent has seen nothing. */
async function testimonyOf({ referee, signal }: Cast): Promise<Testimony | undefined> {
  if (referee === undefined || signal.aborted) return undefined
  const silent = { receivers: 0, latency: latencyOf(emptyHistogram()) }
  return (await Promise.race([referee.testimony(), pause(PATIENCE.stop)])) ?? silent
}

/** What there is of a run in which an engine did not hand over everything; the others are asked for what they have. */
async function cutShort(
  { coordinator, engines, signal }: Cast,
  loss: Promise<string>,
  checks: Checks,
): Promise<Outcome> {
  const failure = signal.aborted ? 'it was interrupted before it could hand over its counts' : await causeOf(loss)
  coordinator.stop()
  await Promise.race([Promise.all(engines.map((_, shard) => coordinator.hungUp(shard))), pause(PATIENCE.stop)])
  return { ...coordinator.soFar(), checks: checks.counts(), isComplete: false, interrupted: signal.aborted, failure }
}

/** The processes of the target that are ours. */
function startedServer({ pid, nodes, description }: Target): StartedServer | undefined {
  if (pid === undefined && nodes === undefined) return undefined
  return { nodes: nodes?.length ?? 1, hasBalancer: description.balancer !== undefined }
}

/** Resolves when an engine has ended and had not handed over everything, to which one and what it said of it. */
function firstLoss(engines: readonly Engine[], coordinator: Coordinator): Promise<string> {
  return new Promise((resolve) => {
    engines.forEach(async ({ ended }, shard) => {
      const cause = await ended
      // What it said last may still be on its way.
      if (await coordinator.hungUp(shard)) return
      resolve(engines.length === 1 ? cause : `shard ${shard + 1} of ${engines.length}: ${cause}`)
    })
  })
}

/** Why an engine is silent: what it said as it ended, or that it has not. */
async function causeOf(loss: Promise<string>): Promise<string> {
  return Promise.race([loss, pause(0).then(() => 'it does not answer')])
}

/**
 * A step's value; undefined where an engine is lost first, or time runs out: in full, or soon where the run is called off.
 */
function deadlines(loss: Promise<string>, signal: AbortSignal) {
  const over = loss.then(() => undefined)
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

/** Keeps nobody waiting who has nothing else to do. */
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
