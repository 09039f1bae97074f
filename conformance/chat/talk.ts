/** A room in which something was said. */
import type { UserMessage } from '../../schemas/generated/chat.ts'
import type { Limits } from '../../schemas/generated/tables.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { Skip } from '../runner/case.ts'

export interface Talk {
  readonly room: string
  /** Who said everything, and is subscribed. */
  readonly alice: Ready
  readonly limits: Limits
  readonly epoch: string
  /** The frames as alice got them, live. */
  readonly live: readonly UserMessage[]
  /** While it is not over, the server has to have stored them all. */
  readonly term: Term
}

/** alice says `n1`, `n2` and so on, or what she is given, in a new room. */
export async function talk(world: World, texts: number | readonly string[], room = world.room()): Promise<Talk> {
  const lines = typeof texts === 'number' ? Array.from({ length: texts }, (_, n) => `n${n + 1}`) : texts
  const alice = await world.ready('alice')
  const { limits } = alice.welcome.payload
  world.fits(lines.length, limits.replay_max, 'replay_max')
  world.fits(lines.length + 4, limits.rate_burst, 'rate_burst')
  const { epoch } = await alice.subscribed(room)
  const term = new Term(limits, 'resume_window_ms')
  for (const line of lines) await alice.says(room, line)
  const live: UserMessage[] = []
  for (const _ of lines) live.push(await alice.next('user_message'))
  return { room, alice, limits, epoch, live, term }
}

/** The most speakers that a crowd is made of. */
const CROWD = 16

/** So many messages, more than one connection may send at once; nobody is subscribed for it. */
export async function crowd(world: World, room: string, count: number, limits: Limits): Promise<void> {
  const each = Math.max(1, limits.rate_burst - 2)
  if (count > CROWD * each) throw new Skip(`needs ${count} messages at once; rate_burst allows ${each} to each sender`)
  for (let sent = 0; sent < count; sent += each) {
    const speaker = await world.ready(`speaker-${sent / each + 1}`)
    const ids = Array.from({ length: Math.min(each, count - sent) }, (_, n) => speaker.sends(room, `n${sent + n + 1}`))
    for (const id of ids) await speaker.ok(id)
  }
}

/** What a frame is but for `replay: true`, which tells a replayed one from the live one. */
export function unmarked(frame: UserMessage): UserMessage {
  const { replay: _, ...payload } = frame.payload
  return { ...frame, payload }
}
