/** What a run has to keep to pass: the figures that a workload bounds, and those that are bounded by 0 unless told otherwise. */
import type { LoadResult, Threshold, WorkloadThresholds } from '../schemas/generated/results.ts'

type Figures = Pick<LoadResult, 'ledger' | 'integrity' | 'publishes' | 'connections' | 'latency' | 'checks'>

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

/** The counts that a workload can bound, whatever its scenario. */
export const COUNTS: readonly string[] = [...Object.keys(DEFAULTS), 'late']

/**
 * @returns each bounded figure, defaults first, then checks. What was not measured or judged does not pass.
 * @throws RangeError for a figure that does not exist.
 */
export function judge(bounds: WorkloadThresholds, figures: Figures): Threshold[] {
  const checks = Object.fromEntries((figures.checks ?? []).map(({ name }) => [name, 0]))
  return Object.entries({ ...DEFAULTS, ...checks, ...bounds }).map(([name, limit]) => {
    const value = figureOf(name, figures)
    return { name, limit, value: value ?? 0, pass: value !== undefined && value <= limit }
  })
}

/** A figure by its name, such as `lost`, a check or `delivery.p99` (in ms); undefined where nothing was measured. */
function figureOf(name: string, figures: Figures): number | undefined {
  const { ledger, integrity, publishes, connections, latency, checks = [] } = figures
  const { refused, unanswered } = publishes
  const { failed, dropped } = connections
  const counts: Readonly<Record<string, number>> = { ...ledger, ...integrity, refused, unanswered, failed, dropped }
  if (Object.hasOwn(counts, name)) return counts[name]
  const check = checks.find((one) => one.name === name)
  if (check !== undefined) return check.judged === 0 ? undefined : check.broken
  const [of = '', at = ''] = name.split('.')
  const percentile = PERCENTILES.find((known) => known === at)
  const measured = Object.hasOwn(latency, of) ? latency[of] : undefined
  if (measured === undefined || percentile === undefined) {
    throw new RangeError(
      `there is no figure "${name}" to bound: give a count such as lost, a check, or a latency such as delivery.p99`,
    )
  }
  return measured.count === 0 ? undefined : measured[percentile]
}

/** Whether a workload can bound a figure of that name. */
export function isFigure(name: string, latencies: readonly string[], checks: readonly string[]): boolean {
  const [of = '', at] = name.split('.')
  if (at !== undefined) return latencies.includes(of) && PERCENTILES.some((known) => known === at)
  return COUNTS.includes(name) || checks.includes(name)
}
