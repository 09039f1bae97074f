/** The tokens of a run: one for each connection, with the one room that it needs. */
import type { Target } from '../schemas/target.ts'
import type { Place, Plan } from './plan.ts'
import type { Seat, Share } from './scenarios/vu-messages.ts'

/** Where a command mints them, each is a process: a few at a time. */
const AT_ONCE = 8

/** @param expiry NumericDate, in seconds, beyond the end of the run. */
export async function mintShares(plan: Plan, target: Target, expiry: number): Promise<Share[]> {
  const { shares, ...common } = plan
  const tokens = new Map<Place, string>()
  const wanted = shares.flatMap(({ subscribers, publishers }) => [
    ...subscribers.map((place) => ({ place, grant: { rooms_read: [place.room] } })),
    ...publishers.map((place) => ({ place, grant: { rooms: [place.room] } })),
  ])
  const queue = wanted.values()
  const mintNext = async () => {
    for (const { place, grant } of queue) {
      tokens.set(place, await target.mint({ sub: place.sub, ...grant, exp: expiry }))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, mintNext))
  const seat = (place: Place): Seat => {
    const { sub: _sub, ...rest } = place
    return { ...rest, token: tokens.get(place) ?? '' }
  }
  return shares.map(({ subscribers, publishers }) => ({
    ...common,
    subscribers: subscribers.map(seat),
    publishers: publishers.map(seat),
  }))
}
