/** One connection as the model sees it: what was asked on it and is not answered, and what each frame that comes may be. */
import type { ServerMessage } from '../../schemas/generated/chat.ts'
import { CLOSE_CODES, type Limits } from '../../schemas/generated/tables.ts'
import { describeEnd } from '../actors/actor.ts'
import type { Ready } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import type { End } from '../socket/connection.ts'
import { redact } from '../socket/redact.ts'
import { type Asked, describe, type Ephemeral, type Expectation } from './asked.ts'
import type { Grants } from './grants.ts'
import type { Outcome } from './reading.ts'
import type { Subscription } from './subscription.ts'

/** As long as a server may take for what it owes at once. */
const LONGEST_MS = 5000
/** So much of a text is shown. */
const SHOWN = 300

type Answer = Extract<ServerMessage, { type: 'ok' | 'pong' | 'error' }>

export class Line {
  readonly actor: Ready
  readonly user: string
  /** What the token that holds says: a refresh puts others in their place. */
  name: string | undefined
  grants: Grants
  /** Rooms that a refresh on its way takes away. */
  losing: readonly string[] = []
  /** Open subscriptions by room, as far as the answers have told. */
  readonly subscriptions = new Map<string, Subscription>()
  /** Rooms that a resumed session would bring back. */
  get rooms(): readonly string[] {
    return [...this.subscriptions.keys()]
  }
  readonly #limits: Limits
  readonly #alone: boolean
  /** By the `id` that an answer names; what has none waits under the empty string. */
  readonly #pending = new Map<string, Asked>()
  /** Consecutive errors that count: at least, and at most. */
  readonly #errors = { least: 0, most: 0 }
  #read = 0
  #spent = 0
  #fatal: string | undefined
  readonly #owed = { typing: { least: 0, most: 0 }, signal: { least: 0, most: 0 }, read: { least: 0, most: 0 } }
  #sentAt = performance.now()

  /** @param alone whether no other connection is of the same user, so that nothing of that user comes back */
  constructor(actor: Ready, limits: Limits, grants: Grants, alone: boolean) {
    this.actor = actor
    this.grants = grants
    this.#alone = alone
    const { id, name } = actor.welcome.payload.user
    this.user = id
    this.name = name
    this.#limits = limits
  }

  get ended(): End | undefined {
    return this.actor.connection.ended
  }

  /** How many tokens the bucket has at the least: what has flowed into it since is not counted. */
  get tokens(): number {
    return this.#limits.rate_burst - this.#spent - this.actor.seen('ping').length
  }

  /** Sends a text for which this is expected; waits for nothing. */
  send(text: string, id: string | undefined, expectation: Expectation): Asked {
    const asked = this.expects(text, id, expectation)
    this.actor.sendText(text)
    return asked
  }

  /** The same, where the frames are sent in another way. */
  expects(text: string, id: string | undefined, expectation: Expectation): Asked {
    const limited: Outcome[] = [id === undefined ? 'silence' : 'error rate_limited', 'close 4202']
    const outcomes = [...expectation.outcomes, ...(this.tokens < 1 ? limited : [])]
    const shown = redact(text.slice(0, SHOWN))
    const asked: Asked = { ...expectation, outcomes, text: shown, id, isCertain: this.tokens >= 1 }
    this.#pending.set(id ?? '', asked)
    this.#spent += 1
    this.#sentAt = performance.now()
    return asked
  }

  /** Another connection has sent something that is heard here once. */
  owed(type: Ephemeral, certain: boolean): void {
    if (certain) this.#owed[type].least += 1
    this.#owed[type].most += 1
  }

