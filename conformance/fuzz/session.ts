/** Plays a plan against the server and holds everything that happens against the model. */
import { withOtherSignature } from '../actors/forgery.ts'
import type { World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { flood, hurry, race } from './at-once.ts'
import type { Line } from './line.ts'
import { SEATS, type Step } from './plan.ts'
import { read } from './reading.ts'
import { resume } from './resume.ts'
import { nameOf, Table } from './table.ts'
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
  }

  async #take(step: Step): Promise<void> {
    switch (step.does) {
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

  /** One text, and what becomes of it. */
  async #say(line: Line, template: string): Promise<void> {
    const { limits } = this.model
    const text = fill(template, {
      id: this.nextId(),
      room: (n) => this.room(n),
      epoch: (name) => this.model.room(name).epoch ?? 'none',
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

  async #refresh({ seat, token: kind }: Do<'refresh'>): Promise<void> {
    const line = await this.line(seat)
    const claims = this.claims(seat)
    const past = Math.floor(Date.now() / 1000) - 3600
    const token = await this.world.token(nameOf(seat), {
      ...claims,
      ...(kind === 'expired' && { exp: past }),
      ...(kind === 'of another' && { sub: `${claims.sub}-2` }),
    })
    const id = this.nextId()
    const outcome = (
      { good: 'ok', forged: 'error unauthorized', expired: 'close 4101', 'of another': 'close 4100' } as const
    )[kind]
    const text = JSON.stringify({
      type: 'auth_refresh',
      id,
      payload: { token: kind === 'forged' ? withOtherSignature(token) : token },
    })
    await this.settle(line, line.send(text, id, { outcomes: [outcome] }))
  }
}
