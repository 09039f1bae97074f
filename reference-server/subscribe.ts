/** `subscribe` and `unsubscribe`. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { ME } from './bus.ts'
import { mayRead } from './grants.ts'
import type { Peer } from './peer.ts'
import { userOf } from './stored-message.ts'
import type { Opened } from './subscriptions.ts'
import { orWhenBack } from './unavailable.ts'

/** @returns what follows the answer, where there is any */
export async function subscribe(peer: Peer, message: Chat.Subscribe, claims: Claims): Promise<Opened | undefined> {
  const { room } = message.payload
  const { subscriptions, world } = peer
  if (!mayRead(claims.grants, room)) {
    peer.refuse(message, 'forbidden', 'no grant to read this room')
    return
  }
  const { max_rooms } = world.limits
  if (!subscriptions.has(room) && subscriptions.rooms.length >= max_rooms) {
    peer.refuse(message, 'limit_exceeded', `at most ${max_rooms} rooms`)
    return
  }
  const opened = await subscriptions.enter(room, userOf(claims), message.payload)
  await peer.remember()
  peer.ok<'subscribe'>(message.id, opened.answer)
  return opened
}

/** "Answered with `ok`, also where there was no subscription"; whoever does so leaves on purpose. */
export async function unsubscribe(peer: Peer, message: Chat.Unsubscribe, { sub }: Claims): Promise<void> {
  const { room } = message.payload
  if (room === ME) return peer.refuse(message, 'forbidden', 'nobody leaves @me')
  // What was accepted before is delivered before: it may still be on its way from the broker.
  await orWhenBack(peer.world.bus.catchUp(room))
  await peer.subscriptions.leave(room, sub, 'left')
  await peer.remember()
  peer.ok<'unsubscribe'>(message.id, { room })
}
