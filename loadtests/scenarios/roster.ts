/** Which connections of a VU are ready, which failed, and which were lost afterwards. */
import type { Connections } from '../../schemas/generated/results.ts'

export class Roster {
  readonly #planned: number
  readonly #troubles = new Map<string, number>()
  /** Ready ones by their role. */
  readonly #roles = new Map<string, number>()
  #ready = 0
  #failed = 0
  #dropped = 0
  #away = 0
  /** Ended as they were to: before they were ready, and afterwards. */
  readonly #dismissed = { early: 0, ready: 0 }

  constructor(planned: number) {
    this.#planned = planned
  }

  /** Whether each connection is ready, has failed, or was dismissed. */
  get settled(): boolean {
    return this.#ready + this.#failed + this.#dismissed.early === this.#planned
  }

  /** Connections that are ready and not gone. */
  get present(): number {
    return this.#ready - this.#dropped - this.#dismissed.ready - this.#away
  }

  /** How each member reports itself: ready at most once, and gone at most once. */
  member(role: string): Member {
    let state: 'expected' | 'ready' | 'gone' = 'expected'
    let isAway = false
    const setAway = (away: boolean) => {
      if (away !== isAway) this.#away += away ? 1 : -1
      isAway = away
    }
    return {
      get ready() {
        return state === 'ready'
      },
      arrive: () => {
        if (state !== 'expected') return
        state = 'ready'
        this.#ready++
        this.#roles.set(role, (this.#roles.get(role) ?? 0) + 1)
      },
      goAway: () => {
        if (state === 'ready') setAway(true)
      },
      comeBack: () => setAway(false),
      leave: (reason) => {
        if (state === 'gone') return
        setAway(false)
        if (state === 'ready') this.#dropped++
        else this.#failed++
        this.note(`${role} ${state === 'ready' ? 'dropped' : 'failed'}: ${reason}`)
        state = 'gone'
      },
      dismiss: () => {
        if (state === 'gone') return
        setAway(false)
        this.#dismissed[state === 'ready' ? 'ready' : 'early']++
        state = 'gone'
      },
    }
  }

  /** Takes note of something that went wrong. */
  note(trouble: string): void {
    this.#troubles.set(trouble, (this.#troubles.get(trouble) ?? 0) + 1)
  }

  counts(): RosterCounts {
    const [planned, ready, failed, dropped] = [this.#planned, this.#ready, this.#failed, this.#dropped]
    return { connections: { planned, ready, failed, dropped }, troubles: Object.fromEntries(this.#troubles) }
  }

  /** Connections that got ready, by their role. */
  roles(): Record<string, number> {
    return Object.fromEntries(this.#roles)
  }
}

export interface RosterCounts {
  readonly connections: Connections
  readonly troubles: Record<string, number>
}

export interface Member {
  readonly ready: boolean
  arrive(): void
  /** It has no connection for a while, as the scenario wants it, and stays a member. */
  goAway(): void
  comeBack(): void
  /** It is gone though it was to stay, or to get ready. */
  leave(reason: string): void
  /** It is gone, as the scenario wants it: neither failed nor dropped. */
  dismiss(): void
}
