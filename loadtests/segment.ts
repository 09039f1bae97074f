/** One shard of a run that several machines play: every n-th room, with all who are in it. */
import type { Segment } from '../schemas/generated/results.ts'
import { dealOf } from './deal.ts'
import type { Deal, Setting } from './plans/plan.ts'
import { type PlayedWorkload, type Scenario, WorkloadError } from './played-workload.ts'
import { messagesOf, type Schedule } from './scenarios/schedule.ts'
import { isVisitor } from './scenarios/visitors.ts'

/** Scenarios of which a room is a run by itself; others have no rooms, or a part beside them that every segment would play. */
const SPLITTABLE: readonly Scenario[] = ['auth', 'fan-out', 'presence', 'soak']

type Server = Pick<Setting, 'isOurs' | 'hasControl' | 'nodes'>

/**
 * What the segment plays of the whole: rooms are dealt to the segments in turn. Nobody hears what is said in another
 * room, so each segment's ledger is exact by itself, and the sums of all are those of the whole.
 * @throws WorkloadError where there are fewer rooms than segments, or nobody of some role is in the rooms of this one.
 */
export function segmentOf(deal: Deal, segment: Segment | undefined): Deal {
  if (segment === undefined) return deal
  const rooms = [...new Set(deal.places.map(({ room }) => room))]
  if (segment.of > rooms.length)
    throw new WorkloadError(
      `segment ${segmentName(segment)} splits ${rooms.length} rooms into ${segment.of}: use at most ${rooms.length} segments, or more rooms`,
    )
  const kept = new Set(rooms.filter((_, index) => index % segment.of === segment.index - 1))
  const places = deal.places.filter(({ room }) => kept.has(room))
  const missing = rolesOf(deal.places).find((role) => !rolesOf(places).includes(role))
  if (missing !== undefined)
    throw new WorkloadError(
      `segment ${segmentName(segment)} has rooms without ${missing}s, so it would play nothing that says anything: use more ${missing}s, or fewer segments`,
    )
  return { ...deal, places }
}

/** Of those without whom nothing can be played. */
function rolesOf(places: Deal['places']): readonly string[] {
  return [...new Set(places.map(({ role }) => role))].filter((role) => !isVisitor(role))
}

/** @throws WorkloadError where a workload of that scenario cannot be split. */
function requireSplittable({ scenario }: PlayedWorkload, segment: Segment | undefined): void {
  if (segment === undefined || SPLITTABLE.includes(scenario)) return
  throw new WorkloadError(
    `the scenario ${scenario} cannot be split into segments, as ${SPLITTABLE.join(', ')} can: leave out --segment`,
  )
}

/** The schedule of those who were dealt, as if there were no others: what is owed to them, and by when. */
export function scheduleOfDealt({ places, traffic: { schedule } }: Deal): Schedule {
  const dealt = places.filter(({ role }) => role === 'publisher').map(({ number }) => number)
  if (dealt.length === schedule.publishers || dealt.length === 0) return schedule
  return {
    messages: dealt.reduce((sum, publisher) => sum + messagesOf(schedule, publisher), 0),
    publishers: dealt.length,
    rooms: new Set(places.map(({ room }) => room)).size,
    interval_ms: (schedule.interval_ms * schedule.publishers) / dealt.length,
  }
}

/**
 * How many connections a workload opens here.
 * @param server what is known of it.
 * @throws WorkloadError where the plan cannot be dealt, or not be split.
 */
export function connectionsOf(workload: PlayedWorkload, segment: Segment | undefined, server: Server = {}): number {
  requireSplittable(workload, segment)
  return segmentOf(dealOf(workload, { urls: [''], run: '', ...server }), segment).places.length
}

/** Such as `1/3`. */
export const segmentName = ({ index, of }: Segment): string => `${index}/${of}`
