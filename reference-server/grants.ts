/** Which rooms a token opens: exact names, or prefixes ending in `*`. */

export interface Grants {
  /** Read and write, from the claim `rooms`. */
  readonly write: readonly string[]
  /** Read only, from the claim `rooms_read`. */
  readonly read: readonly string[]
}

/** A room's name, or a prefix of one followed by `*`. */
const NAME_OR_PREFIX = /^(?:@me|[a-z0-9][a-z0-9_.:-]{0,127}\*?|\*)$/

/** Whether a claim is an array of grants. */
export function isGrant(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && NAME_OR_PREFIX.test(entry))
}

/** "Read: subscribe, history, presence_get, mark_read." No grant opens the reserved stream `@me` to a command. */
export function mayRead(grants: Grants, room: string): boolean {
  return mayWrite(grants, room) || opens(grants.read, room)
}

/** "Write: send_message, typing, signal." */
export function mayWrite(grants: Grants, room: string): boolean {
  return opens(grants.write, room)
}

function opens(entries: readonly string[], room: string): boolean {
  if (room === '@me') return false
  return entries.some((entry) => (entry.endsWith('*') ? room.startsWith(entry.slice(0, -1)) : room === entry))
}
