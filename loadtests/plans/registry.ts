/** Every scenario that can be played. */
import type { PlayedWorkload, Scenario } from '../played-workload.ts'
import { auth } from './auth.ts'
import { connections } from './connections.ts'
import { fanOut } from './fan-out.ts'
import { heartbeat } from './heartbeat.ts'
import { http } from './http.ts'
import type { ScenarioPlan } from './plan.ts'
import { presence } from './presence.ts'
import { reconnect } from './reconnect.ts'
import { slowConsumer } from './slow-consumer.ts'
import { soak } from './soak.ts'

const PLANS: { readonly [S in Scenario]: ScenarioPlan<PlayedWorkload<S>> } = {
  auth,
  connections,
  'fan-out': fanOut,
  heartbeat,
  http,
  presence,
  reconnect,
  'slow-consumer': slowConsumer,
  soak,
}

/** The plan by which a workload of its scenario is played. */
export function planOf({ scenario }: { readonly scenario: Scenario }): ScenarioPlan {
  // A workload and its plan belong together by their name, which the compiler cannot see through the union.
  return PLANS[scenario] as ScenarioPlan
}
