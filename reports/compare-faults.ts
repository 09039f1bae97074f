/** Counts that thresholds bound, such as lost messages: whether the runs of B miss them where, or worse than, those of A do. */
import type { LoadResult } from '../schemas/generated/results.ts'

/** How a set of runs stands to one threshold. */
export interface Misses {
  /** Runs that missed it, of all that have it. */
  readonly runs: number
  readonly of: number
  /** The sum of the figure over these runs. */
  readonly total: number
  /** The sum as a share of the deliveries that were expected; only where the figure counts deliveries. */
  readonly share?: number
}

/** A count that a threshold bounds, by which B is worse than A. */
export interface Fault {
  readonly name: string
  readonly a: Misses
  readonly b: Misses
}

/** How often, at most, that more runs of B miss a threshold may be chance. */
const CHANCE = 0.05
/** A greater sum is clearly greater where it is over twice as great, and by over so many: a few come and go by chance. */
const CLEARLY = { times: 2, more: 10 }

/**
 * What B misses is a fault where A never does; where both do, it is one where B misses it in more runs than chance
 * explains (Fisher's exact test, one-sided, 5 %), or where its sum is over twice that of as much of A, and by over 10.
 */
export function faultsOf(a: readonly LoadResult[], b: readonly LoadResult[]): Fault[] {
  // What no run of one set measured cannot be held against the other.
  if (a.length === 0 || b.length === 0) return []
  const counts = b.flatMap(({ thresholds }) => thresholds.map(({ name }) => name)).filter((name) => !name.includes('.'))
  return [...new Set(counts)]
    .map((name) => ({ name, a: missesOf(name, a), b: missesOf(name, b) }))
    .filter((found) => found.b.runs > 0 && (found.a.runs === 0 || isMoreOften(found) || isMuchMore(found)))
}

function missesOf(name: string, all: readonly LoadResult[]): Misses {
  const found = all.flatMap(({ thresholds, ledger }) =>
    thresholds.filter((one) => one.name === name).map((one) => ({ ...one, ledger })),
  )
  const total = found.reduce((sum, { value }) => sum + value, 0)
  const expected = found.reduce((sum, { ledger }) => sum + (Object.hasOwn(ledger, name) ? ledger.expected : 0), 0)
  const runs = found.filter(({ pass }) => !pass).length
  return { runs, of: found.length, total, ...(expected > 0 && { share: total / expected }) }
}

function isMoreOften({ a, b }: Fault): boolean {
  return b.runs / b.of > a.runs / a.of && chanceOfSoMany(a, b) <= CHANCE
}

/** Fisher's exact test: how likely B has so many of all misses, or more, where each run misses as easily as any other. */
function chanceOfSoMany(a: Misses, b: Misses): number {
  const missed = a.runs + b.runs
  const logOfAll = logChoose(a.of + b.of, missed)
  const most = Math.min(b.of, missed)
  return Array.from({ length: most - b.runs + 1 }, (_, i) => b.runs + i)
    .map((ofB) => Math.exp(logChoose(b.of, ofB) + logChoose(a.of, missed - ofB) - logOfAll))
    .reduce((sum, probability) => sum + probability, 0)
}

/** Of n over k; logarithms, for the numbers themselves grow beyond what a double holds. */
function logChoose(n: number, k: number): number {
  return Array.from({ length: k }, (_, i) => Math.log((n - i) / (i + 1))).reduce((sum, term) => sum + term, 0)
}

/** By deliveries where it counts those, else by runs. */
function isMuchMore({ a, b }: Fault): boolean {
  const asMuchOfA =
    a.share !== undefined && b.share !== undefined && b.share > 0
      ? a.share * (b.total / b.share)
      : a.total * (b.of / a.of)
  return b.total > CLEARLY.times * asMuchOfA && b.total - asMuchOfA > CLEARLY.more
}
