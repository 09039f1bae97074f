/** Leases are renewed again and again. */
import type { Log } from '../log.ts'
import { Unavailable } from '../unavailable.ts'

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
