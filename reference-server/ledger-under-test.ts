/** What a crowd was promised and what it got. */

/** Where a message has its place. */
export interface Place {
  readonly room: string
  readonly epoch: string
  readonly seq: number
}

export class Ledger {
  readonly acknowledged = new Map<string, Place>()
  readonly presenceEvents: string[] = []
  readonly faults: string[] = []
  readonly closes: Record<string, number> = {}
  gaps = 0
  unavailable = 0
  slowestAnswer = 0
  forgottenSessions = 0
  private readonly found = new Map<string, string>()
  private waiters: (() => void)[] = []

  acknowledge(id: string, place: Place): void {
    this.acknowledged.set(id, place)
    this.put(id, place)
  }

  /** Whoever looks finds in a place one message, and a message in one place of an epoch. */
  put(id: string, { room, epoch, seq }: Place): void {
    for (const [key, value] of [
      [`${room} ${epoch} ${seq}`, id],
      [`${room} ${epoch} ${id}`, `${seq}`],
    ] as const) {
      const former = this.found.get(key) ?? value
      if (former !== value) this.faults.push(`${key} is ${former} and ${value}`)
      this.found.set(key, value)
    }
    this.wake()
  }

  /** Resolves when something happens, or a moment later. */
  async changed(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 50)
      this.waiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  wake(): void {
    const { waiters } = this
    this.waiters = []
    for (const wake of waiters) wake()
  }

  figures() {
    const { acknowledged, gaps, unavailable, slowestAnswer, closes, presenceEvents, forgottenSessions, faults } = this
    return {
      ...{
        acknowledged: acknowledged.size,
        gapsAnnounced: gaps,
        unavailable,
        slowestAnswer: Math.round(slowestAnswer),
      },
      ...{ closes, presenceEvents, forgottenSessions, faults },
    }
  }
}
