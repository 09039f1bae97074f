/** Which numbers came, kept as the gaps between them: what it holds grows with the gaps, never with the numbers. */
export class Numbering {
  #next: number
  /** Ascending, from the first number that did not come to the one after the last. */
  readonly #gaps: (readonly [from: number, to: number])[] = []

  /** @param first the number that should come first. */
  constructor(first: number) {
    this.#next = first
  }

  /** One above the highest that came. */
  get next(): number {
    return this.#next
  }

  /** How many numbers below the highest did not come, and in how many places. */
  get missing(): { readonly numbers: number; readonly gaps: number } {
    return { numbers: this.#gaps.reduce((sum, [from, to]) => sum + to - from, 0), gaps: this.#gaps.length }
  }

  /** Takes note of a number; false where it came before, or lies before the first. */
  take(number: number): boolean {
    if (number >= this.#next) {
      if (number > this.#next) this.#gaps.push([this.#next, number])
      this.#next = number + 1
      return true
    }
    const at = this.#gaps.findIndex(([from, to]) => from <= number && number < to)
    const gap = this.#gaps[at]
    if (gap === undefined) return false
    const [from, to] = gap
    const left = [[from, number] as const, [number + 1, to] as const].filter(([start, end]) => start < end)
    this.#gaps.splice(at, 1, ...left)
    return true
  }
}
