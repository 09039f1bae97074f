/** Fan-out for so long that what grows with time shows. */
import type { PlayedWorkload } from '../played-workload.ts'
import type { ScenarioPlan } from './plan.ts'
import { TRAFFIC_PLAN } from './traffic.ts'

export const soak: ScenarioPlan<PlayedWorkload<'soak'>> = TRAFFIC_PLAN
