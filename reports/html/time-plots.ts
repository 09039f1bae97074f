/** A run second by second: latencies, rates, CPU and memory, one under the other on the same time axis. */
import type { LoadResult, SeriesPoint } from '../../schemas/generated/results.ts'
import { formatCount } from '../figures.ts'
import { type Markup, markup } from '../markup.ts'
import { type Axis, countAxis, latencyAxis, timeAxis } from './axes.ts'
import { drawPlot, type Series } from './plot.ts'

type Figure = Exclude<keyof SeriesPoint, 'at_ms' | 'histogram'>

/** One picture of the stack: which figures it shows, by what name and colour. */
interface Panel {
  readonly title: string
  readonly yLabel: string
  readonly height: number
  readonly figures: readonly (readonly [figure: Figure, name: string, color: number, isDashed?: boolean])[]
  /** What one unit of the axis is, where it is not that of the figures. */
  readonly unit?: number
  readonly axis: (values: readonly number[], height: number) => Axis
}

const counts = (values: readonly number[], height: number) => countAxis(values, height, formatCount)

const PANELS: readonly Panel[] = [
  {
    title: 'Delivery latency over time',
    yLabel: 'latency',
    height: 300,
    figures: [
      ['p50', 'p50', 1],
      ['p99', 'p99', 2],
      ['max', 'max', 3],
      ['queue_p99', 'generator’s queue delay p99', 4, true],
    ],
    axis: latencyAxis,
  },
  {
    title: 'Deliveries over time',
    yLabel: 'delivered / s',
    height: 140,
    figures: [['delivered', 'delivered', 1]],
    axis: counts,
  },
  {
    title: 'Messages sent over time',
    yLabel: 'sent / s',
    height: 140,
    figures: [['sent', 'sent', 2]],
    axis: counts,
  },
  { title: 'Sockets over time', yLabel: 'sockets', height: 140, figures: [['sockets', 'sockets', 1]], axis: counts },
  {
    title: 'CPU over time',
    yLabel: 'cores',
    height: 140,
    figures: [
      ['server_cpu', 'server CPU', 1],
      ['generator_cpu', 'generator CPU', 4, true],
    ],
    axis: counts,
  },
  {
    title: 'Memory of the server over time',
    yLabel: 'MiB',
    height: 140,
    figures: [
      ['server_rss_bytes', 'server RSS', 1],
      ['server_pss_bytes', 'server PSS', 2],
      ['server_heap_bytes', 'server heap', 3],
      ['kernel_socket_bytes', 'TCP buffers of the machine', 4, true],
    ],
    unit: 1024 ** 2,
    axis: counts,
  },
  {
    title: 'Event loop of the server over time',
    yLabel: 'delay p99, ms',
    height: 140,
    figures: [['event_loop_delay_ms', 'event loop delay p99, as the server tells it', 1]],
    axis: counts,
  },
]

/** The panels for which the series holds figures; nothing where it holds none. */
export function timePlots({ series }: LoadResult): Markup | undefined {
  const panels = PANELS.filter(({ figures }) =>
    figures.some(([figure]) => series.some((point) => point[figure] !== undefined)),
  )
  if (panels.length === 0) return undefined
  const time = timeAxis((series.at(-1)?.at_ms ?? 0) + 1000)
  return markup`<div class="stack">${panels.map((panel, i) => draw(panel, series, time, i === panels.length - 1))}</div>`
}

function draw(panel: Panel, points: readonly SeriesPoint[], time: Axis, isLast: boolean): Markup {
  const series: readonly Series[] = panel.figures
    .map(([figure, name, color, isDashed = false]) => ({
      name,
      color,
      isDashed,
      points: pointsOf(points, figure, panel.unit),
    }))
    .filter((one) => valuesOf(one).length > 0)
  const y = panel.axis(series.flatMap(valuesOf), panel.height)
  return drawPlot({
    title: `${panel.title}: ${series.map(({ name }) => name).join(', ')}`,
    height: panel.height,
    x: time.scale,
    y: y.scale,
    xTicks: time.ticks,
    yTicks: y.ticks,
    ...(isLast ? { xLabel: 'seconds since the run began' } : {}),
    yLabel: panel.yLabel,
    series,
  })
}

/** A figure at the middle of each second, in the unit of its panel; undefined for a second that lacks it. */
function pointsOf(series: readonly SeriesPoint[], figure: Figure, unit = 1): Series['points'] {
  return series.map((point) => {
    const value = point[figure]
    return [point.at_ms + 500, value === undefined ? undefined : value / unit]
  })
}

function valuesOf({ points }: Pick<Series, 'points'>): readonly number[] {
  return points.flatMap(([, value]) => (value === undefined ? [] : [value]))
}