  /** Waits until what was asked has led to something that can be seen, and judges all that has come. */
  async settle(asked: Asked): Promise<Outcome> {
    if (asked.outcome === undefined) {
      if (asked.outcomes.includes('silence')) await this.#roundTrip()
      else await this.#until((one) => isAnswerTo(one, asked.id), describe(asked))
    }
    this.sync()
    if (this.#fatal !== undefined) await this.actor.connection.end(LONGEST_MS)
    const isSilent = asked.outcome === undefined && asked.outcomes.includes('silence')
    if (isSilent || (asked.outcome === undefined && this.ended === undefined)) this.#conclude(asked, 'silence')
    if (this.ended !== undefined) return this.#endedBy(this.ended, asked)
    this.#pending.delete(asked.id ?? '')
    await this.#sumUpErrors()
    return asked.outcome ?? 'silence'
  }

  /** Judges every frame that has come since the last time, in the order of arrival. */
  sync(): void {
    const frames = this.actor.received()
    const [problem] = this.actor.problems
    if (problem !== undefined)
      throw new Finding('frames that fit the schemas of chat.v1', `${problem} (to ${this.actor.name})`)
    for (const frame of frames.slice(this.#read)) {
      this.#read += 1
      this.#take(frame)
    }
  }

  /** Everything that was accepted for the rooms of this connection has come. */
  async catchUp(): Promise<void> {
    for (const type of ['typing', 'signal', 'read'] as const) await this.#overhear(type)
    this.sync()
    for (const subscription of this.subscriptions.values()) {
      const { room } = subscription
      // A replay brings a seq that came before, so it is what is still due that decides, and no single frame.
      const isDue = () => subscription.next <= room.head && this.subscriptions.get(room.name) === subscription
      for (; this.ended === undefined && isDue(); this.sync())
        await this.#until(
          (one) => one.type === 'user_message' && one.payload.room === room.name,
          `seq ${room.head} of ${room.name} to ${this.actor.name}`,
        )
    }
  }

  async #overhear(type: Ephemeral): Promise<void> {
    const { least } = this.#owed[type]
    while (this.actor.seen(type).length < least && this.ended === undefined)
      await this.#until((one) => one.type === type, `${least} of ${type} to ${this.actor.name}`)
  }

