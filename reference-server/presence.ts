/** Who is present in which room, and with which status, on all nodes together. */
import type * as Chat from '../schemas/generated/chat.ts'

/** `left`: on purpose, at once. `lost`: the connection broke, and the grace begins. */
export type Parting = 'left' | 'lost'

export interface Listing {
  /** Each once; no more than were asked for. */
  readonly users: readonly Chat.PresenceEntry[]
  /** All who are present, listed or not. */
  readonly count: number
  /** Every later event has a higher one. */
  readonly rev: number
}

/** Tells the watchers by itself; a `join` names the connection that caused it. */
export interface Presence {
  /** @param status the one to begin with, where the user is present in no room */
  enter(room: string, user: Chat.User, connection: string, status: Chat.Status): Promise<void>
  exit(room: string, sub: string, connection: string, how: Parting): Promise<void>
  list(room: string, most: number): Promise<Listing>
  /** Whether the user is present in any room; a status is kept only as long. */
  setStatus(sub: string, status: Chat.Status): Promise<boolean>
  /** Undefined where the user is present in no room. */
  statusOf(sub: string): Promise<Chat.Status | undefined>
}
