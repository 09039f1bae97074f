/** Confidence intervals of a ratio by the bootstrap: seeded, so that the same runs give the same interval. */

/** How a figure differs between two sets of runs: B over A, 1.2 for a fifth more. */
export interface RatioInterval {
  readonly ratio: number
  readonly low: number
  readonly high: number
}

export interface BootstrapSettings {
  /** Of the two-sided interval, such as 0.95. */
  readonly confidence: number
  readonly seed: number
}

/** The ends of a 95 % interval move by about 2 % of its width from seed to seed. */
const RESAMPLES = 2000
/**
 * A run that a busy neighbour disturbed says nothing of the server: a fifth of the runs is left out at either end.
 * With such a mean the plain percentile bootstrap keeps its level with as few as ten runs (R. Wilcox, Introduction to
 * Robust Estimation and Hypothesis Testing, ch. 4).
 */
const TRIMMED = 0.2

/**
 * Of runs that were made in pairs, A and B one after the other: pairs are resampled, so what drifts over the hours
 * touches both alike.
 * @param pairs positive figures, at least one pair.
 */
export function pairedRatio(pairs: readonly (readonly [a: number, b: number])[], settings: BootstrapSettings) {
  const differences = pairs.map(([a, b]) => Math.log(b / a))
  const random = randomFrom(settings.seed)
  return intervalOf(() => trimmedMean(resample(differences, random)), trimmedMean(differences), settings)
}

/** Of two sets of runs that have nothing to do with each other: each is resampled by itself. */
export function unpairedRatio(a: readonly number[], b: readonly number[], settings: BootstrapSettings): RatioInterval {
  const [logsA, logsB] = [a.map(Math.log), b.map(Math.log)]
  const random = randomFrom(settings.seed)
  const draw = () => trimmedMean(resample(logsB, random)) - trimmedMean(resample(logsA, random))
  return intervalOf(draw, trimmedMean(logsB) - trimmedMean(logsA), settings)
}

/** Percentiles of what is drawn, back from logarithms. */
function intervalOf(draw: () => number, center: number, { confidence }: BootstrapSettings): RatioInterval {
  const drawn = Float64Array.from({ length: RESAMPLES }, draw).sort()
  const at = (share: number) => Math.exp(drawn[Math.round(share * (RESAMPLES - 1))] ?? center)
  return { ratio: Math.exp(center), low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) }
}

function resample(values: readonly number[], random: () => number): Float64Array {
  return Float64Array.from(values, () => values[Math.floor(random() * values.length)] ?? 0)
}

/** The mean of what is left in the middle. */
function trimmedMean(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort()
  const cut = Math.floor(TRIMMED * sorted.length)
  const kept = sorted.subarray(cut, sorted.length - cut)
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}

/** Mulberry32: numbers from 0 to below 1 that depend on nothing but the seed. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
