/** A comparison of load runs on a terminal: regressions first. */
import type { Misses } from './compare-faults.ts'
import type { FigureComparison, LoadComparison } from './compare-load.ts'
import { LEAST_RUNS, regressionsOf, whyNothing } from './compare-load.ts'
import { formatCount, formatLatency, plural } from './figures.ts'
import { printable } from './printable.ts'

const ORDER = ['regression', 'unclear', 'improvement', 'same'] as const

export function renderLoadComparison(comparison: LoadComparison): string {
  const { figures, faults, unmeasured } = comparison
  const sorted = ORDER.flatMap((verdict) => figures.filter((figure) => figure.verdict === verdict))
  const width = Math.max(0, ...figures.map(({ figure }) => figure.length))
  return [
    `${runsText(comparison)}; intervals of ${percent(comparison.confidence)}, differences up to ${percent(comparison.settings.minEffect)} do not count`,
    ...faults.map(
      ({ name, a, b }) =>
        `regression   ${printable(name)} missed in ${missesText(b)} of B, and in ${missesText(a)} of A`,
    ),
    ...sorted.map((figure) => figureLine(figure, width)),
    ...unmeasured.map((figure) => `unmeasured   ${printable(figure)}${whyUnmeasured(comparison)}`),
    conclusion(comparison),
  ].join('\n')
}

function runsText({ paired, runs: [a, b], unusable }: LoadComparison): string {
  const counted = paired
    ? `${plural(a, 'pair')} of runs by turns`
    : `${plural(a, 'run')} of A and ${formatCount(b)} of B`
  return unusable === 0
    ? counted
    : `${counted} (${formatCount(unusable)} more do not count: INVALID or partial, or partner of one)`
}

/** Such as `10 of 10 runs (15,000 in all, 6.25 % of the deliveries)`. */
function missesText({ runs, of, total, share }: Misses): string {
  if (runs === 0) return `none of ${formatCount(of)}`
  const part = share === undefined ? '' : `, ${Number((share * 100).toPrecision(3))} % of the deliveries`
  return `${formatCount(runs)} of ${plural(of, 'run')} (${formatCount(total)} in all${part})`
}

function figureLine({ figure, verdict, a, b, ratio, low, high }: FigureComparison, width: number): string {
  const value = (measured: number) => (figure.includes('.') ? formatLatency(measured) : formatCount(measured))
  const difference = `${signed(ratio)} (${signed(low)} to ${signed(high)})`
  return `${verdict.padEnd(12)} ${printable(figure).padEnd(width)}  ${value(a)} → ${value(b)}, ${difference}`
}

function whyUnmeasured({ runs }: LoadComparison): string {
  const few = Math.min(...runs) < LEAST_RUNS
  return few ? `: it takes ${LEAST_RUNS} runs of each that count` : ': some run has no such figure, or one of 0'
}

function conclusion(comparison: LoadComparison): string {
  const nothing = whyNothing(comparison)
  if (nothing !== undefined) return `no figure was compared: ${NOTHING[nothing]}${misses(comparison)}`
  const { figures, unmeasured } = comparison
  const regressions = regressionsOf(comparison).length
  const unclear = figures.filter(({ verdict }) => verdict === 'unclear').length + unmeasured.length
  const open = unclear === 0 ? '' : `; too few runs to tell of ${plural(unclear, 'figure')}`
  return `${plural(figures.length + unmeasured.length, 'figure')} compared: ${plural(regressions, 'regression')}${open}`
}

const NOTHING = {
  invalid: `INVALID runs leave fewer than ${LEAST_RUNS} of each that count`,
  few: `it takes ${LEAST_RUNS} runs of each that count`,
  unmeasured: 'not every run measured one, above 0',
} as const

/** Counts are compared however few runs there are. */
function misses({ faults }: LoadComparison): string {
  return faults.length === 0 ? '' : `; ${plural(faults.length, 'count')} got worse`
}

const percent = (share: number) => `${formatCount(Math.round(share * 1000) / 10)} %`

/** 1.2 as `+20.0 %`. */
function signed(ratio: number): string {
  const change = (ratio - 1) * 100
  return `${change < 0 ? '' : '+'}${change.toFixed(1)} %`
}
