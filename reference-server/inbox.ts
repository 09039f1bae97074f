/** What one connection has to do, one thing after the other in the order of arrival. */

/** Stops and starts reading from the peer. */
export interface Flow {
  pause(): void
  resume(): void
  /** Where the peer has been given more than it reads: resolves when it has read some of that. */
  drained(): Promise<void> | undefined
}

type Job = () => void | Promise<void>

/** More jobs than this that wait behind one which takes its time stop the reading, so that the queue stays bounded. */
const PAUSE_ABOVE = 32

export class Inbox {
  private readonly flow: Flow
  private readonly waiting: Job[] = []
  private busy = false
  private paused = false

  constructor(flow: Flow) {
    this.flow = flow
  }

  get isPaused(): boolean {
    return this.paused
  }

  /** @param job must not throw; while its promise is pending, or the peer does not read its answers, later ones wait */
  push(job: Job): void {
    this.waiting.push(job)
    if (!this.busy) void this.work()
    else if (this.waiting.length > PAUSE_ABOVE && !this.paused) {
      this.paused = true
      this.flow.pause()
    }
  }

  private async work(): Promise<void> {
    this.busy = true
    for (let job = this.waiting.shift(); job !== undefined; job = this.waiting.shift()) {
      await job()
      const drained = this.flow.drained()
      if (drained) await drained
    }
    this.busy = false
    if (this.paused) {
      this.paused = false
      this.flow.resume()
    }
  }
}
