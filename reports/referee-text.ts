/** What the referee of a load run found, in one line. */
import type { RefereeFigures, Tolerance } from '../schemas/generated/results.ts'
import { formatLatency, plural } from './figures.ts'

/** Such as `agrees: p50 1.02 ms (× 1.05, within 15 % or 1 ms), p99 …, by 20 receivers of its own`. */
export function refereeText({ receivers, latency, p50_ratio, p99_ratio, tolerance, agrees }: RefereeFigures): string {
  const figure = (name: string, ms: number, ratio: number, within: Tolerance) =>
    `${name} ${formatLatency(ms)} (× ${ratio.toFixed(2)}, within ${Math.round(within.share * 100)} % or ${formatLatency(within.ms)})`
  return [
    `${agrees ? 'agrees' : 'DISAGREES'}: ${figure('p50', latency.p50, p50_ratio, tolerance.p50)}`,
    figure('p99', latency.p99, p99_ratio, tolerance.p99),
    `by ${plural(receivers, 'receiver')} of its own`,
  ].join(', ')
}
