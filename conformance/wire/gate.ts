/** Lets so many through at once, in the order in which they come. */
interface Waiting {
  readonly share: number
  readonly enter: () => void
}

export class Gate {
  readonly #waiting: Waiting[] = []
  #free: number

  constructor(most: number) {
    this.#free = most
  }

  /** @param share of those that are let through which this one takes; nobody overtakes one that waits for many. */
  async through<T>(work: () => Promise<T>, share = 1): Promise<T> {
    await new Promise<void>((enter) => {
      this.#waiting.push({ share, enter })
      this.#admit()
    })
    try {
      return await work()
    } finally {
      this.#free += share
      this.#admit()
    }
  }

  #admit(): void {
    for (let [next] = this.#waiting; next !== undefined && next.share <= this.#free; [next] = this.#waiting) {
      this.#waiting.shift()
      this.#free -= next.share
      next.enter()
    }
  }
}
