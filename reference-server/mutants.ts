/** Every fault that the reference server can be started with. */

import { AUTH_MUTANTS } from './mutants/auth.ts'
import { CLOSE_MUTANTS } from './mutants/close.ts'
import { DELIVERY_MUTANTS } from './mutants/delivery.ts'
import { ENVELOPE_MUTANTS } from './mutants/envelope.ts'
import { ERRORS_MUTANTS } from './mutants/errors.ts'
import { FRAMING_MUTANTS } from './mutants/framing.ts'
import { HANDSHAKE_MUTANTS } from './mutants/handshake.ts'
import { HEARTBEAT_MUTANTS } from './mutants/heartbeat.ts'
import { LEDGER_MUTANTS } from './mutants/ledger.ts'
import { LIMITS_MUTANTS } from './mutants/limits.ts'
import { SUBSCRIPTION_MUTANTS } from './mutants/subscription.ts'
import type { Mutant } from './mutate.ts'

export { registerMutant } from './mutate.ts'

/** Each breaks a rule for good: the case of that rule must see it. In the order of PROTOCOL.md. */
export const RULE_MUTANTS: readonly Mutant[] = [
  ...ENVELOPE_MUTANTS,
  ...HANDSHAKE_MUTANTS,
  ...AUTH_MUTANTS,
  ...FRAMING_MUTANTS,
  ...ERRORS_MUTANTS,
  ...LIMITS_MUTANTS,
  ...CLOSE_MUTANTS,
  ...HEARTBEAT_MUTANTS,
  ...SUBSCRIPTION_MUTANTS,
  ...DELIVERY_MUTANTS,
]

export { LEDGER_MUTANTS }

export const MUTANTS: readonly Mutant[] = [...RULE_MUTANTS, ...LEDGER_MUTANTS]
