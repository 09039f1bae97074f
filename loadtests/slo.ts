/** A service level objective, as it is written on a command line: `p99<100ms,lost=0`. */
import type { WorkloadThresholds } from '../schemas/generated/results.ts'

/** The SLO cannot be read; the message is one sentence that says where and what would be right. */
export class SloError extends Error {
  override name = 'SloError'
}

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }
const PERCENTILE = /^(?:([a-z_]+)\.)?(min|mean|p50|p90|p99|p99[._]9|max)$/

/**
 * The bounds that a text means, by figure as workloads name them: the greatest value that passes, latencies in ms.
 * A percentile without a latency before it is one of `delivery`.
 * @throws SloError; whether there is such a figure is for the workload's schema to say.
 */
export function parseSlo(text: string): WorkloadThresholds {
  const bounds: Record<string, number> = {}
  for (const part of text.split(',').map((each) => each.trim())) {
    const [name, limit] = boundOf(part)
    if (Object.hasOwn(bounds, name)) throw new SloError(`the SLO bounds ${name} twice: give each figure one bound`)
    bounds[name] = limit
  }
  return bounds
}

function boundOf(part: string): readonly [name: string, limit: number] {
  const [, figure = '', sign = '', amount = '', unit = ''] =
    /^([a-z][a-z0-9_.]*)\s*(<=|<|=)\s*(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(part) ?? []
  if (figure === '') throw new SloError(`the SLO's "${part}" is no bound: write one such as p99<100ms or lost=0`)
  const [, latency = 'delivery', at] = PERCENTILE.exec(figure) ?? []
  if (at === undefined) return [figure, countLimit(part, sign, amount, unit)]
  const factor = UNITS_MS[unit]
  if (factor === undefined)
    throw new SloError(`the SLO's "${part}" needs a unit of time: write us, ms or s after ${amount}`)
  if (sign === '=')
    throw new SloError(`the SLO's "${part}" asks for one exact latency: write ${figure}<${amount}${unit}`)
  return [`${latency}.${at.replace('.', '_')}`, Number(amount) * factor]
}

function countLimit(part: string, sign: string, amount: string, unit: string): number {
  const count = Number(amount)
  if (unit !== '' || !Number.isSafeInteger(count))
    throw new SloError(`the SLO's "${part}" bounds a count: write a whole number without a unit, such as lost=0`)
  if (sign === '=' && count !== 0)
    throw new SloError(`the SLO's "${part}" asks for that many: write ${part.replace('=', '<=')} for at most that many`)
  if (sign === '<' && count === 0)
    throw new SloError(`the SLO's "${part}" cannot hold, for no count is below 0: write =0`)
  return sign === '<' ? count - 1 : count
}
