/**
 * One sub-millisecond clock for all VUs of a run, whichever engine they run in: milliseconds since the run's zero.
 *
 * k6 has no `performance.now`. It has `currentTestRunDuration`, in nanoseconds and the same for every VU of a process,
 * and stamps each frame that it reads with the wall clock; `Date.now()` shows the wall clock too, in whole
 * milliseconds. So each VU measures where on the wall clock its engine's began, and the coordinator takes the best of
 * these for the engine and one zero for all: due times and arrivals then are times of one wall, and what is left of
 * the measurement (microseconds; less than a tick in the worst case) only makes an engine send that much late, which
 * counts as latency, as any lateness does.
 */
import exec from 'k6/execution'

/** Enough ticks of 1 ms that a pause of the garbage collector spoils only some of them. */
const TICKS = 10

export interface Clock {
  /** Milliseconds since the run's zero. */
  now(): number
  /** Wall clock at the run's zero, in milliseconds since 1970 with their fraction. */
  readonly zero: number
}

/** The clock of an engine, before it is set to that of the run. */
export interface EngineClock {
  /** Wall clock, in milliseconds since 1970 with their fraction, at which the engine's clock was 0. */
  readonly epoch: number
  /** @param epoch of the engine, as the best of its VUs measured it. */
  setTo(zero: number, epoch: number): Clock
}

/** Blocks for some milliseconds to measure the distance to the wall clock, so it is called before anything is timed. */
export function startClock(): EngineClock {
  // Each access to `exec.instance` makes a new object, which costs thirty times as much as the reading itself.
  const instance = exec.instance
  const now = () => instance.currentTestRunDuration
  let epoch = Number.NEGATIVE_INFINITY
  for (let tick = 0; tick < TICKS; tick++) {
    const wall = nextMillisecond()
    // The reading can only come too late after the tick, so the greatest difference is the nearest to the truth.
    epoch = Math.max(epoch, wall - now())
  }
  return { epoch, setTo: (zero, best) => ({ zero, now: () => now() + (best - zero) }) }
}

function nextMillisecond(): number {
  const before = Date.now()
  let wall = before
  while (wall === before) wall = Date.now()
  return wall
}
