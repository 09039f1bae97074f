/** What cannot be done at the moment, since the broker is away. */

/** When to try again: a broker that was restarted is back within seconds. */
const RETRY_AFTER_MS = 1000

/** The command may have been done all the same: only its answer is missing. */
export class Unavailable extends Error {
  override name = 'Unavailable'
  readonly retryAfterMs = RETRY_AFTER_MS
}

/** Waits for what a renewal does again, or what lapses by itself, where the broker is away. */
export async function orWhenBack(action: Promise<unknown>): Promise<void> {
  try {
    await action
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
  }
}
