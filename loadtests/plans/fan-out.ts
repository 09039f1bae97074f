/** Publishers to every subscriber of their room. What it verifies is the ledger itself. */
import type { PlayedWorkload } from '../played-workload.ts'
import type { ScenarioPlan } from './plan.ts'
import { TRAFFIC_PLAN } from './traffic.ts'

export const fanOut: ScenarioPlan<PlayedWorkload<'fan-out'>> = TRAFFIC_PLAN
