/** When a connection that says nothing has to be closed, and what is to be thought of its end. Pure. */
import type { Limits } from '../../schemas/generated/tables.ts'

export type HeartbeatLimits = Pick<Limits, 'heartbeat_interval_ms' | 'heartbeat_grace_ms'>

/** The code of `heartbeat_timeout`. */
export const HEARTBEAT_TIMEOUT = 4301

/** "A connection on which no text message has come for heartbeat_interval_ms and heartbeat_grace_ms" */
export const patienceOf = ({ heartbeat_interval_ms, heartbeat_grace_ms }: HeartbeatLimits) =>
  heartbeat_interval_ms + heartbeat_grace_ms

/**
 * How long a server may take to find that out, in ms from the welcome. The protocol says from when on the connection
 * "MUST be closed", and nothing of how soon that is noticed. A server that stood still has sent its pings late, and may
 * be fair and give everybody the whole time again: twice. That it stood still, or looks around only once an interval,
 * takes no longer than the third.
 */
export const closedWithin = (limits: HeartbeatLimits) => 3 * patienceOf(limits)

/** The limits by which it takes longest; undefined of none. */
export function longest(all: readonly HeartbeatLimits[]): HeartbeatLimits | undefined {
  return all.reduce<HeartbeatLimits | undefined>(
    (found, { heartbeat_interval_ms, heartbeat_grace_ms }) =>
      found !== undefined && patienceOf(found) >= heartbeat_interval_ms + heartbeat_grace_ms
        ? found
        : { heartbeat_interval_ms, heartbeat_grace_ms },
    undefined,
  )
}

/** A timer of whole milliseconds at either end. */
const ROUNDING_MS = 2

/** The silence of one connection, on the clock, in ms. */
export interface Silence {
  /** The upgrade was accepted: the server cannot have heard anything before. */
  readonly openedAt: number
  /** The welcome arrived: the server had heard the hello, which was the last word, by then. */
  readonly welcomedAt: number
  /** How long the generator itself stood still at worst meanwhile. */
  readonly stood_ms: number
}

/** What broke the rule of a silence that was ended; undefined where it was kept. */
export function lateFault(silence: Silence, end: { code: number | undefined; at: number }, limits: HeartbeatLimits) {
  if (end.code !== HEARTBEAT_TIMEOUT) return `a silent connection was closed with ${end.code ?? 'no code'}`
  return isOverdue(silence, end.at, limits)
    ? `a silent connection was closed ${Math.round(end.at - silence.welcomedAt)} ms after its welcome`
    : undefined
}

/** As above, of an end that came before its time. */
export function earlyFault({ openedAt }: Silence, at: number, limits: HeartbeatLimits): string | undefined {
  const took = at - openedAt
  if (took >= patienceOf(limits) - ROUNDING_MS) return undefined
  return `a silent connection was closed after ${Math.round(took)} ms, and interval and grace are ${patienceOf(limits)} ms`
}

/** Whether it ought to have been closed, and seen to be, by now. */
export function isOverdue({ welcomedAt, stood_ms }: Silence, now: number, limits: HeartbeatLimits): boolean {
  return now - welcomedAt > closedWithin(limits) + stood_ms
}
