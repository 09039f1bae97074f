/** A storm of reconnects while messages flow: every session is resumed, nothing is lost and nothing comes twice. */
import { TargetError } from '../../schemas/target.ts'
import { percentileOf } from '../histogram.ts'
import { type PlayedWorkload, WorkloadError } from '../played-workload.ts'
import { waitUntil } from './beside.ts'
import type { BesideStage, Deal, ReviewStage, ScenarioPlan, Setting } from './plan.ts'
import { dealTraffic, TRAFFIC_PLAN } from './traffic.ts'

type Reconnect = PlayedWorkload<'reconnect'>

/** Fewer make no curve. */
const LEAST_FOR_A_CURVE = 50
/**
 * How far from its place on the curve a percentile may be, as a share of the window: what a handshake may take, and
 * what n random moments may be off. By the inequality of Dvoretzky, Kiefer and Wolfowitz they are more than ε off with
 * a probability below 2·e^(−2nε²): ε is chosen so that this happens once in a million runs.
 */
const HANDSHAKE_SHARE = 0.1
const chanceShare = (n: number) => Math.sqrt(Math.log(2e6) / (2 * n))

/** "202, before the drain is over"; no longer than a run waits for what goes on beside it. */
const DRAIN_ANSWERED_MS = 5000

const isAdvised = ({ storm, backoff }: Reconnect) => storm === 'drain' && backoff === 'advised'

export const reconnect: ScenarioPlan<Reconnect> = {
  ...TRAFFIC_PLAN,
  script: 'reconnect',
  latencies: [...TRAFFIC_PLAN.latencies, 'recover', 'replay', 'return_delay'],
  checks: (workload) => ({
    came_back: 'every subscriber is sent away once, and is back before the end',
    session_resumed: 'who comes back with a session resumes it, under the same id',
    room_recovered: 'its room is recovered from its position: all that followed is announced as replay, without a gap',
    ...(workload.storm === 'drain' && {
      drain_accepted: 'each node accepts with 202 that it is to drain the subscribers',
    }),
    ...(isAdvised(workload) && {
      arrivals_as_advised: `arrivals spread evenly from ${workload.advised_min_ms} to ${workload.advised_max_ms} ms after the close, as the server was told to advise`,
    }),
  }),
  describe: (workload) => `${TRAFFIC_PLAN.describe(workload)}, a storm by ${workload.storm}, back ${waiting(workload)}`,
  deal: dealReconnect,
  beside: drainNodes,
  review: reviewArrivals,
}

const waiting = ({ backoff }: Reconnect) =>
  backoff === 'none' ? 'at once' : backoff === 'advised' ? 'as advised' : `by ${backoff} backoff`

/** All subscribers are one user: the drain of that user sends them away, and the node goes on taking connections. */
function dealReconnect(workload: Reconnect, setting: Setting): Deal {
  requireStorm(workload)
  requireControl(workload, setting)
  const deal = dealTraffic(workload, setting)
  const sub = `load-${setting.run}-s`
  const places = deal.places.map((place) =>
    place.role === 'subscriber' ? { ...place, token: { ...place.token, sub } } : place,
  )
  return { ...deal, places }
}

/** @throws WorkloadError where the server cannot be told to drain. */
function requireControl({ storm }: Reconnect, { hasControl = true }: Setting): void {
  if (storm !== 'drain' || hasControl) return
  throw new WorkloadError(
    'storm "drain" needs the control paths of the server: give --control-token, or play a workload file with "storm": "close" and another backoff',
  )
}

/** @throws WorkloadError where its fields do not fit each other. */
function requireStorm({ storm, backoff, storm_at_ms, duration_ms, subscribers, ...window }: Reconnect): void {
  if (storm_at_ms >= duration_ms)
    throw new WorkloadError(`storm_at_ms ${storm_at_ms} is not before the end of the ${duration_ms} ms of duration_ms`)
  if (backoff !== 'advised') return
  if (storm !== 'drain')
    throw new WorkloadError('backoff "advised" needs storm "drain": only a server that drains gives advice')
  if (window.advised_min_ms >= window.advised_max_ms)
    throw new WorkloadError(`advised_min_ms ${window.advised_min_ms} must be below advised_max_ms`)
  if (subscribers < LEAST_FOR_A_CURVE)
    throw new WorkloadError(`${subscribers} subscribers make no curve of arrivals: use at least ${LEAST_FOR_A_CURVE}`)
}

/** Tells every node to drain the subscribers, where the storm is a drain. */
async function drainNodes(workload: Reconnect, stage: BesideStage): Promise<void> {
  const { target, startsAt, signal } = stage
  if (workload.storm !== 'drain') return
  await waitUntil(startsAt + workload.storm_at_ms, signal)
  if (!signal.aborted) await Promise.all(target.urls.map((url) => drain(url, workload, stage)))
}

/**
 * That nobody answers, or that the server cannot, is for the run to tell: the server may have died in the midst of it.
 * @throws TargetError where it is refused: then there is no storm, which is not the fault of the server.
 */
async function drain(url: string, workload: Reconnect, { target, deal, signal, checks }: BesideStage): Promise<void> {
  const { drain_deadline_ms: deadline_ms, advised_min_ms: min_ms, advised_max_ms: max_ms } = workload
  const sub = deal.places.find(({ role }) => role === 'subscriber')?.token.sub
  const response = await fetch(new URL('/control/drain', url.replace(/^ws/, 'http')), {
    method: 'POST',
    headers: { authorization: `Bearer ${target.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sub, deadline_ms, reconnect_after: { min_ms, max_ms } }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(DRAIN_ANSWERED_MS)]),
  }).catch((error: Error) => error)
  if (signal.aborted) return
  const status = response instanceof Error ? undefined : response.status
  const told =
    response instanceof Error ? `not answered: ${reasonOf(response)}` : `answered with status ${status}, not 202`
  if (status !== undefined && status !== 202 && status < 500) throw new TargetError(`POST /control/drain was ${told}`)
  checks.judge('drain_accepted', status === 202, () => `POST /control/drain was ${told}`)
}

/** fetch says only that it failed; its cause says why. */
const reasonOf = ({ message, cause }: Error) => (cause instanceof Error && cause.message) || message

/** Holds each percentile of the arrivals against the moment at which an even spread puts it. */
function reviewArrivals(workload: Reconnect, { checks, series }: ReviewStage): void {
  if (!isAdvised(workload)) return
  const recover = series.total('recover')
  if (recover.totalCount < LEAST_FOR_A_CURVE) return
  const { advised_min_ms: min, advised_max_ms: max } = workload
  const tolerance = (max - min) * (HANDSHAKE_SHARE + chanceShare(recover.totalCount))
  for (const percent of [10, 20, 30, 40, 50, 60, 70, 80, 90]) {
    const [came, due] = [percentileOf(recover, percent), min + ((max - min) * percent) / 100]
    checks.judge(
      'arrivals_as_advised',
      Math.abs(came - due) <= tolerance,
      () =>
        `${percent} % were back after ${came.toFixed(0)} ms, where the window puts ${due.toFixed(0)} ± ${tolerance.toFixed(0)} ms`,
    )
  }
}
