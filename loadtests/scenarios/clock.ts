/**
 * One sub-millisecond clock for all VUs of a process: milliseconds since the test began.
 *
 * k6 has no `performance.now`. It has `currentTestRunDuration`, in nanoseconds and the same for every VU, and stamps
 * each frame that it reads with the wall clock; `Date.now()` shows the wall clock too, in whole milliseconds.
 */
import exec from 'k6/execution'

/** Enough ticks of 1 ms that a pause of the garbage collector spoils only some of them. */
const TICKS = 10

export interface Clock {
  /** Milliseconds since the test began. */
  now(): number
  /** Wall clock, in milliseconds since 1970 with their fraction, at which `now()` was 0. */
  readonly epoch: number
}

/** Blocks for some milliseconds to measure the distance to the wall clock, so it is called before anything is timed. */
export function startClock(): Clock {
  // Each access to `exec.instance` makes a new object, which costs thirty times as much as the reading itself.
  const instance = exec.instance
  const now = () => instance.currentTestRunDuration
  let epoch = Number.NEGATIVE_INFINITY
  for (let tick = 0; tick < TICKS; tick++) {
    const wall = nextMillisecond()
    // The reading can only come too late after the tick, so the greatest difference is the nearest to the truth.
    epoch = Math.max(epoch, wall - now())
  }
  return { now, epoch }
}

function nextMillisecond(): number {
  const before = Date.now()
  let wall = before
  while (wall === before) wall = Date.now()
  return wall
}
