/** What a server stores of rooms and tells between connections. In one process, or shared by many nodes, it looks the same. */
import type * as Chat from '../schemas/generated/chat.ts'

/** How the store recognises a repeat: who sent it under which client_msg_id, and a digest of what was sent. */
export interface Once {
  readonly key: string
  readonly content: string
}

type Body<Message extends Chat.StoredMessage> = Omit<Message['payload'], keyof Place | 'replay'>

/** What a publisher wants stored; everything but the place. */
export type Draft =
  | { readonly type: 'user_message'; readonly body: Body<Chat.UserMessage>; readonly once: Once }
  | { readonly type: 'system_message'; readonly body: Body<Chat.SystemMessage> }
  | { readonly type: 'notification'; readonly body: Body<Chat.Notification> }

interface Place {
  room: string
  epoch: string
  seq: number
  message_id: string
  notification_id: string
}

/** A stored message: its place in the stream is settled, the same for every subscriber on every node. */
export type Entry = Draft & {
  readonly stream: string
  readonly epoch: string
  readonly seq: number
  readonly id: string
  /** RFC 3339, of its creation. */
  readonly ts: string
}

export type Receipt =
  | { readonly outcome: 'accepted' | 'duplicate'; readonly entry: Entry }
  /** The client_msg_id was used for other content. */
  | { readonly outcome: 'conflict' }

/** What passes through a room and is stored nowhere. */
export interface Passing {
  readonly event: Chat.TypingEvent | Chat.SignalEvent | Chat.ReadEvent | Chat.PresenceEvent
  /** The id of the connection that caused it, which does not get it. */
  readonly cause?: string
}

/** The latest entry of a stream; `seq` 0 is before the first. */
export interface Head {
  readonly epoch: string
  readonly seq: number
}

/** Who hears everything of a stream. */
export interface Listener {
  stored(entry: Entry): void
  passing(passing: Passing): void
  /** The epoch has ended, or a hole cannot be filled; from here on entries follow on this head. */
  reset(head: Head): void
}

/** Both cursors are exclusive, and at most one is there; with none, the latest. */
export interface Query {
  readonly before_seq?: number
  readonly after_seq?: number
  readonly limit: number
}

/** Ascending; `more` says whether entries are left in the direction of paging. */
export interface Page {
  readonly head: Head
  readonly entries: readonly Entry[]
  readonly more: boolean
}

/** `ahead`: the seq is beyond the head. Otherwise the mark that holds now. */
export type Mark =
  | { readonly ahead: true }
  | { readonly ahead: false; readonly seq: number; readonly advanced: boolean }

/**
 * A stream is a room by its name, or the `@me` of one user by `streamOf`. Whatever needs a broker that is away rejects
 * with `Unavailable`.
 */
export interface Bus {
  /** Stores and fans out in one step, or finds the same message already stored. Resolves once the broker has accepted it. */
  publish(stream: string, draft: Draft): Promise<Receipt>
  /** Tells the listeners, in order among themselves. */
  pass(stream: string, passing: Passing): Promise<void>
  /** From the head on that it resolves with, the listener is called with every entry, in order, without a hole. */
  subscribe(stream: string, listener: Listener): Promise<Head>
  unsubscribe(stream: string, listener: Listener): void
  /** Resolves when the listeners on this node have heard all that was stored, on any node, before the call. */
  catchUp(stream: string): Promise<void>
  /** The stored entries after a seq, in order; those that were evicted are absent. */
  read(stream: string, after: number): Promise<readonly Entry[]>
  page(stream: string, query: Query): Promise<Page>
  /** Moves a user's read mark, only forward. */
  mark(stream: string, sub: string, seq: number): Promise<Mark>
  markOf(stream: string, sub: string): Promise<number | undefined>
  /** Ends the epoch: entries, read marks and what was sent before are forgotten. Resolves with the head of the new one. */
  reset(stream: string): Promise<Head>
}

export const ME = '@me'

/** "`@me`, a stream that each user has alone": no room's name holds a space. */
export function streamOf(room: string, sub: string): string {
  return room === ME ? `${ME} ${sub}` : room
}
