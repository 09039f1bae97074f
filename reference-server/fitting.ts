/** How much of a list one frame can hold. */

/** For the envelope, the room, the epoch and whatever else stands beside the list. */
const AROUND_BYTES = 2048

/** As many items from the start as fit, as JSON, into a frame of so many bytes. */
export function fitting<Item>(items: readonly Item[], frameBytes: number): Item[] {
  let left = frameBytes - AROUND_BYTES
  const fit: Item[] = []
  for (const item of items) {
    left -= Buffer.byteLength(JSON.stringify(item)) + 1
    if (left < 0) return fit
    fit.push(item)
  }
  return fit
}
