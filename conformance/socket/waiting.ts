/** Waits for conditions that only events can change: nothing polls. */

export class Waiting {
  readonly #checks = new Set<() => void>()
  #stopped = false

  /**
   * Resolves with what `poll` finds, asked now and at every `notify`, or as 'timeout' after `withinMs` or `stop`.
   * Rejects with what `poll` throws.
   */
  until<T>(poll: () => T | undefined, withinMs: number): Promise<T | 'timeout'> {
    return new Promise((resolve, reject) => {
      const settle = (last: boolean) => {
        try {
          const found = poll()
          if (found === undefined && !last && !this.#stopped) return
          resolve(found ?? 'timeout')
        } catch (error) {
          reject(error)
        }
        clearTimeout(timer)
        this.#checks.delete(check)
      }
      const check = () => settle(false)
      // A busy process fires timers before it reads what has long arrived: read once more before giving up.
      const timer = setTimeout(() => setImmediate(settle, true), withinMs)
      this.#checks.add(check)
      check()
    })
  }

  notify(): void {
    for (const check of [...this.#checks]) check()
  }

  /** Nothing will change any more. */
  stop(): void {
    this.#stopped = true
    this.notify()
  }
}
