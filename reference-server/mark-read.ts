/** `mark_read`: one mark per user and room, which goes only forward. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { mayRead } from './grants.ts'
import type { Peer } from './peer.ts'
import { userOf } from './stored-message.ts'

export async function markRead(peer: Peer, message: Chat.MarkRead, claims: Claims): Promise<void> {
  const { room, seq } = message.payload
  const { bus } = peer.world
  if (!mayRead(claims.grants, room)) return peer.refuse(message, 'forbidden', 'no grant to read this room')
  if (!peer.subscriptions.has(room)) return peer.refuse(message, 'not_subscribed', 'not subscribed to this room')
  const mark = await bus.mark(room, claims.sub, seq)
  if (mark.ahead) return peer.refuse(message, 'invalid_payload', 'seq is beyond the head of the room')
  if (mark.advanced) {
    const event: Chat.ReadEvent = { type: 'read', payload: { room, user: userOf(claims), seq } }
    await bus.pass(room, { event, cause: peer.id })
  }
  peer.ok<'mark_read'>(message.id, { room, seq: mark.seq })
}
