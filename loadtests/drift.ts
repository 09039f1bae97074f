/** What grows with time, and how fast. Pure. */

export interface At {
  /** In ms. */
  readonly at: number
  readonly value: number
}

/**
 * The least of each window, as far as the series reaches: what a garbage collector leaves, and not what it has not
 * looked at yet.
 * @param from of the first window, in ms, as are `to`, which none goes beyond, and the length of each.
 */
export function leastOfWindows(series: readonly At[], from: number, to: number, length: number): At[] {
  const windows = Math.floor((to - from) / length)
  return Array.from({ length: windows }, (_, index) => from + index * length).flatMap((start) => {
    const inside = series.filter(({ at }) => at >= start && at < start + length)
    if (inside.length === 0) return []
    return { at: start + length / 2, value: inside.reduce((least, { value }) => Math.min(least, value), Infinity) }
  })
}

/**
 * The median of the slopes between any two points (Theil and Sen), which a few that stand out do not move, nor a step
 * near an end: memory grows by steps.
 * @returns by second; undefined of fewer than three points.
 */
export function slopeBySecond(points: readonly At[]): number | undefined {
  if (points.length < 3) return undefined
  const slopes = points.flatMap((a, index) =>
    points.slice(index + 1).map((b) => ((b.value - a.value) * 1000) / (b.at - a.at)),
  )
  const sorted = slopes.sort((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0]
  return (low + high) / 2
}
