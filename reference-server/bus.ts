/** The broker between publishers and subscribers. One in the process, or one that many nodes share, looks the same. */

import type * as Chat from '../schemas/generated/chat.ts'

/** What a publisher wants stored; everything but `from` as the client sent it. */
export interface Draft {
  readonly from: Chat.User
  readonly client_msg_id: string
  readonly text: string
  readonly content_type?: Chat.ContentType
  readonly reply_to_message_id?: string
  readonly metadata?: Chat.OpenObject
}

/** A stored message: its place in the room is settled, the same for every subscriber on every node. */
export interface Entry extends Draft {
  readonly room: string
  readonly epoch: string
  readonly seq: number
  readonly message_id: string
  /** RFC 3339, of its creation. */
  readonly ts: string
}

export type Receipt =
  | { readonly outcome: 'accepted' | 'duplicate'; readonly entry: Entry }
  /** The client_msg_id was used for other content. */
  | { readonly outcome: 'conflict' }

/** The latest entry of a room; `seq` 0 is before the first. */
export interface Head {
  readonly epoch: string
  readonly seq: number
}

export type Listener = (entry: Entry) => void

export interface Bus {
  /** Stores and fans out in one step, or finds the same message already stored. Resolves once the broker has accepted it. */
  publish(room: string, draft: Draft): Promise<Receipt>
  /** From the head on that it resolves with, the listener is called with every entry, in order, without a hole. */
  subscribe(room: string, listener: Listener): Promise<Head>
  unsubscribe(room: string, listener: Listener): void
  /** The stored entries after a seq, in order; those that were evicted are absent. */
  read(room: string, after: number): Promise<readonly Entry[]>
}
