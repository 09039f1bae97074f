/** What scenarios share that have publishers and subscribers: who connects where and when, and what they need. */
import { type Limits, PROFILES } from '../../schemas/generated/tables.ts'
import { TargetError } from '../../schemas/target.ts'
import { type PlayedWorkload, ServerLimit } from '../played-workload.ts'
import { roomOf, type Schedule } from '../scenarios/schedule.ts'
import type { Ready, Traffic } from '../scenarios/vu-messages.ts'
import type { Deal, Place, Setting } from './plan.ts'

/** The fields of a workload that make traffic. */
export type TrafficWorkload = Pick<
  PlayedWorkload<'fan-out'>,
  | 'rooms'
  | 'subscribers'
  | 'publishers'
  | 'rate_per_s'
  | 'message_bytes'
  | 'connect_rate_per_s'
  | 'duration_ms'
  | 'drain_ms'
  | 'late_ms'
>

/**
 * How long after its ramp a connection may take to get ready, in ms: the time that the protocol's default profile
 * gives a client for its own part of the handshake.
 */
export const READY_PATIENCE_MS = 10_000

/** The schedule that a workload means; at least one message. */
export function scheduleOf(workload: TrafficWorkload): Schedule {
  const { publishers, rooms, rate_per_s, duration_ms } = workload
  const messages = Math.max(1, Math.floor((rate_per_s * duration_ms) / 1000))
  return { messages, publishers, rooms, interval_ms: 1000 / rate_per_s }
}

/**
 * Deals publishers and subscribers to rooms in turn, and those of a room to the addresses: whatever their numbers, a
 * room is heard at all of them. Publishers connect first.
 */
export function dealTraffic(workload: TrafficWorkload, { urls, run }: Setting): Deal {
  const { rooms, subscribers, publishers, connect_rate_per_s, message_bytes, drain_ms, late_ms, duration_ms } = workload
  const schedule = scheduleOf(workload)
  const place = (role: 'publisher' | 'subscriber', number: number, position: number): Place => {
    const room = `load-${run}-${roomOf(schedule, number)}`
    const grant = role === 'publisher' ? { rooms: [room] } : { rooms_read: [room] }
    return {
      ...{ role, number, room, url: urls[((number % rooms) + Math.floor(number / rooms)) % urls.length] ?? '' },
      connect_ms: (position * 1000) / connect_rate_per_s,
      token: { sub: `load-${run}-${role[0]}${number}`, ...grant },
    }
  }
  const traffic: Traffic = { schedule, message_bytes, sender_prefix: `load-${run}-p`, drain_ms, late_ms }
  return {
    places: [
      ...Array.from({ length: publishers }, (_, number) => place('publisher', number, number)),
      ...Array.from({ length: subscribers }, (_, number) => place('subscriber', number, publishers + number)),
    ],
    traffic,
    ready_ms: ((publishers + subscribers) * 1000) / connect_rate_per_s + READY_PATIENCE_MS,
    play_ms: duration_ms,
  }
}

/** Such as `150 subscribers in 3 rooms, 20 messages/s`. */
function describeTraffic({ subscribers, rooms, rate_per_s }: TrafficWorkload): string {
  return `${subscribers} subscribers in ${rooms} rooms, ${rate_per_s} messages/s`
}

/** Each publisher may send twice its share of the rate, so that no limit is measured. */
function limitsForTraffic({ rate_per_s, publishers }: TrafficWorkload): Partial<Limits> {
  const needed = Math.ceil((2 * rate_per_s) / publishers)
  const { default: usual } = PROFILES
  return { rate_per_s: Math.max(usual.rate_per_s, needed), rate_burst: Math.max(usual.rate_burst, needed) }
}

/** A run in which nobody listens, nobody publishes, or the server must refuse what is planned says nothing. */
function requireTraffic(ready: readonly Ready[], { publishers, rate_per_s }: TrafficWorkload): void {
  for (const role of ['publisher', 'subscriber']) requireRole(ready, role)
  const share = rate_per_s / publishers
  const granted = Math.min(...ready.map((vu) => vu.rate_per_s ?? Number.POSITIVE_INFINITY))
  if (share <= granted) return
  throw new ServerLimit(
    `publisher rate ${share}/s exceeds the server's limit of ${granted}/s (rate_per_s in its welcome): ` +
      `use at least ${Math.ceil(rate_per_s / granted)} publishers, or a rate of at most ${granted * publishers}/s`,
  )
}

/** @throws TargetError where nobody of a role got ready, with the reason that VUs gave. */
export function requireRole(ready: readonly Ready[], role: string): void {
  if (ready.some((vu) => (vu.roles[role] ?? 0) > 0)) return
  const [trouble] = ready.flatMap(({ troubles }) => Object.keys(troubles).filter((text) => text.startsWith(role)))
  throw new TargetError(
    `no ${role} got ready${trouble === undefined ? '' : ` (${trouble})`}: is a chat.v1 server there, and are its tokens right?`,
  )
}

/** The plan of a scenario that is traffic and nothing else; others put their own beside it. */
export const TRAFFIC_PLAN = {
  script: 'fan-out',
  latencies: ['delivery', 'publish_delay', 'ack', 'connect', 'queue', 'pulse'],
  checks: () => ({}),
  describe: describeTraffic,
  limits: limitsForTraffic,
  deal: dealTraffic,
  requirePlayable: requireTraffic,
} as const

/** Of a scenario that publishes nothing. */
export const NO_TRAFFIC: Traffic = {
  schedule: { messages: 0, publishers: 0, rooms: 0, interval_ms: 1 },
  message_bytes: 0,
  sender_prefix: '',
  drain_ms: 0,
  late_ms: 0,
}
