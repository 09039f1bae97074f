/**
 * Who comes and goes when: move n of the run belongs to member n mod members, and is due n intervals after the start.
 * Each member goes through the same round over and over, after which it is as before: gone.
 */

/**
 * `join` subscribes, `leave` unsubscribes, `blink` loses the connection and is back at once, `break` loses it and stays
 * away for longer than the grace.
 */
export const ROUND = ['join', 'blink', 'leave', 'join', 'break'] as const
export type Move = (typeof ROUND)[number]

/** So long after the grace, in ms, a server has surely taken a user for gone, and the next join is a new one. */
export const GONE_MS = 300

export interface Churn {
  /** Moves of the whole run. */
  readonly moves: number
  readonly members: number
  /** Between two moves of the run, in ms. */
  readonly interval_ms: number
}

/** The fields of a workload that make members come and go. */
export interface ChurnFields {
  readonly members: number
  readonly churn_per_s: number
  readonly duration_ms: number
}

/** What a watcher has to be told, and from when on it is so: `due_ms` after the start. */
export interface Told {
  readonly event: 'join' | 'leave'
  /** By what it came about: a connection that broke is taken for gone when the grace is over. */
  readonly by: 'join' | 'leave' | 'lapse'
  readonly due_ms: number
}

export function churnOf({ members, churn_per_s, duration_ms }: ChurnFields): Churn {
  return { moves: Math.floor((churn_per_s * duration_ms) / 1000), members, interval_ms: 1000 / churn_per_s }
}

/** The moves of a member, in their order. */
export function movesOf({ moves, members, interval_ms }: Churn, member: number): { move: Move; due_ms: number }[] {
  const count = Math.max(0, Math.ceil((moves - member) / members))
  return Array.from({ length: count }, (_, round) => ({
    move: ROUND[round % ROUND.length] ?? 'join',
    due_ms: (round * members + member) * interval_ms,
  }))
}

/** What the watchers of its room are told of a member. */
export function toldOf(churn: Churn, member: number, grace_ms: number): Told[] {
  return movesOf(churn, member).flatMap(({ move, due_ms }): Told[] => {
    if (move === 'join') return [{ event: 'join', by: 'join', due_ms }]
    if (move === 'leave') return [{ event: 'leave', by: 'leave', due_ms }]
    return move === 'break' ? [{ event: 'leave', by: 'lapse', due_ms: due_ms + grace_ms }] : []
  })
}
