/** Lets only so many do something at a time; the others wait in line. */
export class Turns {
  private free: number
  private readonly line: (() => void)[] = []

  /** @param most of them at a time */
  constructor(most: number) {
    this.free = most
  }

  /** Begins at once where nobody is in the way. */
  async take<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free -= 1
    else await new Promise<void>((resolve) => this.line.push(resolve))
    try {
      return await action()
    } finally {
      const next = this.line.shift()
      if (next === undefined) this.free += 1
      else next()
    }
  }
}
