/** Who sits at the table of a session: its users, their connections, and what those that are gone have left. */
import type { Ready, World } from '../actors/world.ts'
import type { Asked } from './asked.ts'
import { Attendance } from './attendance.ts'
import { type GrantClaims, grantsOf } from './grants.ts'
import { Line } from './line.ts'
import { Model } from './model.ts'
import { SEATS, type Seat } from './plan.ts'
import type { Subscription } from './subscription.ts'

/** Who sits where, and what they may do: the first user has two seats and may do all. */
export const USERS = ['alice', 'alice', 'bob', 'carol'] as const
const GRANTS = {
  alice: { rooms: ['*'], rooms_read: [] },
  bob: { rooms: ['r0', 'r1'], rooms_read: ['r2'] },
  carol: { rooms: ['r0'], rooms_read: [] },
} as const
/** What is left to everybody by a narrow token: all but the first room, and reading only. */
export const NARROW: GrantClaims = { rooms: [], rooms_read: ['r1'] }

/** What a connection has left behind. */
export interface Past {
  readonly id: string
  readonly rooms: readonly Subscription[]
  /** `leaving` is a close with 1000 by the client, which ends the session. */
  readonly endedBy: 'leaving' | 'anything else'
  /** `performance.now()` when it was known to be gone. */
  readonly atMs: number
}

export class Table {
  readonly world: World
  readonly lines = new Map<Seat, Line>()
  readonly pasts = new Map<Seat, Past>()
  #model: Model | undefined
  #ids = 0

  constructor(world: World) {
    this.world = world
  }

  /** The connection of a seat, made where there is none. */
  async line(seat: Seat): Promise<Line> {
    const there = this.lines.get(seat)
    if (there !== undefined) return there
    return this.seated(seat, await this.world.ready(nameOf(seat), { claims: this.claims(seat) }))
  }

  seated(seat: Seat, actor: Ready): Line {
    const { limits, features } = actor.welcome.payload
    this.#model ??= new Model(limits, features, new Attendance(() => this.lines.values()))
    const seats = SEATS.filter((one) => USERS[one] === USERS[seat])
    const line = new Line(
      Object.assign(actor.flooding().crowding(), { welcome: actor.welcome }),
      limits,
      grantsOf(this.claims(seat)),
      seats.length === 1,
    )
    this.lines.set(seat, line)
    return line
  }

  get model(): Model {
    if (this.#model === undefined) throw new Error('no connection was made before the model was asked')
    return this.#model
  }

  /** @param grants what the token opens, where that is not what the user may do */
  claims(seat: Seat, grants: GrantClaims = GRANTS[USERS[seat]]) {
    const { rooms, rooms_read } = grants
    const ours = (names: readonly string[]) =>
      names.map((name) => (name === '*' ? this.world.room('*') : this.room(name.slice(1))))
    return {
      ...{ sub: this.world.user(USERS[seat]), name: USERS[seat] },
      ...{ rooms: ours(rooms), rooms_read: ours(rooms_read) },
    }
  }

  room(n: string): string {
    return n === 'x' ? `x.${this.world.room()}` : this.world.room(`r${n}`)
  }

  nextId(): string {
    this.#ids += 1
    return `m${this.#ids}`
  }

  async settle(line: Line, asked: Asked): Promise<void> {
    await line.settle(asked)
    if (line.ended !== undefined) this.gone(line, 'anything else')
  }

  drop(seat: Seat, line: Line): void {
    line.actor.connection.destroy()
    this.gone(line, 'anything else')
    this.lines.delete(seat)
  }

  gone(line: Line, endedBy: Past['endedBy']): void {
    const seat = SEATS.find((one) => this.lines.get(one) === line)
    if (seat === undefined) return
    this.pasts.set(seat, pastOf(line, endedBy))
    this.lines.delete(seat)
    for (const room of line.rooms) this.model.attendance[endedBy === 'leaving' ? 'leaves' : 'breaks'](line, room)
  }
}

export function pastOf(line: Line, endedBy: Past['endedBy']): Past {
  const { id } = line.actor.welcome.payload.session
  return { id, rooms: [...line.subscriptions.values()], endedBy, atMs: performance.now() }
}

export const nameOf = (seat: Seat) => `${USERS[seat]}-${seat}`
