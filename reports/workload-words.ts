/** What a load run played, in words. */
import type { LoadResult, Workload } from '../schemas/generated/results.ts'
import { formatCount, formatDuration, plural } from './figures.ts'

/** In a few words: `150 subscribers, 20 messages/s for 5.0 s` of traffic, and of the others their numbers. */
export function workloadBrief(workload: Workload): string {
  if (!('subscribers' in workload)) return numbersOf(workload).join(', ')
  const { subscribers, rate_per_s, duration_ms } = workload
  return `${plural(subscribers, 'subscriber')}, ${formatCount(rate_per_s)} messages/s for ${formatDuration(duration_ms)}`
}

/** Part by part, with what played it. */
export function workloadParts({ workload, engine }: Pick<LoadResult, 'workload' | 'engine'>): readonly string[] {
  const parts = 'subscribers' in workload ? trafficParts(workload) : numbersOf(workload)
  return [
    ...(workload.description === undefined ? [] : [workload.description]),
    ...parts,
    `played by ${engine.name} ${engine.version}`,
  ]
}

type TrafficWorkload = Extract<Workload, { readonly subscribers: number }>

function trafficParts({ rooms, subscribers, publishers, rate_per_s, message_bytes, duration_ms }: TrafficWorkload) {
  return [
    plural(rooms, 'room'),
    plural(subscribers, 'subscriber'),
    plural(publishers, 'publisher'),
    `${formatCount(rate_per_s)} messages/s${message_bytes === undefined ? '' : ` of ${message_bytes} characters`}`,
    `for ${formatDuration(duration_ms)}`,
  ]
}

/** Such as `connections 1,000`: the fields that are numbers, by their names. */
function numbersOf(workload: object): readonly string[] {
  return Object.entries(workload).flatMap(([name, value]) => {
    if (typeof value !== 'number') return []
    const isDuration = name.endsWith('_ms')
    return `${name.replace(/_ms$/, '').replaceAll('_', ' ')} ${isDuration ? formatDuration(value) : formatCount(value)}`
  })
}
