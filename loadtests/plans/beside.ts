/** How the Node side of a scenario keeps time with the run that it plays beside. */
import { setTimeout as delay } from 'node:timers/promises'
import { TOKEN_SPARE_MS } from '../tokens.ts'

/** Resolves at a time of the wall clock, in ms since 1970, or where the run ends early. */
export async function waitUntil(time: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, time - Date.now()), undefined, { signal }).catch(() => {})
}

/** The `exp` of a token that outlives a run which ends then, in ms since 1970. */
export function expiryAfter(end: number): number {
  return Math.ceil((end + TOKEN_SPARE_MS) / 1000)
}
