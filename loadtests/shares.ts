/** Deals seats to the VUs of a run. */
import type { Deal } from './plans/plan.ts'
import type { PlayedWorkload } from './played-workload.ts'
import type { Seat, Share } from './scenarios/vu-messages.ts'

/** The seats of each role to the VUs in turn, so that every engine has its part of each. */
export function dealShares(
  seats: readonly Seat[],
  vus: number,
  { workload, traffic, ready_ms, play_ms, origin }: Pick<Deal, 'traffic' | 'ready_ms' | 'play_ms'> & SharedByAll,
): Share[] {
  const common = { workload, traffic, ready_ms, play_ms, ...(origin === undefined ? {} : { origin }) }
  const dealt = new Map<string, number>()
  const hands = Array.from({ length: vus }, (): Seat[] => [])
  for (const seat of seats) {
    const turn = dealt.get(seat.role) ?? 0
    hands[turn % vus]?.push(seat)
    dealt.set(seat.role, turn + 1)
  }
  return hands.map((hand) => ({ ...common, seats: hand }))
}

interface SharedByAll {
  readonly workload: PlayedWorkload
  readonly origin?: string | undefined
}
