/** `send_message`. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { mayWrite } from './grants.ts'
import { isTooLarge } from './messages.ts'
import type { Peer } from './peer.ts'
import { draftOf } from './stored-message.ts'

/** "The `ok` comes only after the message has its place in the room." */
export async function sendMessage(peer: Peer, message: Chat.SendMessage, claims: Claims): Promise<void> {
  const { room, metadata } = message.payload
  if (!mayWrite(claims.grants, room)) return peer.refuse(message, 'forbidden', 'no grant to write to this room')
  if (isTooLarge(metadata)) return peer.refuse(message, 'payload_too_large', 'metadata is over 2048 bytes')
  const receipt = await peer.world.rooms.publish(room, draftOf(message, claims))
  if (receipt.outcome === 'conflict') return peer.refuse(message, 'conflict', 'this client_msg_id has other content')
  const { epoch, seq, id: message_id, ts } = receipt.entry
  const duplicate = receipt.outcome === 'duplicate'
  peer.ok<'send_message'>(message.id, { room, epoch, seq, message_id, ts, ...(duplicate && { duplicate }) })
}
