/** What a token opens. Pure. */

/** As in the claims of a token. */
export interface GrantClaims {
  readonly rooms: readonly string[]
  readonly rooms_read: readonly string[]
}

export interface Grants {
  reads(room: string): boolean
  writes(room: string): boolean
}

export function grantsOf({ rooms, rooms_read }: GrantClaims): Grants {
  const opens = (grants: readonly string[]) => (room: string) =>
    grants.some((grant) => (grant.endsWith('*') ? room.startsWith(grant.slice(0, -1)) : grant === room))
  return { writes: opens(rooms), reads: opens([...rooms, ...rooms_read]) }
}
