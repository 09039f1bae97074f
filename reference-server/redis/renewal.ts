/** Leases are renewed again and again, many at a time and not all at once. */
import type { Log } from '../log.ts'
import { Unavailable } from '../unavailable.ts'

/** So many are under way together: what is asked meanwhile waits no longer than these take. */
const TURN = 500

/** @throws what the first action that fails throws; the turns after it are not done */
export async function inTurns<Item>(items: Iterable<Item>, action: (item: Item) => Promise<unknown>): Promise<void> {
  const all = [...items]
  for (let at = 0; at < all.length; at += TURN) await Promise.all(all.slice(at, at + TURN).map(action))
}

/** A task that is done again and again, never twice at once. */
export class Repeated {
  private readonly task: () => Promise<void>
  private readonly log: Log
  private readonly timer: NodeJS.Timeout
  private running = false
  private again = false

  constructor(task: () => Promise<void>, everyMs: number, log: Log) {
    this.task = task
    this.log = log
    this.timer = setInterval(() => this.now(), everyMs).unref()
  }

  now(): void {
    this.again = true
    if (!this.running) void this.work()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private async work(): Promise<void> {
    this.running = true
    while (this.again) {
      this.again = false
      try {
        await this.task()
      } catch (error) {
        // What a broker that is away left undone is done when it is back.
        if (!(error instanceof Unavailable)) this.log({ event: 'failure', message: (error as Error).message })
      }
    }
    this.running = false
  }
}
