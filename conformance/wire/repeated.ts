/** The same exchange over and over, for as long as a run can wait for it. */
import { Skip } from '../runner/case.ts'

/** A server that takes longer, in ms, is slow, and not wrong. */
const LONGEST_MS = 120_000

/** Does this so many times, one after the other. @throws Skip where the server is too slow for all of them. */
export async function repeated(
  times: number,
  exchange: (n: number) => Promise<void>,
  longestMs = LONGEST_MS,
): Promise<void> {
  const until = performance.now() + longestMs
  for (let n = 0; n < times; n += 1) {
    if (n > 0 && performance.now() > until)
      throw new Skip(`the server is slow: in ${longestMs / 1000} s only ${n} of ${times} messages have come back`)
    await exchange(n)
  }
}
