/** The session of a new connection: a fresh one, or the one that `hello` names, with its rooms. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { ME } from './bus.ts'
import { mayRead } from './grants.ts'
import type { Peer } from './peer.ts'
import { SessionLease } from './session-lease.ts'
import type { Holder, SessionState } from './sessions.ts'
import { userOf } from './stored-message.ts'
import type { Opened } from './subscriptions.ts'

export interface Resumed {
  readonly lease: SessionLease
  readonly session: Chat.Welcome['payload']['session']
  /** `@me` and the restored rooms, whose events wait until `welcome` is sent. */
  readonly opened: readonly Opened[]
  /** Rooms of the session that the token no longer opens. */
  readonly forbidden: readonly string[]
}

export async function resumeSession(peer: Peer & Holder, hello: Chat.Hello, claims: Claims): Promise<Resumed> {
  const { sessions } = peer.world
  const { session: named } = hello.payload
  const state = named && (await sessions.resume(named.id, claims.sub, peer))
  const id = named && state ? named.id : await sessions.open(claims.sub, peer)
  const lease = new SessionLease(peer, id)
  const reason = named && !state ? ({ reason: 'not_found' } as const) : {}
  try {
    const rooms = await openRooms(peer, hello, claims, state)
    return { lease, session: { id, resumed: state !== undefined, ...reason }, ...rooms }
  } catch (error) {
    // Where the broker went away meanwhile, the session waits for the client's next attempt.
    await lease.giveUp(false)
    throw error
  }
}

async function openRooms(
  peer: Peer & Holder,
  hello: Chat.Hello,
  claims: Claims,
  state: SessionState | undefined,
): Promise<Pick<Resumed, 'opened' | 'forbidden'>> {
  const { presence } = peer.world
  const { positions = {} } = hello.payload
  const user = userOf(claims)
  // "Without a resumed session, `positions` have no effect"; a room may be called `constructor`.
  const positionOf = (room: string) => (state && Object.hasOwn(positions, room) ? positions[room] : undefined)
  const opened = [await peer.subscriptions.enter(ME, user, { position: positionOf(ME) })]
  const forbidden: string[] = []
  // "Where the user is present in a room, resuming a session does not change the status."
  if (state && (await presence.statusOf(claims.sub)) === undefined) peer.subscriptions.idleStatus = state.status
  for (const { room, presence } of state?.rooms ?? []) {
    if (!mayRead(claims.grants, room)) forbidden.push(room)
    else opened.push(await peer.subscriptions.enter(room, user, { position: positionOf(room), presence }))
  }
  return { opened, forbidden }
}

/** `welcome.rooms`: "what subscribe's `ok` carries, without the presence snapshot". */
export function welcomeRooms({ opened, forbidden }: Resumed): Chat.Welcome['payload']['rooms'] {
  const restored = opened.map(({ answer: { presence: _, ...room } }) => room)
  return [...restored, ...forbidden.map((room) => ({ room, code: 'forbidden' as const }))]
}
