/** A storm of reconnects while messages flow: every session is resumed, nothing is lost and nothing comes twice. */
import { type Limits, PROFILES } from '../../schemas/generated/tables.ts'
import { percentileOf } from '../histogram.ts'
import { type PlayedWorkload, WorkloadError } from '../played-workload.ts'
import { waitUntil } from './beside.ts'
import { drain } from './drain-request.ts'
import { killNode, requireNodes, rollDrain, withFailover } from './node-storms.ts'
import type { BesideStage, Deal, ReviewStage, ScenarioPlan, Setting } from './plan.ts'
import { dealTraffic, TRAFFIC_PLAN } from './traffic.ts'

type Reconnect = PlayedWorkload<'reconnect'>

/** Fewer make no curve. */
const LEAST_FOR_A_CURVE = 50
/**
 * How far from its place on the curve a percentile may be, as a share of the window: what n random moments may be off.
 * By the inequality of Dvoretzky, Kiefer and Wolfowitz they are more than ε off with a probability below 2·e^(−2nε²): ε
 * is chosen so that this happens once in a million runs.
 */
const chanceShare = (n: number) => Math.sqrt(Math.log(2e6) / (2 * n))

const drains = ({ storm }: Pick<Reconnect, 'storm'>) => storm === 'drain' || storm === 'rolling-drain'
const isAdvised = (workload: Reconnect) => drains(workload) && workload.backoff === 'advised'

const CAME_BACK: Readonly<Record<Reconnect['storm'], string>> = {
  close: 'every subscriber is sent away once, and is back with all its replay before the end',
  drain: 'every subscriber is sent away once, and is back with all its replay before the end',
  'kill-node': 'everybody who was on the node that is killed is back before the end, subscribers with all their replay',
  'rolling-drain': 'everybody is sent away, and is back before the end, subscribers with all their replay',
}

export const reconnect: ScenarioPlan<Reconnect> = {
  ...TRAFFIC_PLAN,
  script: 'reconnect',
  latencies: [...TRAFFIC_PLAN.latencies, 'arrival', 'recover', 'caught_up', 'replay', 'return_delay'],
  checks: (workload) => ({
    came_back: CAME_BACK[workload.storm],
    session_resumed: 'who comes back with a session resumes it, under the same id',
    room_recovered: 'its room is recovered from its position: all that followed is announced as replay, without a gap',
    ...(drains(workload) && {
      drain_accepted: `each node accepts with 202 that it is to drain ${workload.storm === 'drain' ? 'the subscribers' : 'its clients'}`,
    }),
    ...(workload.storm === 'rolling-drain' && {
      node_replaced: 'each node that was drained ends, and another is ready in its place',
    }),
    ...(isAdvised(workload) && {
      arrivals_as_advised: `arrivals spread evenly from ${workload.advised_min_ms} to ${workload.advised_max_ms} ms after the close, as the server was told to advise`,
    }),
  }),
  describe: (workload) => `${TRAFFIC_PLAN.describe(workload)}, a storm by ${workload.storm}, back ${waiting(workload)}`,
  deal: dealReconnect,
  limits: (workload) => ({ ...TRAFFIC_PLAN.limits(workload), ...limitsForAbsence(workload) }),
  beside: stormBeside,
  review: reviewArrivals,
}

const waiting = ({ backoff }: Reconnect) =>
  backoff === 'none' ? 'at once' : backoff === 'advised' ? 'as advised' : `by ${backoff} backoff`

function dealReconnect(workload: Reconnect, setting: Setting): Deal {
  const { storm } = workload
  requireStorm(workload)
  requireControl(workload, setting)
  requireNodes(workload, setting)
  const deal = dealTraffic(workload, setting)
  return storm === 'close' || storm === 'drain' ? asOneUser(deal, setting) : withFailover(workload, deal, setting)
}

/** All subscribers are one user: the drain of that user sends them away, and the node goes on taking connections. */
function asOneUser(deal: Deal, { run }: Setting): Deal {
  const sub = `load-${run}-s`
  const places = deal.places.map((place) =>
    place.role === 'subscriber' ? { ...place, failover: [place.url], token: { ...place.token, sub } } : place,
  )
  return { ...deal, places }
}

