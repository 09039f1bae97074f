/** How many rooms an actor has subscribed to, beside how many the server allows. */
import type { Welcome } from '../../schemas/generated/chat.ts'
import { Skip } from '../runner/case.ts'

export class Rooms {
  readonly #most: number
  readonly #held: Set<string>
  readonly #asked = new Map<string, string>()
  #crowds = false

  /** The restored ones count; `@me` does not. */
  constructor({ payload: { limits, rooms } }: Welcome) {
    this.#most = limits.max_rooms
    this.#held = new Set(rooms.flatMap((one) => (one.room === '@me' || 'code' in one ? [] : [one.room])))
  }

  /** From here on more rooms are asked for than there may be. */
  crowd(): void {
    this.#crowds = true
  }

  /**
   * A subscription that is about to be asked for. One that is given back still counts, for that is on the safe side.
   * @throws Skip where the server may rightly refuse it: the case needs more rooms than it allows.
   */
  ask(id: string | undefined, room: string): void {
    if (!this.#crowds && !this.#held.has(room) && this.#held.size >= this.#most)
      throw new Skip(`needs more rooms at once than max_rooms = ${this.#most} of the server`)
    if (id !== undefined) this.#asked.set(id, room)
  }

  /** An `ok`, whatever it answers. */
  answered(id: string): void {
    const room = this.#asked.get(id)
    if (room !== undefined) this.#held.add(room)
  }
}
