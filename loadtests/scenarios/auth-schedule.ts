/** When tokens expire: those that are refreshed, each time anew, and those that are let run out. In ms. */
import { PROFILES } from '../../schemas/generated/tables.ts'
import type { PlayedWorkload } from '../played-workload.ts'

type Times = Pick<PlayedWorkload<'auth'>, 'duration_ms' | 'token_ms'>

/** "Not later than `auth_leeway_ms` and one second after" its `exp` a token ends its connection. */
export const EXPIRY_TOLERANCE_MS = 1000
/** `exp` is minted in whole seconds, the next one. */
const EXP_UNIT_MS = 1000

/** The first expiry of the `index`th of so many, after the ramp: they are spread over the length of a token. */
export function firstExpiry(index: number, all: number, { token_ms }: Times): number {
  return token_ms * (1 + index / all)
}

/** How often each token is refreshed, so that the last refresh comes while messages flow. */
export function refreshesOf({ duration_ms, token_ms }: Times): number {
  return Math.max(1, Math.floor(duration_ms / token_ms) - 1)
}

/** Until nothing is to be awaited any more, at a server whose leeway is that of the default profile at most. */
export function playTime({ duration_ms }: Times): number {
  return duration_ms + EXP_UNIT_MS + PROFILES.default.auth_leeway_ms + 2 * EXPIRY_TOLERANCE_MS
}
