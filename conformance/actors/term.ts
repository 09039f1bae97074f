/** Times that a limit of the server grants: what is asked within one is judged, what comes later says nothing. */
import type { Limits } from '../../schemas/generated/tables.ts'
import { Finding, Skip } from '../runner/case.ts'
import type { World } from './world.ts'

/** How late in a time something is tried: less late wherever the machine was too slow to tell. */
const SHARES = [0.75, 0.5, 0.25]

/** Begins when it is made, which is to be before the server's own count can begin. */
export class Term {
  readonly #name: keyof Limits
  readonly #ms: number
  readonly #began = performance.now()

  constructor(limits: Limits, name: keyof Limits) {
    this.#name = name
    this.#ms = limits[name]
  }

  get over(): boolean {
    return performance.now() - this.#began >= this.#ms
  }

  /** @throws Skip in the place of a Finding, where the server may have forgotten meanwhile. */
  judge(expectation: () => void): void {
    try {
      expectation()
    } catch (error) {
      if (error instanceof Finding && this.over) throw this.tooLate()
      throw error
    }
  }

  tooLate(): Skip {
    return new Skip(`took longer than ${this.#name} = ${this.#ms} ms, after which either outcome is right`)
  }
}

/** What came of a try: when its term began, and how to judge it. */
export interface Try {
  readonly term: Term
  judge(): void
}

/**
 * Tries something late in a time that the server grants.
 * @param play is to wait that many ms after its term has begun; each try has a room of its own.
 * @throws Skip where the wait is longer than the user allows, or where no try was over in time.
 */
export async function lateIn(
  world: World,
  limits: Limits,
  name: keyof Limits,
  play: (waitMs: number, room: string) => Promise<Try>,
): Promise<void> {
  const whole = world.affords(limits, name)
  let last: Term | undefined
  for (const [at, share] of SHARES.entries()) {
    const { term, judge } = await play(share * whole, world.room(`try-${at + 1}`))
    if (!term.over) return judge()
    last = term
  }
  throw last?.tooLate()
}
