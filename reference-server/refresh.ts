/** `auth_refresh`: a new token in the place of the one that will expire. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { mayRead } from './grants.ts'
import { encode } from './messages.ts'
import type { Peer } from './peer.ts'

/** The first that applies answers: another fault, revoked, expired, another `sub`. */
export async function refresh(peer: Peer, message: Chat.AuthRefresh, held: Claims): Promise<void> {
  const { token } = message.payload
  const { credential, subscriptions } = peer
  const verdict = await peer.world.verify(token, Date.now())
  // The old token may have expired meanwhile: "either `ok`, or close 4101, never both".
  if (peer.isClosed()) return
  if (!verdict.valid && verdict.close === 'unauthorized') return peer.refuse(message, 'unauthorized', verdict.fault)
  if (!verdict.valid) return peer.fail(verdict.close, verdict.fault, message)
  const { claims } = verdict
  if (claims.sub !== held.sub) return peer.fail('unauthorized', 'the new token is of another sub', message)
  credential.hold(token, claims)
  for (const { room } of subscriptions.rooms) {
    if (mayRead(claims.grants, room)) continue
    await subscriptions.leave(room, claims.sub, 'left')
    peer.send(encode('unsubscribed', { room, code: 'forbidden' }))
  }
  await peer.remember()
  peer.ok<'auth_refresh'>(message.id, credential.describe(claims))
  credential.warnInTime(claims)
}
