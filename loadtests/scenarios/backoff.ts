/** How long a client that lost its connection waits before it tries again. Pure. */
import type { ReconnectWindow } from '../../schemas/generated/chat.ts'

export interface Backoff {
  readonly backoff: 'none' | 'fixed' | 'exponential' | 'full-jitter' | 'advised'
  readonly base_ms: number
  readonly cap_ms: number
}

/** "At a random moment of `reconnect_after`, or of the next second." */
const NEXT_SECOND: ReconnectWindow = { min_ms: 0, max_ms: 1000 }

/**
 * @param attempt from 0, since the connection was lost.
 * @param random from 0 to below 1.
 * @param advised the window that the server named, if it did.
 * @returns ms.
 */
export function waitBefore(
  attempt: number,
  { backoff, base_ms, cap_ms }: Backoff,
  random: number,
  advised: ReconnectWindow = NEXT_SECOND,
): number {
  const bound = Math.min(cap_ms, base_ms * 2 ** attempt)
  if (backoff === 'none') return 0
  if (backoff === 'fixed') return base_ms
  if (backoff === 'exponential') return bound
  if (backoff === 'full-jitter' || attempt > 0) return random * bound
  return advised.min_ms + random * (advised.max_ms - advised.min_ms)
}
