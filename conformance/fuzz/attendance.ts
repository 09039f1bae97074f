/** Who is present in a room, and who is not, as far as that is certain: between the two stands the grace. */
import type { PresenceSnapshot } from '../../schemas/generated/chat.ts'
import { Finding } from '../runner/case.ts'
import type { Line } from './line.ts'
import { type Room, same } from './room.ts'

export class Attendance {
  readonly #lines: () => Iterable<Line>
  /** By room, who has ever tried to get in. */
  readonly #tried = new Map<string, Set<string>>()
  /** By room, who has then left on purpose with the last connection. */
  readonly #left = new Map<string, Set<string>>()

  /** By room, who has ever lost a connection there. */
  readonly #broken = new Map<string, Set<string>>()

  /** @param lines the connections that there are */
  constructor(lines: () => Iterable<Line>) {
    this.#lines = lines
  }

  /** From here on the user may be in. */
  tries(user: string, room: string): void {
    setOf(this.#tried, room).add(user)
    setOf(this.#left, room).delete(user)
  }

  /** The user has left on purpose with this connection. */
  leaves({ user }: Line, room: string): void {
    if (!this.isIn(user, room) && !setOf(this.#broken, room).has(user)) setOf(this.#left, room).add(user)
  }

  /** A connection of the user is gone in another way, which a server learns when it does. */
  breaks({ user }: Line, room: string): void {
    setOf(this.#broken, room).add(user)
  }

  isIn(user: string, room: string): boolean {
    return [...this.#lines()].some(
      (line) => line.user === user && line.ended === undefined && line.subscriptions.has(room),
    )
  }

  isOut(user: string, room: string): boolean {
    return !setOf(this.#tried, room).has(user) || setOf(this.#left, room).has(user)
  }

  /** A list of those present names all that are in, each once, and nobody who never was. */
  judge({ name }: Room, { users, count, truncated }: PresenceSnapshot): void {
    const ids = users.map(({ user }) => user.id)
    same(
      `the users that are listed twice in ${name}`,
      ids.filter((id, at) => ids.indexOf(id) !== at),
      [],
    )
    const strange = ids.find((id) => !setOf(this.#tried, name).has(id))
    if (strange !== undefined)
      throw new Finding(`a list of ${name} without ${strange}, who never was there`, ids.join())
    if (truncated) return
    same(`the count of those present in ${name}`, count, ids.length)
    for (const { user } of this.#lines())
      if (this.isIn(user, name) && !ids.includes(user))
        throw new Finding(`a list of ${name} with ${user}, who is there`, ids.join() || 'nobody')
  }

  /** The events have told everybody who watches of all that is certain. */
  async isTold(): Promise<void> {
    const lines = [...this.#lines()]
    const users = [...new Set(lines.map(({ user }) => user))]
    for (const line of lines)
      for (const room of line.subscriptions.keys())
        for (const user of users) {
          const isIn = this.isIn(user, room)
          if (isIn || this.isOut(user, room)) await line.sees(room, user, isIn)
        }
  }
}

function setOf(sets: Map<string, Set<string>>, room: string): Set<string> {
  const found = sets.get(room) ?? new Set()
  sets.set(room, found)
  return found
}
