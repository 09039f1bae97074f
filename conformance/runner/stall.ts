/** How long this process itself was kept from running. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * The shortest wait that a server under test may end a client for is a second (the test profile's `auth_timeout_ms`).
 * A harness that stood still for a fifth of that may have been the one who was late.
 */
export const STALL_MS = 200

/** Watches from now on. @returns what ends the watch and tells the longest standstill since, in ms. */
export function watchForStalls(): () => number {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  return () => {
    delays.disable()
    return delays.max / 1e6
  }
}
