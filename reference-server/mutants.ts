/** Every fault that the reference server can be started with. */

import { AGEING_MUTANTS } from './mutants/ageing.ts'
import { AUTH_MUTANTS } from './mutants/auth.ts'
import { BACKPRESSURE_MUTANTS } from './mutants/backpressure.ts'
import { CLOSE_MUTANTS } from './mutants/close.ts'
import { CLUSTER_MUTANTS } from './mutants/cluster.ts'
import { COMPRESSION_MUTANTS } from './mutants/compression.ts'
import { CONTROL_MUTANTS } from './mutants/control.ts'
import { DEDUPE_MUTANTS } from './mutants/dedupe.ts'
import { DELIVERY_MUTANTS } from './mutants/delivery.ts'
import { DRAIN_MUTANTS } from './mutants/drain.ts'
import { ENVELOPE_MUTANTS } from './mutants/envelope.ts'
import { EPHEMERAL_MUTANTS } from './mutants/ephemeral.ts'
import { ERRORS_MUTANTS } from './mutants/errors.ts'
import { FRAMING_MUTANTS } from './mutants/framing.ts'
import { HANDSHAKE_MUTANTS } from './mutants/handshake.ts'
import { HEARTBEAT_MUTANTS } from './mutants/heartbeat.ts'
import { HISTORY_MUTANTS } from './mutants/history.ts'
import { LAUNCH_MUTANTS } from './mutants/launch.ts'
import { LEDGER_MUTANTS } from './mutants/ledger.ts'
import { LIMITS_MUTANTS } from './mutants/limits.ts'
import { NOTIFICATIONS_MUTANTS } from './mutants/notifications.ts'
import { PRESENCE_MUTANTS } from './mutants/presence.ts'
import { READ_MUTANTS } from './mutants/read.ts'
import { REFRESH_MUTANTS } from './mutants/refresh.ts'
import { RESUME_MUTANTS } from './mutants/resume.ts'
import { REVOCATION_MUTANTS } from './mutants/revocation.ts'
import { SESSION_MUTANTS } from './mutants/session.ts'
import { SUBSCRIPTION_MUTANTS } from './mutants/subscription.ts'
import type { Mutant, RuleMutant } from './mutate.ts'

export { registerMutant } from './mutate.ts'

/** Each breaks a rule for good: the case of that rule must see it. In the order of PROTOCOL.md. */
export const RULE_MUTANTS: readonly RuleMutant[] = [
  ...ENVELOPE_MUTANTS,
  ...HANDSHAKE_MUTANTS,
  ...AUTH_MUTANTS,
  ...REFRESH_MUTANTS,
  ...REVOCATION_MUTANTS,
  ...FRAMING_MUTANTS,
  ...ERRORS_MUTANTS,
  ...LIMITS_MUTANTS,
  ...CLOSE_MUTANTS,
  ...HEARTBEAT_MUTANTS,
  ...SUBSCRIPTION_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...DEDUPE_MUTANTS,
  ...HISTORY_MUTANTS,
  ...RESUME_MUTANTS,
  ...SESSION_MUTANTS,
  ...PRESENCE_MUTANTS,
  ...EPHEMERAL_MUTANTS,
  ...READ_MUTANTS,
  ...NOTIFICATIONS_MUTANTS,
  ...BACKPRESSURE_MUTANTS,
  ...DRAIN_MUTANTS,
  ...COMPRESSION_MUTANTS,
  ...LAUNCH_MUTANTS,
  ...CONTROL_MUTANTS,
]

/** The last rules of it, which only several nodes can break. */
export { CLUSTER_MUTANTS, LEDGER_MUTANTS }

export const MUTANTS: readonly Mutant[] = [...RULE_MUTANTS, ...CLUSTER_MUTANTS, ...LEDGER_MUTANTS, ...AGEING_MUTANTS]
