/** Measures that cost time in proportion to what they measure, taken only as often as they disturb nobody. */

/** Of the time that passes, at most so much goes into one measure. */
const SHARE = 0.02

/**
 * The same measure, which gives undefined instead of a value until its last taking is paid for: one that took 20 ms
 * is taken again a second later.
 * @param now a clock in ms.
 */
export function sparing<T>(measure: () => T | undefined, now = () => performance.now()): () => T | undefined {
  let paidAt = Number.NEGATIVE_INFINITY
  return () => {
    const began = now()
    if (began < paidAt) return undefined
    const value = measure()
    const ended = now()
    paidAt = ended + (ended - began) / SHARE
    return value
  }
}
