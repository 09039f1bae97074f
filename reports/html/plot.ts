/** What all plots share: a frame with axes and units, and lines in it. Colours are variables of the style sheet. */
import { line } from 'd3-shape'
import { type Child, type Markup, markup } from '../markup.ts'

/** Width in user units; the picture scales with the page. */
export const WIDTH = 900
/** Room below the axis for its label, where it has one. */
const LABEL_HEIGHT = 20
const MARGIN = { top: 14, right: 16, bottom: 26, left: 84 }

/** A map from values to user units: any scale of d3-scale. */
export type Scale = (value: number) => number

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Series {
  readonly name: string
  /** Index into the colours of the style sheet, from 1. */
  readonly color: number
  /** A point without a value leaves a gap: nothing is drawn where nothing was measured. */
  readonly points: readonly (readonly [x: number, y: number | undefined])[]
  readonly isDashed?: boolean
}

export interface Plot {
  /** What a screen reader says. */
  readonly title: string
  /** In user units, without the label of the horizontal axis. */
  readonly height: number
  readonly x: Scale
  readonly y: Scale
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  readonly xLabel?: string
  readonly yLabel: string
  readonly series: readonly Series[]
  /** Marks laid over the lines. */
  readonly marks?: Child
}

/** The range of user units that the horizontal axis spans. */
export const X_RANGE = [MARGIN.left, WIDTH - MARGIN.right] as const

/** The range of user units that the vertical axis of a plot of this height spans, from below. */
export function yRange(height: number): readonly [bottom: number, top: number] {
  return [height - MARGIN.bottom, MARGIN.top]
}

/** Draws a plot with its legend. */
export function drawPlot(plot: Plot): Markup {
  const [bottom, top] = yRange(plot.height)
  const [left, right] = X_RANGE
  const height = plot.height + (plot.xLabel === undefined ? 0 : LABEL_HEIGHT)
  return markup`<figure>
${plot.series.length > 1 ? legend(plot.series) : undefined}
<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${plot.title}"><title>${plot.title}</title>
<g class="grid">${plot.yTicks.map(({ at }) => markup`<path d="M${left} ${round(plot.y(at))}H${right}"/>`)}${plot.xTicks.map(
    ({ at }) => markup`<path d="M${round(plot.x(at))} ${top}V${bottom}"/>`,
  )}</g>
<g class="ticks y">${plot.yTicks.map(({ at, label }) => markup`<text x="${left - 8}" y="${round(plot.y(at) + 4)}">${label}</text>`)}</g>
<g class="ticks x">${plot.xTicks.map(({ at, label }) => markup`<text x="${round(plot.x(at))}" y="${bottom + 17}">${label}</text>`)}</g>
<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>
${plot.xLabel && markup`<text class="label" x="${(left + right) / 2}" y="${height - 6}">${plot.xLabel}</text>`}
<text class="label" transform="translate(13 ${(top + bottom) / 2}) rotate(-90)">${plot.yLabel}</text>
${plot.series.map((series) => path(series, plot))}
${plot.marks}</svg></div>
</figure>
`
}

/** A number short enough for an attribute. */
export function round(value: number): number {
  return Math.round(value * 10) / 10
}

function path({ points, color, isDashed = false }: Series, { x, y }: Plot): Markup {
  const draw = line<Series['points'][number]>(
    ([at]) => round(x(at)),
    ([, value]) => round(y(value ?? 0)),
  ).defined(([, value]) => value !== undefined)
  return markup`<path class="line c${color}${isDashed ? ' dashed' : ''}" d="${draw([...points]) ?? ''}"/>
`
}

function legend(series: readonly Series[]): Markup {
  return markup`<ul class="legend">${series.map(({ name, color, isDashed = false }) => markup`<li><i class="key c${color}${isDashed ? ' dashed' : ''}"></i>${name}</li>`)}</ul>`
}
