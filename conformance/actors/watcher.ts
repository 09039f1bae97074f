/** Those who watch a room's presence, and what they are told of one user. */
import type { PresenceEvent, PresenceSnapshot, ServerMessage } from '../../schemas/generated/chat.ts'
import { Finding } from '../runner/case.ts'
import type { Actor } from './actor.ts'
import type { ConnectOptions, Ready, World } from './world.ts'

type Event = PresenceEvent['payload']['event']

/** A connection that is subscribed with `presence: true`. */
export type Watcher = Ready & { readonly snapshot: PresenceSnapshot }

/**
 * Connects, and watches the room when it resolves.
 * @throws Skip where the server does not serve presence.
 */
export async function watcher(
  world: World,
  room = world.room(),
  name = 'walt',
  options: ConnectOptions = {},
): Promise<Watcher> {
  const actor = await world.ready(name, options)
  world.needs(actor.welcome, 'presence')
  const { presence } = await actor.ok<'subscribe'>(actor.send('subscribe', { room, presence: true }))
  if (presence === undefined) throw new Finding('presence in the ok to a subscribe with presence: true', 'none')
  return Object.assign(actor, { snapshot: presence })
}

/** The next event of this kind about this user. */
export function hearsOf(watcher: Actor, sub: string, event: Event, withinMs?: number): Promise<PresenceEvent> {
  const matches = (one: ServerMessage): one is PresenceEvent =>
    one.type === 'presence' && one.payload.user.id === sub && one.payload.event === event
  return watcher.until(matches, `presence to ${watcher.name}: ${event} of ${sub}`, withinMs)
}

/** All that a watcher was told of this user so far: each event with the status that came with it. */
export function storyOf(watcher: Actor, sub: string): string[] {
  const about = watcher.seen('presence').filter(({ payload }) => payload.user.id === sub)
  return about.map(({ payload: { event, status } }) => `${event} ${status}`)
}

/** Who is present, by `sub`, in the order of their names. */
export function present({ users }: Pick<PresenceSnapshot, 'users'>): string[] {
  return users.map(({ user, status }) => `${user.id} ${status}`).sort()
}

/**
 * Closes with a code that is not 1000, as a client does that means to come back; the server knows of it when it resolves.
 * @returns when it was sent, which is before any count of the server's began.
 */
export async function breaks(actor: Actor, withinMs: number): Promise<number> {
  const since = performance.now()
  await actor.connection.close(1001)
  const end = await actor.connection.end(withinMs)
  if (end === 'timeout') throw new Finding('an answer to a Close frame with 1001', 'none')
  return since
}
