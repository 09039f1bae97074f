/** Whether the latency of a later part of a run is still that of an earlier one. */
import type { SeriesPoint } from '../../schemas/generated/results.ts'
import { percentileOf } from '../histogram.ts'
import type { Series } from '../series.ts'

/** Two times of the run's clock, in ms. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface Bound {
  readonly p99_factor: number
  readonly p99_floor_ms: number
}

/**
 * Holds the p99 of the deliveries in the later span against the bound. Deliveries count from their intended time, so
 * what the generator was late with its sends is allowed for, and what it was late to read and to handle its frames: of
 * that, what stood in its own queue and what its pulse tells are two views of one time without a processor.
 * @returns undefined where one of the spans has no whole second with a delivery in it.
 */
export function compareSpans(series: Series, earlier: Span, later: Span, { p99_factor, p99_floor_ms }: Bound) {
  const [before, after] = [earlier, later].map(({ from, to }) => series.within('delivery', from, to))
  if (!before?.totalCount || !after?.totalCount) return undefined
  const lateWith = (name: 'publish_delay' | 'queue' | 'pulse') =>
    percentileOf(series.within(name, later.from, later.to), 99)
  const own = lateWith('publish_delay') + Math.max(lateWith('queue'), lateWith('pulse'))
  const [p99Before, p99After] = [percentileOf(before, 99), percentileOf(after, 99)]
  const limit = Math.max(p99_factor * p99Before, p99_floor_ms) + own
  return {
    holds: p99After <= limit,
    breach: `the p99 was ${p99Before.toFixed(1)} ms, and ${p99After.toFixed(1)} ms later: at most ${limit.toFixed(1)} ms is steady`,
  }
}

/** The memory of the server, second by second. */
export function memoryOf(points: readonly SeriesPoint[]) {
  return points.flatMap(({ at_ms, server_rss_bytes }) =>
    server_rss_bytes === undefined ? [] : { at: at_ms, value: server_rss_bytes },
  )
}
