/** Who connects where and when: a workload dealt to VUs, as values. */
import type { Schedule } from './scenarios/schedule.ts'
import { roomOf } from './scenarios/schedule.ts'
import type { Seat, Share } from './scenarios/vu-messages.ts'
import type { PlayedWorkload } from './workload.ts'

/** A share whose tokens are not minted yet. */
export type Place = Omit<Seat, 'token'> & { readonly sub: string }
export type Plan = Omit<Share, 'subscribers' | 'publishers'> & {
  /** Per VU. */
  readonly shares: readonly { readonly subscribers: readonly Place[]; readonly publishers: readonly Place[] }[]
}

export interface Setting {
  readonly urls: readonly string[]
  readonly origin?: string | undefined
  readonly vus: number
  /** Keeps the rooms and users of this run apart from those of every other. */
  readonly run: string
}

/**
 * How long after its ramp a connection may take to get ready, in ms: the time that the protocol's default profile
 * gives a client for its own part of the handshake.
 */
const READY_PATIENCE_MS = 10_000

/** The schedule that a workload means; at least one message. */
export function scheduleOf(workload: PlayedWorkload): Schedule {
  const { publishers, rooms, rate_per_s, duration_ms } = workload
  const messages = Math.max(1, Math.floor((rate_per_s * duration_ms) / 1000))
  return { messages, publishers, rooms, interval_ms: 1000 / rate_per_s }
}

/** Deals publishers and subscribers to rooms, addresses and VUs in turn. Publishers connect first. */
export function planFanOut(workload: PlayedWorkload, { urls, origin, vus, run }: Setting): Plan {
  const { subscribers, publishers, connect_rate_per_s, message_bytes, drain_ms, late_ms } = workload
  const schedule = scheduleOf(workload)
  const place = (kind: string, number: number, position: number): Place => ({
    number,
    sub: `load-${run}-${kind}${number}`,
    room: `load-${run}-${roomOf(schedule, number)}`,
    url: urls[position % urls.length] ?? '',
    connect_ms: (position * 1000) / connect_rate_per_s,
  })
  const seats = {
    publishers: Array.from({ length: publishers }, (_, number) => place('p', number, number)),
    subscribers: Array.from({ length: subscribers }, (_, number) => place('s', number, publishers + number)),
  }
  const ofVu = (vu: number) => (_: Place, index: number) => index % vus === vu
  return {
    schedule,
    ...(origin === undefined ? {} : { origin }),
    message_bytes,
    sender_prefix: `load-${run}-p`,
    ready_ms: ((publishers + subscribers) * 1000) / connect_rate_per_s + READY_PATIENCE_MS,
    drain_ms,
    late_ms,
    shares: Array.from({ length: vus }, (_, vu) => ({
      publishers: seats.publishers.filter(ofVu(vu)),
      subscribers: seats.subscribers.filter(ofVu(vu)),
    })),
  }
}
