/** Lets cases play beside each other; and one by one once a server takes no more clients at once. */
import { Gate } from './gate.ts'

/** A server had no room for one more client: "429 Too Many Requests" or "503 Service Unavailable". */
export class Crowded extends Error {
  override name = 'Crowded'
}

/**
 * What a case does that is not let in: give up, for others play beside it; wait until those that have left count no
 * more; or take it for what the server answers.
 */
export type WhenFull = 'give up' | 'wait' | 'bear it'

/** Plays a case. @throws Crowded where it had to give up, or has waited for nothing. */
type Play = (whenFull: WhenFull) => Promise<void>

/** More cases than any run plays at once: who takes as many places plays alone. */
const ALL_PLACES = 10_000

export class Hall {
  readonly #gate = new Gate(ALL_PLACES)
  /** The server takes fewer at once than were played. */
  #isCrowded = false
  /** The server did not even let one in: it need not be waited for again. */
  #isShut = false

  async beside(play: Play): Promise<void> {
    if (!this.#isCrowded && (await hasRoom(this.#gate.through(() => play('give up'))))) return
    this.#isCrowded = true
    await this.alone(play)
  }

  alone(play: Play): Promise<void> {
    return this.#gate.through(async () => {
      if (!this.#isShut && (await hasRoom(play('wait')))) return
      this.#isShut = true
      await play('bear it')
      this.#isShut = false
    }, ALL_PLACES)
  }
}

/** Whether it was let in. */
async function hasRoom(playing: Promise<void>): Promise<boolean> {
  try {
    await playing
    return true
  } catch (error) {
    if (error instanceof Crowded) return false
    throw error
  }
}
