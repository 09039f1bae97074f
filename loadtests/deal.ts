/** What the plan of a workload deals out, where it is over in a time that can be waited for. */
import type { Deal, Setting } from './plans/plan.ts'
import { planOf } from './plans/registry.ts'
import { type PlayedWorkload, WorkloadError } from './played-workload.ts'

const DAY_MS = 86_400_000
/** A timer that is set further ahead than 2³¹ − 1 ms, which are 24.8 days, goes off at once. */
const MOST_DAYS = 20

/** @throws WorkloadError where the workload's fields do not fit each other, or make it last too long. */
export function dealOf(workload: PlayedWorkload, setting: Setting): Deal {
  const deal = planOf(workload).deal(workload, setting)
  const days = (deal.ready_ms + deal.play_ms + deal.traffic.drain_ms) / DAY_MS
  if (days <= MOST_DAYS) return deal
  throw new WorkloadError(
    `the ${workload.scenario} workload would take ${Math.ceil(days)} days: play it for less, or connect faster, so that it takes at most ${MOST_DAYS}`,
  )
}