  /** A watcher has been told that the user is in the room, or is not. */
  async sees(room: string, user: string, isIn: boolean): Promise<void> {
    const subscription = this.subscriptions.get(room)
    for (this.sync(); this.ended === undefined && subscription?.knows(user, isIn) === false; this.sync())
      await this.#until(
        (one) => one.type === 'presence' && one.payload.room === room,
        `presence to ${this.actor.name} that ${user} is ${isIn ? 'in' : 'gone from'} ${room}`,
      )
  }

  /** Nothing else is on its way: a round trip brings no more than what was expected, and the connection is open. */
  async fence(): Promise<void> {
    await this.catchUp()
    await this.settle(this.#ping('f'))
    for (const type of ['typing', 'signal', 'read'] as const) {
      const { most } = this.#owed[type]
      const count = this.actor.seen(type).length
      if (count > most) throw new Finding(`${most} of ${type} to ${this.actor.name}`, String(count))
    }
  }

  #take(frame: ServerMessage): void {
    const { type, payload } = frame
    if (type === 'ok' || type === 'pong' || type === 'error') this.#answered(frame)
    else if (type === 'user_message') this.#windowOf(payload.room, type).message(frame)
    else if (type === 'typing' || type === 'signal' || type === 'read') this.#overheard(type, payload)
    else if (type === 'presence') this.#windowOf(payload.room, type).presence(payload)
    else if (type === 'unsubscribed') this.#lost(payload)
    if ((type === 'welcome') !== (this.#read === 1))
      throw new Finding('one welcome, before all else', `${type} in place ${this.#read}`)
  }

  #lost({ room, code }: { readonly room: string; readonly code: string }): void {
    this.#windowOf(room, 'unsubscribed')
    if (!this.losing.includes(room)) throw new Finding(`no unsubscribed of ${room}, which the token can read`, code)
    this.subscriptions.delete(room)
  }

  #overheard(type: Ephemeral, { room, user }: { readonly room: string; readonly user: { readonly id: string } }): void {
    this.#windowOf(room, type)
    if (this.#alone && user.id === this.user) throw new Finding(`no ${type} back to ${this.actor.name}`, 'one')
  }

  #windowOf(room: string, type: string): Subscription {
    const found = this.subscriptions.get(room)
    if (found !== undefined) return found
    throw new Finding(`no ${type} of a room that ${this.actor.name} is not subscribed to`, `one of ${room}`)
  }

  #answered(answer: Answer): void {
    if (answer.type === 'error' && answer.payload.fatal === true) {
      this.#fatal = answer.payload.code
      return
    }
    const outcome: Outcome = answer.type === 'error' ? (`error ${answer.payload.code}` as Outcome) : answer.type
    const asked = this.#pending.get(answer.reply_to ?? '')
    if (asked === undefined)
      throw new Finding(
        `one answer to each command of ${this.actor.name}`,
        `another ${outcome} with reply_to ${answer.reply_to}`,
      )
    this.#pending.delete(answer.reply_to ?? '')
    this.#conclude(asked, outcome)
    if (answer.type !== 'error') asked.ok?.(answer.payload as Record<string, unknown>)
  }

  #conclude(asked: Asked, outcome: Outcome): void {
    if (!asked.outcomes.includes(outcome)) throw new Finding(describe(asked), outcome)
    asked.outcome = outcome
    if (outcome === 'ok') Object.assign(this.#errors, { least: 0, most: 0 })
    const counts = outcome === 'error invalid_payload' || outcome === 'error unknown_type'
    // What is wrong and gets no answer counts too, unless it was dropped for its rate.
    const unanswered = outcome === 'silence' && asked.isWrong === true
    if (counts || (unanswered && asked.isCertain)) this.#errors.least += 1
    if (counts || unanswered) this.#errors.most += 1
  }

  /** "On more than max_errors … the server MUST answer the last as the others and then close with 4005." */
  async #sumUpErrors(): Promise<void> {
    const { least, most } = this.#errors
    const { max_errors } = this.#limits
    if (most <= max_errors) return
    const due = least > max_errors
    const end = await this.actor.connection.end(due ? LONGEST_MS : 50)
    if (end !== 'timeout') this.#endedBy(end, undefined)
    else if (due) throw new Finding(`close 4005 after ${least} errors without an ok`, 'an open connection')
  }

  #endedBy(end: End, asked: Asked | undefined): Outcome {
    const known = Object.entries(CLOSE_CODES).find(([, { code }]) => code === end.code)
    if (known !== undefined) {
      const reason = end.reason?.toString()
      if (reason !== known[0]) throw new Finding(`the reason ${known[0]} of close ${end.code}`, String(reason))
      if (this.#fatal !== undefined && this.#fatal !== known[0])
        throw new Finding(`a fatal error ${known[0]}`, this.#fatal)
    }
    const outcome: Outcome = end.code === undefined ? 'end' : `close ${end.code}`
    const tooMany = end.code === CLOSE_CODES.too_many_errors.code && this.#errors.most > this.#limits.max_errors
    // Of several that were sent at once any may be the cause.
    const causes = [...this.#pending.values(), ...(asked === undefined ? [] : [asked])].flatMap(
      ({ outcomes }) => outcomes,
    )
    if (tooMany || this.#isOurFault(end) || causes.includes(outcome) || causes.includes('end')) return outcome
    throw new Finding(
      asked === undefined ? `an open connection of ${this.actor.name}` : describe(asked),
      describeEnd(end),
    )
  }

  /** Where this process was too slow to answer a ping, the server is right to take us for dead. */
  #isOurFault({ code, atMs }: End): boolean {
    const { heartbeat_interval_ms, heartbeat_grace_ms } = this.#limits
    const lastPing = this.actor.seen('ping').at(-1)
    const heard = Math.max(this.#sentAt, lastPing === undefined ? 0 : this.actor.arrivalOf(lastPing))
    return code === 4301 && atMs - heard >= heartbeat_interval_ms + heartbeat_grace_ms - 10
  }

  /** No end that nothing has asked for. */
  staysOpen(): void {
    if (this.ended !== undefined) this.#endedBy(this.ended, undefined)
  }

  async #roundTrip(): Promise<void> {
    const { id } = this.#ping('s')
    await this.#until((one) => isAnswerTo(one, id), 'a pong')
  }

  #ping(prefix: string): Asked {
    const id = `${prefix}${this.#spent}`
    return this.send(`{"type":"ping","id":"${id}","payload":{}}`, id, { outcomes: ['pong'] })
  }

  /** Waits for a message, or for the end of the connection. */
  async #until(matches: (message: ServerMessage) => boolean, expected: string): Promise<void> {
    try {
      await this.actor.until(matches, expected)
    } catch (error) {
      if (!(error instanceof Finding) || this.ended === undefined) throw error
    }
  }
}

const isAnswerTo = (one: ServerMessage, id: string | undefined) =>
  (one.type === 'ok' || one.type === 'pong' || one.type === 'error') && one.reply_to === id
