/** The generator's own pulse: whoever judges others by time has to know how late it is itself. */
import type { Clock } from './clock.ts'
import { Stalls, TICK_MS } from './stalls.ts'
import type { Tally } from './tally.ts'

export interface Pulse {
  /** Counts as `pulse` what comes from then on, on the clock in ms. */
  countFrom(since: number): void
  /** The longest time that the generator stood still since then, on the clock, in ms. */
  worstSince(since: number): number
  end(): void
}

/** Starts it: a timer, and how late it comes. A frame that waits unread with its process shows in nothing else. */
export function startPulse({ now }: Clock, tally: Tally): Pulse {
  const stalls = new Stalls(now())
  let countedFrom = Number.POSITIVE_INFINITY
  let timer = setTimeout(beat, TICK_MS)
  function beat() {
    const at = now()
    for (const late of stalls.tick(at)) if (at - late >= countedFrom) tally.count('pulse', late, at)
    timer = setTimeout(beat, TICK_MS)
  }
  return {
    countFrom: (since) => {
      countedFrom = since
    },
    worstSince: (since) => stalls.worstSince(since, now()),
    end: () => clearTimeout(timer),
  }
}
