/** Scales and ticks of the plots' axes. */
import { scaleLinear, scaleLog } from 'd3-scale'
import { formatLatency } from '../figures.ts'
import { type Scale, type Tick, X_RANGE, yRange } from './plot.ts'

export interface Axis {
  readonly scale: Scale
  readonly ticks: readonly Tick[]
}

/** A logarithmic latency axis, from the least to the greatest of the values (ms), at whole steps of 1, 2 and 5. */
export function latencyAxis(values: readonly number[], height: number): Axis {
  const positive = values.filter((value) => value > 0)
  const [least, greatest] = positive.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Number.POSITIVE_INFINITY,
    0,
  ] as [number, number])
  // Histograms hold whole microseconds; nothing below is a measurement.
  const low = greatest === 0 ? 0.1 : stepBelow(Math.max(least, 0.001))
  const high = greatest === 0 ? 1 : Math.max(stepAbove(greatest), low * 10)
  const scale = scaleLog([low, high], yRange(height)).clamp(true)
  const steps = stepsBetween(low, high)
  // Over many decades every step would be a thicket: decades alone tell the same.
  const shown = steps.length > 13 ? steps.filter((step) => isDecade(step)) : steps
  return { scale, ticks: shown.map((at) => ({ at, label: formatLatency(at).replace(/\.0+(?= )/, '') })) }
}

/** A linear axis from zero. */
export function countAxis(values: readonly number[], height: number, label: (value: number) => string): Axis {
  const greatest = values.reduce((high, value) => Math.max(high, value), 0)
  const scale = scaleLinear([0, greatest || 1], yRange(height)).nice(4)
  return { scale, ticks: scale.ticks(4).map((at) => ({ at, label: label(at) })) }
}

/** Time since the run began, ms, on an axis in seconds. */
export function timeAxis(untilMs: number): Axis {
  const seconds = scaleLinear([0, Math.max(untilMs, 1000) / 1000], X_RANGE)
  return {
    scale: (ms) => seconds(ms / 1000),
    ticks: seconds.ticks(8).map((at) => ({ at: at * 1000, label: String(at) })),
  }
}

/** Percentiles as the number of measurements among which one is slower: 2 is p50, 100 is p99. */
export function ninesAxis(count: number): Axis {
  const scale = scaleLog([1, Math.max(count, 100)], X_RANGE)
  const nines = Array.from({ length: Math.floor(Math.log10(Math.max(count, 100))) }, (_, i) => 10 ** (i + 1))
  const ticks = [1, 2, ...nines].map((at) => ({ at, label: `${percent(at)}%` }))
  return { scale, ticks }
}

function percent(oneIn: number): string {
  return Number((100 - 100 / oneIn).toPrecision(12)).toString()
}

const STEPS = [1, 2, 5]

function stepsBetween(low: number, high: number): readonly number[] {
  return Array.from({ length: 14 }, (_, i) => STEPS.map((step) => Number((step * 10 ** (i - 4)).toPrecision(3))))
    .flat()
    .filter((step) => step >= low && step <= high)
}

function stepBelow(value: number): number {
  return stepsBetween(0, value).at(-1) ?? value
}

function stepAbove(value: number): number {
  return stepsBetween(value, Number.POSITIVE_INFINITY)[0] ?? value
}

function isDecade(value: number): boolean {
  return Number.isInteger(Number(Math.log10(value).toFixed(9)))
}
