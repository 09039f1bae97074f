/** The tokens of a run, each with what its connection needs and no more. */
import type { Target } from '../schemas/target.ts'
import type { Place, TokenWish } from './plans/plan.ts'
import type { Seat } from './scenarios/vu-messages.ts'

/** Tokens outlive the run by this much, in ms, so that none expires where it takes a little longer. */
export const TOKEN_SPARE_MS = 120_000

/** Where a command mints them, each is a process: a few at a time. */
const AT_ONCE = 8

/**
 * Mints what the places wish for, in the order of the places.
 * @param lasting_ms from now to beyond the end of the run.
 */
export async function mintSeats(places: readonly Place[], target: Target, lasting_ms: number): Promise<Seat[]> {
  const tokens = new Map<TokenWish, string>()
  const wishes = places.flatMap(({ token, refresh_tokens = [] }) => [token, ...refresh_tokens]).values()
  const mintNext = async () => {
    for (const wish of wishes) {
      const { sub, rooms, rooms_read, expires_ms = lasting_ms, isForged = false } = wish
      const grants = { ...(rooms && { rooms }), ...(rooms_read && { rooms_read }) }
      const token = await target.mint({ sub, ...grants, exp: Math.ceil((Date.now() + expires_ms) / 1000) })
      tokens.set(wish, isForged ? forged(token) : token)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, mintNext))
  const minted = (wish: TokenWish) => tokens.get(wish) ?? ''
  return places.map(({ token, refresh_tokens, ...rest }) => ({
    ...rest,
    token: minted(token),
    ...(refresh_tokens && { refresh_tokens: refresh_tokens.map(minted) }),
  }))
}

/** The same claims under another signature: its first character is another one, which no padding absorbs. */
function forged(token: string): string {
  const signature = token.lastIndexOf('.') + 1
  return `${token.slice(0, signature)}${token[signature] === 'A' ? 'B' : 'A'}${token.slice(signature + 1)}`
}
