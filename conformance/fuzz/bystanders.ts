/** Two who have nothing to do with the attack, and notice nothing of it. */
import { inSeconds } from '../actors/clock.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'

/** Longer than any attack goes on. */
const LONG_S = 6 * 3600

/** Of a message that no server may find too long. */
const LONG_OCTETS = 60_000
const LONG_ONES = 8

export class Bystanders {
  readonly #alice: Ready
  readonly #bob: Ready
  readonly #room: string
  #exchanged = 0

  private constructor(alice: Ready, bob: Ready, room: string) {
    this.#alice = alice
    this.#bob = bob
    this.#room = room
  }

  static async meet(world: World): Promise<Bystanders> {
    const room = world.room('bystanders')
    const claims = { exp: inSeconds(LONG_S) }
    const alice = (await world.member('alice', room, { claims })).flooding() as Ready
    const bob = (await world.member('bob', room, { claims })).flooding() as Ready
    return new Bystanders(alice, bob, room)
  }

  get exchanged(): number {
    return this.#exchanged
  }

  /** One message goes from the one to the other. */
  async exchange(): Promise<void> {
    this.#exchanged += 1
    const text = `n${this.#exchanged}`
    const { seq } = await this.#alice.says(this.#room, text)
    expectEqual('the seq of a message between bystanders', seq, this.#exchanged)
    await this.#bob.hearsText(text)
  }

  /** Makes work for the collector of the server, and changes nothing. */
  async churn(): Promise<void> {
    const pad = 'x'.repeat(LONG_OCTETS)
    for (let n = 0; n < LONG_ONES; n += 1)
      this.#alice.sendText(`{"type":"ping","id":"long-${n}","payload":{"nonce":"n","pad":"${pad}"}}`)
    await this.#alice.fence()
  }

  /** Each message came to both, once and in order, and neither connection has ended. */
  async verify(): Promise<void> {
    await this.#bob.fence()
    await this.#alice.fence()
    const expected = Array.from({ length: this.#exchanged }, (_, n) => n + 1)
    for (const one of [this.#alice, this.#bob]) {
      const seqs = one.seen('user_message').map(({ payload }) => payload.seq)
      expectEqual(`the messages of the bystanders to ${one.name}`, seqs, expected)
      expectTrue(`${one.name} to stay connected`, one.connection.ended === undefined, 'an end')
    }
  }
}
