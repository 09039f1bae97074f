/** Which connections of a VU are ready, which failed, and which were lost afterwards. */
import type { Connections } from '../../schemas/generated/results.ts'

export class Roster {
  readonly #planned: number
  readonly #troubles = new Map<string, number>()
  #ready = 0
  #failed = 0
  #dropped = 0

  constructor(planned: number) {
    this.#planned = planned
  }

  /** Whether each connection is either ready or has failed. */
  get settled(): boolean {
    return this.#ready + this.#failed === this.#planned
  }

  /** Connections that are ready and not dropped. */
  get present(): number {
    return this.#ready - this.#dropped
  }

  /** How each member reports itself: ready at most once, and lost at most once. */
  member(kind: string): Member {
    let state: 'expected' | 'ready' | 'gone' = 'expected'
    return {
      get ready() {
        return state === 'ready'
      },
      arrive: () => {
        if (state !== 'expected') return
        state = 'ready'
        this.#ready++
      },
      leave: (reason) => {
        if (state === 'gone') return
        if (state === 'ready') this.#dropped++
        else this.#failed++
        this.note(`${kind} ${state === 'ready' ? 'dropped' : 'failed'}: ${reason}`)
        state = 'gone'
      },
    }
  }

  /** Takes note of something that went wrong. */
  note(trouble: string): void {
    this.#troubles.set(trouble, (this.#troubles.get(trouble) ?? 0) + 1)
  }

  counts(): { readonly connections: Connections; readonly troubles: Record<string, number> } {
    const [planned, ready, failed, dropped] = [this.#planned, this.#ready, this.#failed, this.#dropped]
    return { connections: { planned, ready, failed, dropped }, troubles: Object.fromEntries(this.#troubles) }
  }
}

export interface Member {
  readonly ready: boolean
  arrive(): void
  leave(reason: string): void
}
