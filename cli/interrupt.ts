/** Ctrl-C, and the signals that mean the same: the first asks for an early end, the second ends at once. */
import { EXIT } from './exit-codes.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * From here on the first of these signals aborts the returned AbortSignal, so that what ran can still be written; the
 * second exits with 130, and the exit takes every started process group along.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort(new Error(`interrupted by ${name}`))
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return controller.signal
}
