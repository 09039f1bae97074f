/** `history`: what a room has stored, in pages. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { ME, streamOf } from './bus.ts'
import { fitting } from './fitting.ts'
import { mayRead } from './grants.ts'
import type { Peer } from './peer.ts'
import { frameOf } from './stored-message.ts'

/** "Whoever may read a room may page through what it has stored, without a subscription"; `@me` needs no grant. */
export async function history(peer: Peer, message: Chat.History, { sub, grants }: Claims): Promise<void> {
  const { room, before_seq, after_seq, limit = Number.POSITIVE_INFINITY } = message.payload
  const { bus, limits } = peer.world
  if (room !== ME && !mayRead(grants, room)) return peer.refuse(message, 'forbidden', 'no grant to read this room')
  const query = {
    limit: Math.min(limit, limits.history_max),
    ...(before_seq !== undefined && { before_seq }),
    ...(after_seq !== undefined && { after_seq }),
  }
  const { head, entries, more } = await bus.page(streamOf(room, sub), query)
  const page = entries.map((entry) => frameOf(entry))
  // What does not fit is left for the next page, so it goes from the end in which paging goes on.
  const backwards = after_seq === undefined
  const fit = fitting(backwards ? page.reverse() : page, limits.max_server_frame_bytes)
  const messages = backwards ? fit.reverse() : fit
  const has_more = more || messages.length < entries.length
  peer.ok<'history'>(message.id, { room, epoch: head.epoch, head_seq: head.seq, messages, has_more })
}
