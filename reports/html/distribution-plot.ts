/** The distribution of latencies, as HdrHistogram plots it: every further nine of the percentile has the same width. */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import type { Latency, LoadResult } from '../../schemas/generated/results.ts'
import { formatLatency } from '../figures.ts'
import { type Markup, markup } from '../markup.ts'
import { latencyAxis, ninesAxis } from './axes.ts'
import { drawPlot, round, type Scale, type Series } from './plot.ts'

const HEIGHT = 340
/** Points a line: finer than the picture's own resolution. */
const POINTS = 240

/** A latency by its name, with what its histogram holds. */
interface Curve {
  readonly name: string
  readonly latency: Latency
  /** Number among which one is slower, and that latency in ms. */
  readonly points: readonly (readonly [oneIn: number, ms: number])[]
}

/** All latencies of a run in one picture, and a word on those whose histogram cannot be read. */
export function distributionPlot({ latency, thresholds }: LoadResult): Markup {
  const measured = Object.entries(latency).filter(([, { count }]) => count > 0)
  const read = measured.map(([name, figures]) => ({ name, latency: figures, points: curvePoints(figures) }))
  const curves = read.filter((curve): curve is Curve => curve.points !== undefined)
  const broken = read.filter(({ points }) => points === undefined).map(({ name }) => name)
  const note =
    broken.length === 0 ? undefined : markup`<p class="muted">No histogram could be read for ${broken.join(', ')}.</p>`
  if (curves.length === 0) return note ?? markup``
  const x = ninesAxis(Math.max(...curves.map((curve) => curve.latency.count)))
  const y = latencyAxis(
    curves.flatMap(({ points }) => points.map(([, ms]) => ms)),
    HEIGHT,
  )
  const delivery = curves.find(({ name }) => name === 'delivery')
  const plot = drawPlot({
    title: `Distribution of latencies: ${curves.map(({ name, latency: { p50, p99, max } }) => `${name} p50 ${formatLatency(p50)}, p99 ${formatLatency(p99)}, max ${formatLatency(max)}`).join('; ')}`,
    height: HEIGHT,
    x: x.scale,
    y: y.scale,
    xTicks: x.ticks,
    yTicks: y.ticks,
    xLabel: 'percentile',
    yLabel: 'latency',
    series: curves.map(seriesOf),
    marks: delivery && percentileMarks(delivery.latency, x.scale, y.scale),
  })
  const limits = thresholds
    .filter(({ name }) => name.startsWith('delivery.'))
    .map(({ name, limit }) => `${name} at most ${formatLatency(limit)}`)
  return markup`${plot}${limits.length > 0 ? markup`<p class="muted">Bounded: ${limits.join(', ')}.</p>` : undefined}${note}`
}

/** The figures that are quoted most, on their curve. */
function percentileMarks({ count, p50, p99, p99_9 }: Latency, x: Scale, y: Scale): readonly Markup[] {
  const quoted = [
    [2, p50],
    [100, p99],
    [1000, p99_9],
  ] as const
  return quoted
    .filter(([oneIn]) => oneIn <= count)
    .map(([oneIn, ms]) => {
      const [left, top] = [round(x(oneIn)), round(y(ms))]
      // Above the curve, save at its steep start, where only below has room.
      const [dx, dy, side] = oneIn === 2 ? [6, 16, ' below'] : [-6, -8, '']
      return markup`<circle class="dot c1" cx="${left}" cy="${top}" r="3.5"/><text class="value${side}" x="${round(left + dx)}" y="${round(top + dy)}">${formatLatency(ms)}</text>
`
    })
}

function seriesOf({ name, points }: Curve, i: number): Series {
  return { name: name.replaceAll('_', ' '), color: i + 1, points }
}

/** Points evenly spaced along the axis of nines; undefined where the histogram is not one. */
function curvePoints({ count, histogram }: Latency): Curve['points'] | undefined {
  try {
    const decoded = decodeFromCompressedBase64(histogram)
    const nines = Math.log10(Math.max(count, 1))
    const steps = Array.from({ length: POINTS }, (_, i) => 10 ** ((nines * i) / POINTS))
    const points = steps.map((oneIn) => [oneIn, decoded.getValueAtPercentile(100 - 100 / oneIn) / 1000] as const)
    return [...points, [count, decoded.maxValue / 1000]]
  } catch {
    return undefined
  }
}
