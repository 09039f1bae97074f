/** What all connections of a server share. */
import type { Feature } from '../schemas/generated/chat.ts'
import type { Limits } from '../schemas/generated/tables.ts'
import type { Verify } from './auth.ts'
import type { Broker } from './broker.ts'
import type { Bus } from './bus.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Presence } from './presence.ts'
import type { Revocations } from './revocations.ts'
import type { Rooms } from './rooms.ts'
import type { Sessions } from './sessions.ts'
import type { Turns } from './turns.ts'

/** What all nodes share. */
export interface Shared {
  readonly bus: Bus
  readonly presence: Presence
  readonly sessions: Sessions
  readonly revocations: Revocations
  readonly broker: Broker
}

export interface World extends Shared {
  readonly limits: Limits
  /** What `welcome` lists and nothing else of what is optional is served. */
  readonly features: readonly Feature[]
  readonly verify: Verify
  readonly rooms: Rooms
  /** Of connections that come or go: each asks much of the broker, and there may be thousands at once. */
  readonly passages: Turns
  readonly metrics: Metrics
  readonly log: Log
}
