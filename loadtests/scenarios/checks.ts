/** What a scenario verifies beside the ledger: how often each check was judged, how often it was broken, and how. */

/** As it travels; the counts of several add up. */
export interface CheckCount {
  readonly judged: number
  readonly broken: number
  /** A few of the broken ones, as sentences. */
  readonly examples: readonly string[]
}

/** By the name of the check. */
export type CheckCounts = Readonly<Record<string, CheckCount>>

/** So many say what is wrong; more only take room. */
export const EXAMPLES_KEPT = 5

export class Checks {
  readonly #counts = new Map<string, { judged: number; broken: number; readonly examples: string[] }>()

  /** Judges once; `breach`, the sentence of an example, is asked only where it does not hold. */
  judge(name: string, holds: boolean, breach: () => string): void {
    const count = this.#counts.get(name) ?? { judged: 0, broken: 0, examples: [] }
    this.#counts.set(name, count)
    count.judged++
    if (holds) return
    count.broken++
    if (count.examples.length < EXAMPLES_KEPT) count.examples.push(breach())
  }

  counts(): CheckCounts {
    return Object.fromEntries(this.#counts)
  }
}
