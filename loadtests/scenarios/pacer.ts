/** Doing things when a plan says so, and never thinning the plan: who is late catches up. */

export interface Pace {
  readonly count: number
  /** When each is due, on the clock of `now`, in ms; ascending. */
  dueAt(index: number): number
  now(): number
  /** Whether the plan was called off. */
  stopped(): boolean
}

/**
 * Calls `act` for each index, never before it is due, and as soon as possible where that has passed.
 * @returns when all are done or the plan was called off.
 */
export function pace(plan: Pace, act: (index: number) => void): Promise<void> {
  let next = 0
  return new Promise((resolve) => {
    const step = () => {
      while (next < plan.count && !plan.stopped()) {
        const wait = plan.dueAt(next) - plan.now()
        if (wait > 0) return void setTimeout(step, Math.min(wait, LOOK_AROUND_MS))
        act(next++)
      }
      resolve()
    }
    step()
  })
}

/** Waits until `condition` holds, the deadline has passed or `stopped` says so; resolves to whether it holds. */
export function until(condition: () => boolean, deadline: number, { now, stopped }: Pick<Pace, 'now' | 'stopped'>) {
  return new Promise<boolean>((resolve) => {
    const look = () => {
      if (condition()) return resolve(true)
      const left = deadline - now()
      if (left <= 0 || stopped()) return resolve(false)
      setTimeout(look, Math.min(left, LOOK_AROUND_MS))
    }
    look()
  })
}

/** How soon a plan that is called off ends: soon for a person, seldom for a processor. */
const LOOK_AROUND_MS = 50
