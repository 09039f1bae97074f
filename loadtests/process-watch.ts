/** Samples the engine's and the server's processes, once a second. */
import { type Usage, usageOf } from './process-usage.ts'
import type { ProcessSample } from './series.ts'

export interface Reading {
  /** Wall clock, in ms since 1970. */
  readonly at: number
  readonly generator?: Usage | undefined
  readonly server?: Usage | undefined
}

/** Before anything connected, at the first connection, at the first publish, and when all was counted. */
export interface Readings {
  begin: Reading
  ramp?: Reading
  start?: Reading
  end?: Reading
}

export interface Watched {
  readonly generator: number | undefined
  readonly server: number | undefined
}

export function readUsage({ generator, server }: Watched): Reading {
  return { at: Date.now(), generator: usageOf(generator), server: usageOf(server) }
}

/** Cores used between two readings; undefined where one of them knows nothing. */
export function coresBetween(before: Reading, after: Reading, who: 'generator' | 'server'): number | undefined {
  const [from, to] = [before[who], after[who]]
  const seconds = (after.at - before.at) / 1000
  return from === undefined || to === undefined || seconds <= 0 ? undefined : (to.cpu_s - from.cpu_s) / seconds
}

/**
 * Cores used while the load was on. Where nothing is published the ramp is the load, and what is held after it would
 * thin it out: the greater of the ramp and of all counts.
 */
export function coresUnderLoad({ ramp, start, end }: Readings, hasTraffic: boolean): number | undefined {
  const between = (from?: Reading, to?: Reading) => from && to && coresBetween(from, to, 'generator')
  if (hasTraffic) return between(start, end)
  const cores = [isLong(ramp, start) ? between(ramp, start) : undefined, between(ramp, end)]
  const known = cores.filter((one) => one !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/** CPU time is counted in ticks of 10 ms: within less than a second they tell little. */
const isLong = (from?: Reading, to?: Reading) => from !== undefined && to !== undefined && to.at - from.at >= 1000

/** What the series keeps of two readings. */
export function sampleBetween(before: Reading, after: Reading): ProcessSample {
  const generator_cpu = coresBetween(before, after, 'generator')
  return generator_cpu === undefined ? {} : { generator_cpu }
}
