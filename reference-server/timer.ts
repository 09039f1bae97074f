/** Timers that do not overflow. */

/** The longest delay that setTimeout keeps; a longer one would overflow and fire at once. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Calls `action` once the wall clock has reached `at`, never before.
 * @param at milliseconds of the Unix epoch
 * @returns cancels it
 */
export function callAt(at: number, action: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = () => {
    const wait = at - Date.now()
    if (wait <= 0) action()
    else timer = setTimeout(arm, Math.min(Math.ceil(wait), LONGEST_MS))
  }
  timer = setTimeout(arm, Math.min(Math.max(Math.ceil(at - Date.now()), 0), LONGEST_MS))
  return () => clearTimeout(timer)
}

/**
 * Calls `action` after a while, at the latest in 24.8 days; does not keep a process alive that has nothing else to do.
 * @returns cancels it
 */
export function callLater(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, Math.min(ms, LONGEST_MS)).unref()
  return () => clearTimeout(timer)
}

/**
 * Calls `action` when a peer's time is up. What the peer sent in time, and a busy process has not read yet, is read first.
 * @returns cancels it
 */
export function callWhenUp(ms: number, action: () => void): () => void {
  let afterReading: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    // The event loop polls its sockets between timers and immediates.
    afterReading = setImmediate(action)
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(afterReading)
  }
}
