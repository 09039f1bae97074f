/** Samples the engine's and the server's processes, once a second. */
import { type Usage, usageOf } from './process-usage.ts'
import type { ProcessSample } from './series.ts'

export interface Reading {
  /** Wall clock, in ms since 1970. */
  readonly at: number
  readonly generator?: Usage | undefined
  readonly server?: Usage | undefined
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

/** What the series keeps of two readings. */
export function sampleBetween(before: Reading, after: Reading): ProcessSample {
  const generator_cpu = coresBetween(before, after, 'generator')
  return generator_cpu === undefined ? {} : { generator_cpu }
}
