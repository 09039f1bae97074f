/** One subscription of a connection: which message comes next, and who is present as far as it was told. */
import type { PresenceEvent, PresenceSnapshot } from '../../schemas/generated/chat.ts'
import { Finding } from '../runner/case.ts'
import type { Room, UserMessage } from './room.ts'

export interface Opening {
  readonly head_seq: number
  readonly replay_count: number
  readonly presence?: PresenceSnapshot
}

export class Subscription {
  readonly room: Room
  /** The seq of the message that comes next. */
  next: number
  /** Up to this one messages are marked as replayed. */
  readonly #replayedUpTo: number
  readonly watches: boolean
  /** The rev that is known of each user who is present. */
  readonly #present: Map<string, number> | undefined
  readonly #revs = new Map<string, number>()

  constructor(room: Room, { head_seq, replay_count, presence }: Opening, watches: boolean) {
    this.room = room
    this.next = head_seq - replay_count + 1
    this.#replayedUpTo = head_seq
    this.watches = watches
    if (presence === undefined || presence.truncated) return
    this.#present = new Map(presence.users.map(({ user, rev }) => [user.id, rev]))
    for (const [user, rev] of this.#present) this.#revs.set(user, rev)
  }

  message(frame: UserMessage): void {
    const { seq, replay = false } = frame.payload
    const where = `of ${this.room.name}`
    if (seq !== this.next) throw new Finding(`seq ${this.next} ${where}`, `seq ${seq}`)
    const expected = seq <= this.#replayedUpTo
    if (replay !== expected) throw new Finding(`replay: ${expected} with seq ${seq} ${where}`, `${replay}`)
    this.next += 1
    this.room.showed(frame)
  }

  /** Whether a watcher knows that this user is in, or is not; undefined where all the present are not known. */
  knows(user: string, isIn: boolean): boolean | undefined {
    return this.#present && this.#present.has(user) === isIn
  }

  presence({ user: { id }, rev, event }: PresenceEvent['payload']): void {
    if (!this.watches) throw new Finding(`no presence ${event} of ${this.room.name} without presence: true`, 'one')
    const known = this.#revs.get(id)
    if (known !== undefined && rev <= known) throw new Finding(`a rev over ${known} of ${id}`, String(rev))
    this.#revs.set(id, rev)
    if (this.#present === undefined) return
    const was = this.#present.has(id)
    if (was === (event === 'join'))
      throw new Finding(`no ${event} of a user who ${was ? 'is' : 'is not'} present`, 'one')
    if (event === 'leave') this.#present.delete(id)
    else this.#present.set(id, rev)
  }
}
