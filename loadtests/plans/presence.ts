/** Members who come and go at a rate, and watchers who are to be told of it: all of it, once, and nothing else. */
import { PROFILES } from '../../schemas/generated/tables.ts'
import { type PlayedWorkload, WorkloadError } from '../played-workload.ts'
import { GONE_MS } from '../scenarios/churn.ts'
import type { Deal, Place, ScenarioPlan, Setting } from './plan.ts'
import { NO_TRAFFIC, READY_PATIENCE_MS, requireRole } from './traffic.ts'

type Presence = PlayedWorkload<'presence'>

export const presence: ScenarioPlan<Presence> = {
  script: 'presence',
  latencies: ['join', 'leave', 'lapse', 'move_delay', 'connect', 'queue', 'pulse'],
  checks: () => ({
    told_only_what_is:
      'a watcher is told of a join or leave once, under a rising rev, not before it is so, and not of a return within the grace',
    nobody_is_missed: 'a watcher is told of every join and leave of its room',
    lists_agree: 'presence_get, the snapshot with the events after it, and the schedule agree on who is there',
  }),
  describe: ({ watchers, members, rooms, churn_per_s }) =>
    `${watchers} watchers and ${members} members in ${rooms} rooms, ${churn_per_s} moves/s`,
  limits: ({ watchers, members, rooms, grace_ms }) => ({
    presence_grace_ms: grace_ms,
    presence_max: Math.max(PROFILES.default.presence_max, Math.ceil(watchers / rooms) + Math.ceil(members / rooms)),
  }),
  deal,
  requirePlayable(ready) {
    for (const role of ['watcher', 'member']) requireRole(ready, role)
  },
}

/** @throws WorkloadError where a member has no time to be gone. */
function deal(workload: Presence, { urls, run }: Setting): Deal {
  const { watchers, members, rooms, connect_rate_per_s, duration_ms, grace_ms, drain_ms, churn_per_s } = workload
  const between_ms = (members * 1000) / churn_per_s
  if (between_ms < grace_ms + GONE_MS)
    throw new WorkloadError(
      `each of ${members} members moves every ${Math.round(between_ms)} ms, which leaves no time to be gone after a grace of ${grace_ms} ms: use at least ${Math.ceil(((grace_ms + GONE_MS) * churn_per_s) / 1000)} members, or a lower churn_per_s`,
    )
  const prefix = `load-${run}-`
  const place = (role: 'watcher' | 'member', number: number, position: number): Place => {
    const room = `${prefix}${number % rooms}`
    const grant = role === 'member' ? { rooms: [room] } : { rooms_read: [room] }
    return {
      ...{ role, number, room, url: urls[position % urls.length] ?? '' },
      connect_ms: (position * 1000) / connect_rate_per_s,
      token: { sub: `${prefix}${role[0]}${number}`, ...grant },
    }
  }
  return {
    places: [
      ...Array.from({ length: watchers }, (_, number) => place('watcher', number, number)),
      ...Array.from({ length: members }, (_, number) => place('member', number, watchers + number)),
    ],
    traffic: { ...NO_TRAFFIC, sender_prefix: prefix },
    ready_ms: ((watchers + members) * 1000) / connect_rate_per_s + READY_PATIENCE_MS,
    // After the last move comes its grace, the wait for what is under way, and that for the lists.
    play_ms: duration_ms + grace_ms + 2 * drain_ms,
  }
}