/** A publisher may send at once, and a subscriber be replayed, what fell into any absence: no limit is measured. */
function limitsForAbsence({ rate_per_s, publishers, rooms, duration_ms }: Reconnect): Partial<Limits> {
  const { default: usual } = PROFILES
  const messages = Math.ceil((rate_per_s * duration_ms) / 1000)
  const [ofOne, ofRoom] = [Math.ceil(messages / publishers), Math.ceil(messages / rooms)]
  return { rate_burst: Math.max(usual.rate_burst, 2 * ofOne), replay_max: Math.max(usual.replay_max, 2 * ofRoom) }
}

/** @throws WorkloadError where the server cannot be told to drain. */
function requireControl(workload: Reconnect, { hasControl = true }: Setting): void {
  if (!drains(workload) || hasControl) return
  throw new WorkloadError(
    `storm "${workload.storm}" needs the control paths of the server: declare the capability "control" in a --target file, with --url give --control-token, or play a workload file with "storm": "close" and another backoff`,
  )
}

/** @throws WorkloadError where its fields do not fit each other. */
function requireStorm({ storm, backoff, storm_at_ms, duration_ms, subscribers, ...window }: Reconnect): void {
  if (storm_at_ms >= duration_ms)
    throw new WorkloadError(`storm_at_ms ${storm_at_ms} is not before the end of the ${duration_ms} ms of duration_ms`)
  if (backoff !== 'advised') return
  if (!drains({ storm }))
    throw new WorkloadError(
      'backoff "advised" needs storm "drain" or "rolling-drain": only a server that drains gives advice',
    )
  if (window.advised_min_ms >= window.advised_max_ms)
    throw new WorkloadError(`advised_min_ms ${window.advised_min_ms} must be below advised_max_ms`)
  if (subscribers < LEAST_FOR_A_CURVE)
    throw new WorkloadError(`${subscribers} subscribers make no curve of arrivals: use at least ${LEAST_FOR_A_CURVE}`)
}

/** What is done to the server, as the storm has it; clients break off by themselves. */
async function stormBeside(workload: Reconnect, stage: BesideStage): Promise<void> {
  if (workload.storm === 'drain') await drainSubscribers(workload, stage)
  if (workload.storm === 'kill-node') await killNode(workload, stage)
  if (workload.storm === 'rolling-drain') await rollDrain(workload, stage)
}

/** Tells every node to drain the subscribers. */
async function drainSubscribers(workload: Reconnect, stage: BesideStage): Promise<void> {
  const { target, deal, startsAt, signal } = stage
  const { nodes = [target] } = target
  const sub = deal.places.find(({ role }) => role === 'subscriber')?.token.sub
  await waitUntil(startsAt + workload.storm_at_ms, signal)
  const urls = signal.aborted ? [] : nodes.flatMap((node) => node.urls)
  await Promise.all(urls.map((url) => drain(url, `${sub}`, workload, stage)))
}

/**
 * Holds each percentile of the arrivals (of attempts that were let in, from the close) against the moment at which an
 * even spread puts it. How long a handshake takes is told by `recover`.
 */
function reviewArrivals(workload: Reconnect, { checks, series }: ReviewStage): void {
  if (!isAdvised(workload)) return
  const arrival = series.total('arrival')
  if (arrival.totalCount < LEAST_FOR_A_CURVE) return
  const { advised_min_ms: min, advised_max_ms: max } = workload
  const tolerance = (max - min) * chanceShare(arrival.totalCount)
  for (const percent of [10, 20, 30, 40, 50, 60, 70, 80, 90]) {
    const [came, due] = [percentileOf(arrival, percent), min + ((max - min) * percent) / 100]
    checks.judge(
      'arrivals_as_advised',
      Math.abs(came - due) <= tolerance,
      () =>
        `${percent} % came after ${came.toFixed(0)} ms, where the window puts ${due.toFixed(0)} ± ${tolerance.toFixed(0)} ms`,
    )
  }
}
