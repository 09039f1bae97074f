/** The generator's own pulse: whoever judges others by time has to know how late it is itself. */
import type { Stage } from './stage.ts'
import { Stalls, TICK_MS } from './stalls.ts'

export interface Pulse {
  /** The longest time that the generator stood still since then, on the clock, in ms. */
  worstSince(since: number): number
  end(): void
}

/** Starts it. Frames are few here, so it is the pulse that fills `queue`, by which the run's validity is judged. */
export function pulse({ now, tally }: Pick<Stage, 'now' | 'tally'>): Pulse {
  const stalls = new Stalls(now())
  let timer = setTimeout(beat, TICK_MS)
  function beat() {
    const at = now()
    tally.count('queue', stalls.tick(at), at)
    timer = setTimeout(beat, TICK_MS)
  }
  return { worstSince: (since) => stalls.worstSince(since, now()), end: () => clearTimeout(timer) }
}
