/** What is done for many is done for many at a time, and not for all at once. */

/** So many are under way together: what is asked meanwhile waits no longer than these take. */
const TURN = 100

/** @throws what the first action that fails throws; the turns after it are not done */
export async function inTurns<Item>(items: Iterable<Item>, action: (item: Item) => Promise<unknown>): Promise<void> {
  const all = [...items]
  for (let at = 0; at < all.length; at += TURN) await Promise.all(all.slice(at, at + TURN).map(action))
}
