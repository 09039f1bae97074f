/**
 * The search for a server's capacity, as a pure function from what was probed to what to probe next: grow until the
 * SLO breaks or the generator does, close in, and hold the best value again and again before it is the answer.
 *
 * One run decides little on a machine that is busy with other things too. So a value is given up when the SLO broke
 * there twice, and is the answer only after it held three times before that. A value that holds in 9 runs of 10 is then
 * taken 19 times in 20, and one that holds in half of them 5 times in 16. A run that could not be judged (INVALID, or
 * SUSPECT and over a bound) is never held against the server.
 */
import type { SearchAnswer, SearchProbe } from '../schemas/generated/results.ts'

type ProbeOutcome = SearchProbe['outcome']

export interface SearchSettings {
  /** The value of the first probe. */
  readonly start: number
  readonly least: number
  readonly most: number
  /** Probed are multiples of this. */
  readonly step: number
  /** The bracket is narrow enough where its ends differ by this share. */
  readonly resolution: number
  /** How often a value must hold before it is the answer. */
  readonly holds: number
}

export type SearchStep =
  | { readonly probe: number; readonly phase: 'bracket' | 'bisect' | 'repeat' | 'confirm' }
  | { readonly answer: SearchAnswer }

/** So many runs of one kind settle that a value does not hold. */
const GIVE_UP_AFTER = 2
const GROWTH = 2

type Verdict = ProbeOutcome | 'open'

/** What is known of one value. */
interface Finding {
  readonly value: number
  readonly held: number
  readonly runs: number
  readonly verdict: Verdict
  readonly why?: string
}

/** Multiples of 0.2 are no more exact than 41.800000000000004; nobody asked for so many digits. */
const tidy = (value: number) => Number(value.toPrecision(12))

/** The next run, or the answer; the same history has always the same next step. */
export function nextProbe(history: readonly SearchProbe[], settings: SearchSettings): SearchStep {
  const { start, most, step, resolution, holds } = settings
  const least = tidy(settings.least)
  const round = (value: number) => Math.min(most, Math.max(least, tidy(Math.round(value / step) * step)))
  const findings = findingsOf(history, holds)
  const open = findings.find(({ verdict }) => verdict === 'open')
  const { best, beyond } = bracketOf(findings)

  if (open !== undefined) return { probe: open.value, phase: 'repeat' }
  if (best === undefined) {
    if (beyond === undefined) return { probe: round(start), phase: 'bracket' }
    return beyond.value <= least
      ? { answer: answerOf(best, beyond) }
      : { probe: round(beyond.value / GROWTH), phase: 'bracket' }
  }
  if (beyond === undefined && best.value < most) return { probe: round(best.value * GROWTH), phase: 'bracket' }
  if (beyond !== undefined && beyond.value > best.value * (1 + resolution)) {
    const middle = round(Math.sqrt(best.value * beyond.value))
    if (middle > best.value && middle < beyond.value) return { probe: middle, phase: 'bisect' }
  }
  return best.held < holds ? { probe: best.value, phase: 'confirm' } : { answer: answerOf(best, beyond) }
}

/** What a search that was called off knows: whatever held, the server may hold more. */
export function answerSoFar(history: readonly SearchProbe[], { holds }: SearchSettings): SearchAnswer {
  const { best } = bracketOf(findingsOf(history, holds))
  return answerOf(best, undefined)
}

/**
 * What a search knows whose server cannot be reached any more: what had held before. How near to the limit that is,
 * nobody knows.
 * @param attempts the last probes, which found nobody there.
 */
export function answerOfDead(
  history: readonly SearchProbe[],
  attempts: number,
  settings: SearchSettings,
): SearchAnswer {
  const { value = 0, why } = history.at(-1) ?? {}
  const answer = answerSoFar(history.slice(0, -attempts), settings)
  return { ...answer, beyond: { value, outcome: 'broke', ...(why === undefined ? {} : { why }) } }
}

/** The least value that does not hold, and the largest below it that does. */
function bracketOf(findings: readonly Finding[]): { readonly best?: Finding; readonly beyond?: Finding } {
  const beyond = findings.find(({ verdict }) => verdict === 'broke' || verdict === 'unjudged')
  const below = findings.filter(({ value }) => value < (beyond?.value ?? Number.POSITIVE_INFINITY))
  const best = below.filter(({ verdict }) => verdict === 'held').at(-1)
  return { ...(best && { best }), ...(beyond && { beyond }) }
}

/** What the runs say of each value, ascending. */
function findingsOf(history: readonly SearchProbe[], holds: number): readonly Finding[] {
  const values = [...new Set(history.map(({ value }) => value))].sort((a, b) => a - b)
  return values.map((value) => {
    const probes = history.filter((probe) => probe.value === value)
    const held = countOf(probes, 'held')
    const verdict = verdictOf(held, countOf(probes, 'broke'), countOf(probes, 'unjudged'), holds)
    const why = probes.filter(({ outcome }) => outcome === verdict).at(-1)?.why
    return { value, held, runs: probes.length, verdict, ...(why === undefined ? {} : { why }) }
  })
}

const countOf = (probes: readonly SearchProbe[], outcome: ProbeOutcome) =>
  probes.filter((probe) => probe.outcome === outcome).length

function verdictOf(held: number, broke: number, unjudged: number, holds: number): Verdict {
  if (broke >= GIVE_UP_AFTER) return 'broke'
  if (unjudged >= GIVE_UP_AFTER && held < holds) return 'unjudged'
  return held > broke ? 'held' : 'open'
}

function answerOf(best: Finding | undefined, limit: Finding | undefined): SearchAnswer {
  const { value = 0, held: holds = 0, runs = 0 } = best ?? {}
  const beyond = limit && {
    value: limit.value,
    outcome: limit.verdict as 'broke' | 'unjudged',
    ...(limit.why === undefined ? {} : { why: limit.why }),
  }
  const outcome = best === undefined ? 'none' : beyond?.outcome === 'broke' ? 'found' : 'at_least'
  return { outcome, value, holds, runs, ...(beyond === undefined ? {} : { beyond }) }
}
