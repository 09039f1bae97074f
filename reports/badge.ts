/** An SVG badge: what was tested on the left, what it came to on the right; a row for each of several results. */
import type { ConformanceResult, LoadResult, Result } from '../schemas/generated/results.ts'
import { plural } from './figures.ts'
import { type Markup, markup } from './markup.ts'
import { conformanceOutcome, heldRequirements, loadOutcome, targetName } from './outcome.ts'
import { isJudged, missed } from './threshold.ts'

/** White text on each of these has a contrast of at least 4.5 to 1 (WCAG 2.1, 1.4.3). */
const COLORS = { green: '#1a7f47', amber: '#8f5b00', red: '#c62536', grey: '#5b6472' } as const
const LABEL = '#3a414d'

interface Badge {
  readonly label: string
  readonly value: string
  readonly color: keyof typeof COLORS
}

/** Longest name of a target, in characters: it may be a whole command. */
const LONGEST = 40
const HEIGHT = 20
const GAP = 4
const PADDING = 7

/** Renders results as one SVG image. */
export function renderBadge(results: readonly Result[]): string {
  const badges = results.map((result) => {
    const badge = 'cases' in result ? conformanceBadge(result) : loadBadge(result)
    return results.length === 1 ? badge : { ...badge, label: `${cut(targetName(result))} · ${badge.label}` }
  })
  const label = Math.max(0, ...badges.map((badge) => boxWidth(badge.label)))
  const value = Math.max(0, ...badges.map((badge) => boxWidth(badge.value)))
  const [width, height] = [label + value, Math.max(1, badges.length * (HEIGHT + GAP) - GAP)]
  const title = badges.map((badge) => `${badge.label}: ${badge.value}`).join('; ')
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<title>${title}</title>
<g fill="#fff" text-anchor="middle" font-family="Verdana, Geneva, 'DejaVu Sans', sans-serif" font-size="11">
${badges.map((badge, i) => row(badge, i * (HEIGHT + GAP), { label, value }))}</g>
</svg>
`.source
}

function conformanceBadge(result: ConformanceResult): Badge {
  const { held, broken, total } = heldRequirements(result, 'must')
  const label = result.cases.some(({ pack }) => pack === 'wire' || pack === 'deflate')
    ? result.cases.some(({ pack }) => pack === 'chat')
      ? 'chat.v1 + RFC 6455'
      : 'RFC 6455'
    : 'chat.v1'
  const value = `${held}/${total} MUST`
  const outcome = conformanceOutcome(result)
  if (outcome === 'none') return { label, value: 'nothing ran', color: 'grey' }
  if (outcome === 'fail' || broken > 0) return { label, value, color: 'red' }
  return { label, value, color: outcome === 'pass' && held === total && !result.partial ? 'green' : 'amber' }
}

function loadBadge(result: LoadResult): Badge {
  const label = `load ${result.scenario}`
  const judged = result.thresholds.filter((threshold) => isJudged(result, threshold)).length
  const held = judged - missed(result).length
  const value = `${held}/${plural(judged, 'threshold')}`
  switch (loadOutcome(result)) {
    case 'pass':
      return { label, value, color: result.partial || result.validity.verdict === 'suspect' ? 'amber' : 'green' }
    case 'error':
      return { label, value: 'INVALID', color: 'grey' }
    default:
      return { label, value, color: 'red' }
  }
}

function row(
  { label, value, color }: Badge,
  y: number,
  widths: { readonly label: number; readonly value: number },
): Markup {
  const text = (content: string, x: number) =>
    markup`<text x="${x}" y="${y + 14}" textLength="${textWidth(content)}">${content}</text>`
  return markup`<rect y="${y}" width="${widths.label + widths.value}" height="${HEIGHT}" rx="3" fill="${COLORS[color]}"/>
<path d="M3 ${y}h${widths.label - 3}v${HEIGHT}H3a3 3 0 0 1-3-3v-14a3 3 0 0 1 3-3z" fill="${LABEL}"/>
${text(label, widths.label / 2)}
${text(value, widths.label + widths.value / 2)}
`
}

function boxWidth(text: string): number {
  return textWidth(text) + 2 * PADDING
}

/** Advance widths of Verdana and its kin at 11 px, in pixels; what is not listed is as wide as a digit. */
const WIDTHS: readonly (readonly [width: number, characters: string])[] = [
  [3.5, " ',.IJijl|"],
  [4.3, '!()-/:;[\\]ft·'],
  [5, '"r'],
  [6, '*?FL_cksz'],
  [8, 'ABCDHNRUVXZ'],
  [9, '#&+<=>GMOQ^w~'],
  [10.5, '%@Wm'],
]

function textWidth(text: string): number {
  const widthOf = (character: string) => WIDTHS.find(([, characters]) => characters.includes(character))?.[0] ?? 7
  return Math.round([...text].reduce((sum, character) => sum + widthOf(character), 0))
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
