/**
 * What one watcher knows of a room: the snapshot that it began with, and the events after it, held against what the
 * schedule says. Pure: times are those of the run's clock, in ms.
 */
import type { Told } from './churn.ts'

/** An entry of a snapshot, or an event, as far as it is looked at. */
export interface Sighting {
  readonly user: { readonly id: string }
  readonly rev: number
}

export interface PresenceEvent extends Sighting {
  readonly event: string
}

interface Known {
  readonly told: readonly Told[]
  /** Which of them is next. */
  next: number
  rev: number
  isPresent: boolean
  missed: number
  /** What was told and was not so, as sentences. */
  readonly untrue: string[]
  /** The generator did not keep to the schedule with this user. */
  isExcused: boolean
}

/** Clocks are read in different places; what seems early by less is not, in ms. */
const EARLY_MS = 2

export class PresenceView {
  readonly #users: ReadonlyMap<string, Known>
  readonly #isWhole: boolean
  #startAt = Number.POSITIVE_INFINITY
  #strangers = 0

  /**
   * @param expected what is to be told of each user of the room, from the beginning of the run.
   * @param isWhole whether it watches from the beginning; who comes later cannot know where in the schedule it came in.
   */
  constructor(expected: ReadonlyMap<string, readonly Told[]>, isWhole: boolean) {
    this.#users = new Map(
      [...expected].map(([id, told]) => [
        id,
        { told, next: 0, rev: Number.NEGATIVE_INFINITY, isPresent: false, missed: 0, untrue: [], isExcused: false },
      ]),
    )
    this.#isWhole = isWhole
  }

  /** When the schedule began. */
  startsAt(startAt: number): void {
    this.#startAt = startAt
  }

  snapshot(present: readonly Sighting[]): void {
    for (const { user, rev } of present) {
      const known = this.#users.get(user.id)
      if (known === undefined) this.#strangers++
      else Object.assign(known, { rev, isPresent: true, next: 1 })
    }
  }

  /** Takes note of an event; what of the schedule it tells, if it does. */
  event({ user, rev, event }: PresenceEvent, arrivedAt: number): { by: Told['by']; latency: number } | undefined {
    const known = this.#users.get(user.id)
    if (known === undefined) {
      this.#strangers++
      return
    }
    const { rev: before } = known
    if (!(rev > before)) return void known.untrue.push(`${event} under rev ${rev}, which is not above ${before}`)
    Object.assign(known, { rev, isPresent: event === 'join' })
    return this.#isWhole ? this.#match(known, event, arrivedAt) : undefined
  }

  /** Events of one user come in the order of the schedule: what was passed over was missed. */
  #match(known: Known, event: string, arrivedAt: number) {
    const isIt = ({ due_ms, event: due }: Told) => due === event && due_ms <= arrivedAt - this.#startAt + EARLY_MS
    const found = known.told.findIndex((one, index) => index >= known.next && isIt(one))
    const told = known.told[found]
    if (told === undefined) return void known.untrue.push(`${event} at ${Math.round(arrivedAt - this.#startAt)} ms`)
    known.missed += found - known.next
    known.next = found + 1
    return Number.isFinite(told.due_ms) ? { by: told.by, latency: arrivedAt - this.#startAt - told.due_ms } : undefined
  }

  /** Holds nothing that is told of the user against the server. */
  excuse(id: string): void {
    const known = this.#users.get(id)
    if (known !== undefined) known.isExcused = true
  }

  get #judged(): readonly (readonly [id: string, known: Known])[] {
    return [...this.#users].filter(([, { isExcused }]) => !isExcused)
  }

  /** Users of whom something is still to be told. */
  get awaited(): number {
    if (!this.#isWhole) return 0
    return this.#judged.filter(([, { told, next }]) => next < told.length).length
  }

  /** What is held against the server: for each user what was told and was not so, and how much was not told. */
  findings(): { id: string; untrue: readonly string[]; missed: number }[] {
    return this.#judged.map(([id, { untrue, told, next, missed }]) => ({
      id,
      untrue,
      missed: this.#isWhole ? missed + told.length - next : 0,
    }))
  }

  /** How the list that a server gives, what is known here and what has to be differ; empty where they agree. */
  disagreement(listed: readonly Sighting[]): string {
    const list = new Set(listed.map(({ user }) => user.id))
    const wrong = this.#judged.flatMap(([id, { told, isPresent }]) => {
      const has = told.at(-1)?.event === 'join'
      if (list.has(id) === has && isPresent === has) return []
      return `${id} is ${has ? '' : 'not '}there, ${list.has(id) ? '' : 'not '}listed and ${isPresent ? '' : 'not '}told so`
    })
    const twice = listed.length - list.size
    const strangers = [...list].filter((id) => !this.#users.has(id)).length + this.#strangers
    return [
      ...wrong.slice(0, 1),
      ...(twice > 0 ? [`${twice} are listed twice`] : []),
      ...(strangers > 0 ? [`${strangers} are of another room`] : []),
    ].join(', ')
  }
}
