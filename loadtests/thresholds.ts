/** What a run has to keep to pass: the figures that a workload bounds, and those that are bounded by 0 unless told otherwise. */
import type { LoadResult, Threshold, WorkloadThresholds } from '../schemas/generated/results.ts'

type Figures = Pick<LoadResult, 'ledger' | 'integrity' | 'publishes' | 'connections' | 'latency'>

const PERCENTILES = ['min', 'mean', 'p50', 'p90', 'p99', 'p99_9', 'max'] as const

/** What a correct server never does, at whatever load. */
const DEFAULTS: WorkloadThresholds = {
  lost: 0,
  duplicate: 0,
  reordered: 0,
  unexpected: 0,
  malformed: 0,
  misnumbered: 0,
  out_of_sender_order: 0,
  unanswered: 0,
  refused: 0,
  failed: 0,
  dropped: 0,
}

/**
 * @returns each bounded figure, defaults first. A latency of which nothing was measured does not pass.
 * @throws RangeError for a figure that does not exist.
 */
export function judge(bounds: WorkloadThresholds, figures: Figures): Threshold[] {
  return Object.entries({ ...DEFAULTS, ...bounds }).map(([name, limit]) => {
    const value = figureOf(name, figures)
    return { name, limit, value: value ?? 0, pass: value !== undefined && value <= limit }
  })
}

/** A figure by its name, such as `lost` or `delivery.p99` (in ms); undefined where nothing was measured. */
function figureOf(name: string, { ledger, integrity, publishes, connections, latency }: Figures): number | undefined {
  const { refused, unanswered } = publishes
  const { failed, dropped } = connections
  const counts: Readonly<Record<string, number>> = { ...ledger, ...integrity, refused, unanswered, failed, dropped }
  if (Object.hasOwn(counts, name)) return counts[name]
  const [of = '', at = ''] = name.split('.')
  const percentile = PERCENTILES.find((known) => known === at)
  const figures = Object.hasOwn(latency, of) ? latency[of] : undefined
  if (figures === undefined || percentile === undefined) {
    throw new RangeError(
      `there is no figure "${name}" to bound: give a count such as lost, or a latency such as delivery.p99`,
    )
  }
  return figures.count === 0 ? undefined : figures[percentile]
}
