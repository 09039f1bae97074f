/** The delay of a server's event loop between two readings of its histogram. Pure. */

/** As Prometheus tells it: by upper bound, in seconds, how many delays were no longer, since the server began. */
export type DelayBuckets = readonly (readonly [bound: number, count: number])[]

const QUANTILE = 0.99

/**
 * The p99 of the delays between two readings, in ms, interpolated within its bucket as Prometheus does; beyond the last
 * finite bound it is that bound. Undefined where nothing was counted, or the server began anew.
 */
export function delayBetween(before: DelayBuckets, after: DelayBuckets): number | undefined {
  const counted = new Map(before)
  const grown = after.map(([bound, count]) => [bound, count - (counted.get(bound) ?? 0)] as const)
  const total = grown.at(-1)?.[1] ?? 0
  if (total <= 0 || grown.some(([, count]) => count < 0)) return undefined
  const rank = QUANTILE * total
  const at = grown.findIndex(([, count]) => count >= rank)
  const [bound = 0, count = 0] = grown[at] ?? []
  const [from, below] = grown[at - 1] ?? [0, 0]
  const s = Number.isFinite(bound) ? from + ((bound - from) * (rank - below)) / (count - below) : from
  return s * 1000
}
