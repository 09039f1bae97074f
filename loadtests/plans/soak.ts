/** Fan-out for so long that what grows with time shows. */
import { PROFILES } from '../../schemas/generated/tables.ts'
import { leastOfWindows, slopeBySecond } from '../drift.ts'
import { type PlayedWorkload, WorkloadError } from '../played-workload.ts'
import type { ReviewStage, ScenarioPlan } from './plan.ts'
import { compareSpans, memoryOf } from './steadiness.ts'
import { TRAFFIC_PLAN } from './traffic.ts'

type Soak = PlayedWorkload<'soak'>

/** Fewer windows show no drift. */
const LEAST_WINDOWS = 3

export const soak: ScenarioPlan<Soak> = {
  ...TRAFFIC_PLAN,
  checks: ({ memory_drift_bytes_per_s, p99_factor, p99_floor_ms }, { isOurs }) => ({
    ...(isOurs && {
      memory_steady: `after the warm-up the memory of the server grows by at most ${memory_drift_bytes_per_s} bytes a second`,
    }),
    latency_steady: `the p99 of the deliveries in the last third is at most ${p99_factor} times that of the first, or ${p99_floor_ms} ms`,
  }),
  limits: (workload) => ({ ...TRAFFIC_PLAN.limits(workload), ...whatFillsInTime(workload) }),
  deal(workload, setting) {
    requireWindows(workload)
    return TRAFFIC_PLAN.deal(workload, setting)
  },
  review: reviewDrift,
}

/** What a server may keep has to be full when the warm-up ends, or it would look like a leak. */
function whatFillsInTime({ warm_up_ms, rate_per_s, rooms }: Soak) {
  const { dedupe_window_ms, resume_window_ms, replay_max, history_max } = PROFILES.default
  const half = Math.max(1, Math.floor((rate_per_s / rooms) * (warm_up_ms / 1000) * 0.5))
  return {
    dedupe_window_ms: Math.min(dedupe_window_ms, warm_up_ms),
    resume_window_ms: Math.min(resume_window_ms, warm_up_ms),
    replay_max: Math.min(replay_max, half),
    history_max: Math.min(history_max, half),
  }
}

/** @throws WorkloadError where there are too few windows. */
function requireWindows({ duration_ms, warm_up_ms, window_ms }: Soak): void {
  const needed = warm_up_ms + LEAST_WINDOWS * window_ms
  if (duration_ms >= needed) return
  throw new WorkloadError(
    `a soak of ${duration_ms} ms has no ${LEAST_WINDOWS} windows of ${window_ms} ms after its warm-up of ${warm_up_ms} ms: ` +
      `play it for at least ${needed} ms, or make warm_up_ms and window_ms less`,
  )
}

function reviewDrift(workload: Soak, { checks, series, points, startAt, isOurs }: ReviewStage): void {
  const { duration_ms, warm_up_ms, window_ms, memory_drift_bytes_per_s: most } = workload
  const [from, to] = [startAt + warm_up_ms, startAt + duration_ms]
  const windows = leastOfWindows(memoryOf(points), from, to, window_ms)
  const slope = slopeBySecond(windows)
  if (isOurs && slope !== undefined) {
    const sizes = windows.map(({ value }) => (value / 1e6).toFixed(0)).join(', ')
    const breach = `it grew by ${slope.toFixed(0)} bytes a second: ${sizes} MB, one a window`
    checks.judge('memory_steady', slope <= most, () => breach)
  }
  const third = (to - from) / 3
  const compared = compareSpans(series, { from, to: from + third }, { from: to - third, to }, workload)
  if (compared !== undefined) checks.judge('latency_steady', compared.holds, () => compared.breach)
}
