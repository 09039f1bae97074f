/** Tokens of every kind while messages flow: good, expired, forged, refreshed in time, and let run out. */
import { type PlayedWorkload, WorkloadError } from '../played-workload.ts'
import { firstExpiry, playTime, refreshesOf } from '../scenarios/auth-schedule.ts'
import { VISITORS, type VisitorRole } from '../scenarios/visitors.ts'
import type { Deal, Place, ScenarioPlan, Setting } from './plan.ts'
import { dealTraffic, READY_PATIENCE_MS, requireRole, TRAFFIC_PLAN } from './traffic.ts'

type Auth = PlayedWorkload<'auth'>

/** Of a server that is started for it, so that a token that runs out ends its connection while it is played. */
const LEEWAY_MS = 500
/** "`auth_leeway_ms` of at most 60000": of a server that has limits of its own. */
const LONGEST_LEEWAY_MS = 60_000
/** That a token is expired by more than the leeway: the second to which `exp` is rounded up, and one for the clocks. */
const EXPIRED_SPARE_MS = 2000
/** A server that was there before may have a clock that differs, too. */
const OTHER_CLOCK_MS = 28_000

export const auth: ScenarioPlan<Auth> = {
  ...TRAFFIC_PLAN,
  script: 'auth',
  latencies: [...TRAFFIC_PLAN.latencies, 'welcome', 'verdict', 'refresh', 'expiry'],
  checks: () => ({
    good_gets_welcome: 'a good token that comes while messages flow gets its welcome',
    expired_gets_4101: 'an expired token is let through the upgrade and closed with 4101',
    forged_gets_4100: 'a forged token is let through the upgrade and closed with 4100',
    refresh_is_accepted: 'an auth_refresh before the expiry is answered with ok and the expiry of the new token',
    refreshed_stays: 'a connection whose token was refreshed outlives the old one',
    run_out_gets_4101:
      'a token that is let run out is closed with 4101, not before its exp and not later than auth_leeway_ms and a second after it',
  }),
  describe: (workload) =>
    `${TRAFFIC_PLAN.describe(workload)}, ${refreshing(workload)} refreshed and ${workload.run_outs} run-out tokens, ${workload.visits_per_s} visits/s`,
  limits: (workload) => ({ ...TRAFFIC_PLAN.limits(workload), auth_leeway_ms: LEEWAY_MS }),
  deal,
  requirePlayable(ready, workload) {
    TRAFFIC_PLAN.requirePlayable(ready, workload)
    requireRole(ready, 'run-out')
  },
}

/** All three kinds come equally often. */
function visitsOf({ visits_per_s, duration_ms }: Auth): number {
  return Math.max(3, Math.floor((visits_per_s * duration_ms) / 1000))
}

function refreshing({ refreshing, subscribers }: Auth): number {
  return Math.min(refreshing, subscribers)
}

/** @throws WorkloadError where nothing would expire while messages flow. */
function deal(workload: Auth, setting: Setting): Deal {
  const { duration_ms, token_ms } = workload
  if (duration_ms < 2 * token_ms)
    throw new WorkloadError(
      `duration_ms ${duration_ms} is too short for tokens of ${token_ms} ms to be refreshed and to expire: use at least ${2 * token_ms}, or a shorter token_ms`,
    )
  const traffic = dealTraffic(workload, setting)
  const { connect_rate_per_s, run_outs } = workload
  const ramp_ms = ((traffic.places.length + run_outs) * 1000) / connect_rate_per_s
  return {
    ...traffic,
    places: [
      ...traffic.places.map((place) => withRefreshes(place, workload, ramp_ms)),
      ...runOuts(workload, setting, traffic.places.length, ramp_ms),
      ...visitors(workload, setting),
    ],
    ready_ms: ramp_ms + READY_PATIENCE_MS,
    play_ms: playTime(workload),
  }
}

/** The first subscribers have a token that expires, and others to put in its place; the last one lasts. */
function withRefreshes(place: Place, workload: Auth, ramp_ms: number): Place {
  const { role, number, token } = place
  const all = refreshing(workload)
  if (role !== 'subscriber' || number >= all) return place
  const first = ramp_ms + firstExpiry(number, all, workload)
  const refreshes = refreshesOf(workload)
  const refresh_tokens = Array.from({ length: refreshes }, (_, index) =>
    index === refreshes - 1 ? { ...token } : { ...token, expires_ms: first + (index + 1) * workload.token_ms },
  )
  return { ...place, token: { ...token, expires_ms: first }, refresh_tokens }
}

/** They connect behind all others. */
function runOuts(workload: Auth, { urls, run }: Setting, before: number, ramp_ms: number): Place[] {
  const { run_outs, rooms, connect_rate_per_s } = workload
  return Array.from({ length: run_outs }, (_, number) => ({
    ...{ role: 'run-out', number, room: `load-${run}-${number % rooms}`, url: urls[number % urls.length] ?? '' },
    connect_ms: ((before + number) * 1000) / connect_rate_per_s,
    token: { sub: `load-${run}-r${number}`, expires_ms: ramp_ms + firstExpiry(number, run_outs, workload) },
  }))
}

/** They connect after the start. An expired token is so by hardly more than the leeway, so that a longer one shows. */
function visitors(workload: Auth, { urls, run, isOurs = false }: Setting): Place[] {
  const roles = Object.keys(VISITORS) as VisitorRole[]
  const expired_ms = EXPIRED_SPARE_MS + (isOurs ? LEEWAY_MS : LONGEST_LEEWAY_MS + OTHER_CLOCK_MS)
  const claimsOf = {
    good: () => ({}),
    expired: (connect_ms: number) => ({ expires_ms: connect_ms - expired_ms }),
    forged: () => ({ isForged: true }),
  }
  const { rooms, duration_ms } = workload
  const visits = visitsOf(workload)
  return Array.from({ length: visits }, (_, index) => {
    const role = roles[index % roles.length] ?? 'good'
    const number = Math.floor(index / roles.length)
    const connect_ms = (index * duration_ms) / visits
    return {
      ...{ role, number, room: `load-${run}-${number % rooms}`, url: urls[index % urls.length] ?? '' },
      connect_ms,
      token: { sub: `load-${run}-v${index}`, ...claimsOf[role](connect_ms) },
    }
  })
}
