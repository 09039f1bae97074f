/** `presence_set` and `presence_get`. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { mayRead } from './grants.ts'
import type { Peer } from './peer.ts'
import { listPresent } from './subscriptions.ts'

/** "The status belongs to the user and not to a connection." */
export async function presenceSet(peer: Peer, message: Chat.PresenceSet, { sub }: Claims): Promise<void> {
  const { status } = message.payload
  const isPresent = await peer.world.presence.setStatus(sub, status)
  peer.subscriptions.idleStatus = isPresent ? 'online' : status
  await peer.remember()
  peer.ok<'presence_set'>(message.id, { status })
}

/** "Answered without a subscription to its room." */
export async function presenceGet(peer: Peer, message: Chat.PresenceGet, { grants }: Claims): Promise<void> {
  const { room } = message.payload
  if (!mayRead(grants, room)) return peer.refuse(message, 'forbidden', 'no grant to read this room')
  const { users, count, truncated } = await listPresent(peer.world, room)
  peer.ok<'presence_get'>(message.id, { room, users, count, truncated })
}
