/** Plays a plan against the server and holds everything that happens against the model. */
import { inSeconds } from '../actors/clock.ts'
import { withOtherSignature } from '../actors/forgery.ts'
import type { World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { flood, hurry, race, rejoin } from './at-once.ts'
import { grantsOf } from './grants.ts'
import type { Line } from './line.ts'
import { SEATS, type Step } from './plan.ts'
import { read } from './reading.ts'
import { resume } from './resume.ts'
import { same } from './room.ts'
import { NARROW, nameOf, Table } from './table.ts'
import { fill } from './texts.ts'
import { faultOf } from './wire-faults.ts'

type Do<S extends Step['does']> = Extract<Step, { does: S }>

/** @throws Finding where the server does what the model does not allow. */
export function playSession(world: World, plan: readonly Step[]): Promise<void> {
  return new Session(world).play(plan)
}

class Session extends Table {
  async play(plan: readonly Step[]): Promise<void> {
    // The first welcome tells the model what it is to be a model of.
    await this.line(0)
    for (const step of plan) {
      await this.#take(step)
      for (const line of this.lines.values()) {
        line.sync()
        if (line.ended !== undefined) line.staysOpen()
      }
    }
    for (const seat of SEATS) {
      const line = this.lines.get(seat)
      if (line !== undefined) await line.fence()
    }
    await this.model.attendance.isTold()
  }

  async #take(step: Step): Promise<void> {
    switch (step.does) {
      case 'gather':
        return this.#gather(step)
      case 'crowd':
        return this.#crowd(step)
      case 'marks':
        return this.#marks(step)
      case 'rejoin':
        return rejoin(this, step)
      case 'say':
        return this.#say(await this.line(step.seat), step.text)
      case 'hurry':
        return hurry(this, step)
      case 'race':
        return race(this, step)
      case 'flood':
        return flood(this, step)
      case 'wire':
        return this.#wire(step)
      case 'leave':
        return this.#leave(step)
      case 'resume':
        return resume(this, step)
      case 'refresh':
        return this.#refresh(step)
      default:
        return step satisfies never
    }
  }

  async #gather({ room, presence }: Do<'gather'>): Promise<void> {
    for (const seat of SEATS) await this.#say(await this.line(seat), subscribe(room, { presence }))
  }

  async #marks({ seat, room, distances }: Do<'marks'>): Promise<void> {
    for (const distance of distances) await this.#say(await this.line(seat), markRead(room, distance))
  }

  /** Where there may be more rooms than a template can name, none is too many. */
  async #crowd({ seat, again }: Do<'crowd'>): Promise<void> {
    await this.line(seat)
    const { max_rooms } = this.model.limits
    if (max_rooms > 9) return
    const rooms = [...Array.from({ length: max_rooms + 1 }, (_, n) => n), Math.min(again, max_rooms - 1)]
    for (const room of rooms) await this.#say(await this.line(seat), subscribe(room, {}))
  }

  /** One text, and what becomes of it. */
  async #say(line: Line, template: string): Promise<void> {
    const { limits } = this.model
    const text = fill(template, {
      id: this.nextId(),
      room: (n) => this.room(n),
      epoch: (name) => this.model.room(name).epoch ?? 'none',
      head: (name) => this.model.room(name).head,
      maxBytes: limits.max_message_bytes,
    })
    const reading = read(text, limits)
    // What was accepted before a subscription ends reaches it first: nodes may differ by a moment.
    if (reading.message?.type === 'unsubscribe' || reading.message?.type === 'subscribe') await line.catchUp()
    const certain = line.tokens > 0
    const asked = line.send(text, reading.id, this.model.expect(line, reading))
    await this.settle(line, asked)
    const { causes } = asked
    if (causes === undefined || (asked.outcome !== 'ok' && asked.outcome !== 'silence')) return
    for (const other of this.lines.values())
      if (other !== line && other.subscriptions.has(causes.room)) other.owed(causes.type, certain)
  }

  async #wire({ seat, fault }: Do<'wire'>): Promise<void> {
    const line = await this.line(seat)
    const id = this.nextId()
    const ping = `{"type":"ping","id":"${id}","payload":{}}`
    const { outcomes, send } = faultOf(fault)
    const asked = line.expects(`${fault}: ${ping}`, id, { outcomes })
    await send(line.actor.connection, ping)
    await this.settle(line, asked)
  }

  async #leave({ seat, how }: Do<'leave'>): Promise<void> {
    const line = this.lines.get(seat)
    if (line === undefined) return
    await line.catchUp()
    if (how === 'drop') return this.drop(seat, line)
    const code = Number(how.slice(6))
    await line.actor.connection.close(code)
    const end = await line.actor.connection.end(this.world.stage.patience)
    if (end === 'timeout') throw new Finding(`an answer to close ${code}`, 'none')
    line.sync()
    this.gone(line, code === 1000 ? 'leaving' : 'anything else')
  }

  /** "The first that applies answers"; what is lost is said before the `ok`. */
  async #refresh({ seat, token: kind }: Do<'refresh'>): Promise<void> {
    const line = await this.line(seat)
    await line.catchUp()
    const claims = this.claims(seat, kind === 'narrow' ? NARROW : undefined)
    const id = this.nextId()
    const exp = inSeconds(kind === 'expired' ? -3600 : 3600)
    const name = `${claims.name} ${id}`
    const sub = kind === 'of another' ? `${claims.sub}-2` : claims.sub
    const token = await this.world.token(nameOf(seat), { ...claims, name, sub, exp })
    const payload = { token: kind === 'forged' ? withOtherSignature(token) : token }
    const grants = grantsOf(claims)
    line.losing = isGood(kind) ? [...line.subscriptions.keys()].filter((room) => !grants.reads(room)) : []
    const ok = ({ expires_at, refresh_before_ms }: Record<string, unknown>) => {
      const expected = { expires_at: new Date(exp * 1000).toISOString(), ms: this.model.limits.auth_warn_ms }
      same('what the ok to auth_refresh tells', { expires_at, ms: refresh_before_ms }, expected)
      const kept = line.losing.filter((room) => line.subscriptions.has(room))
      same('rooms that are lost and not unsubscribed by the ok to auth_refresh', kept, [])
      for (const room of line.losing) this.model.attendance.leaves(line, room)
      Object.assign(line, { grants, name, losing: [] })
    }
    const text = JSON.stringify({ type: 'auth_refresh', id, payload })
    await this.settle(line, line.send(text, id, { outcomes: [OUTCOME_OF_REFRESH[kind]], ok }))
  }
}

const OUTCOME_OF_REFRESH = {
  ...({ good: 'ok', narrow: 'ok' } as const),
  ...({ forged: 'error unauthorized', expired: 'close 4101', 'of another': 'close 4100' } as const),
}

const isGood = (kind: keyof typeof OUTCOME_OF_REFRESH) => OUTCOME_OF_REFRESH[kind] === 'ok'

/** Counted from the head of the room. */
const markRead = (room: number, distance: number) =>
  JSON.stringify({ type: 'mark_read', id: '%id%', payload: { room: `%${room}%`, seq: `%head${room}-${distance}%` } })

const subscribe = (room: number, more: object) =>
  JSON.stringify({ type: 'subscribe', id: '%id%', payload: { room: `%${room}%`, ...more } })
