/** `typing` and `signal`: for everybody else in the room, now, and stored nowhere. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { mayWrite } from './grants.ts'
import { isTooLarge } from './messages.ts'
import type { Peer } from './peer.ts'
import { userOf } from './stored-message.ts'

export async function typing(peer: Peer, message: Chat.Typing, claims: Claims): Promise<void> {
  const { room, state } = message.payload
  if (!mayPass(peer, message, claims)) return
  const event: Chat.TypingEvent = { type: 'typing', payload: { room, user: userOf(claims), state } }
  await peer.world.bus.pass(room, { event, cause: peer.id })
  peer.ok<'typing'>(message.id, {})
}

export async function signal(peer: Peer, message: Chat.Signal, claims: Claims): Promise<void> {
  const { room, name, data } = message.payload
  if (!mayPass(peer, message, claims)) return
  if (isTooLarge(data)) return peer.refuse(message, 'payload_too_large', 'data is over 2048 bytes')
  const event: Chat.SignalEvent = { type: 'signal', payload: { room, user: userOf(claims), name, data } }
  await peer.world.bus.pass(room, { event, cause: peer.id })
  peer.ok<'signal'>(message.id, {})
}

/** Grant first, then subscription. */
function mayPass(peer: Peer, message: Chat.Typing | Chat.Signal, { grants }: Claims): boolean {
  const { room } = message.payload
  if (!mayWrite(grants, room)) peer.refuse(message, 'forbidden', 'no grant to write to this room')
  else if (!peer.subscriptions.has(room)) peer.refuse(message, 'not_subscribed', 'not subscribed to this room')
  else return true
  return false
}
