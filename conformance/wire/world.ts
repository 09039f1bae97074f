/** The world of one case of the wire pack: connections to a server that brings messages back. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Target, TargetError } from '../../schemas/target.ts'
import { Finding, Missed, Skip, type Stage } from '../runner/case.ts'
import { type Connection, open, Unreachable } from '../socket/connection.ts'
import type { Response } from '../socket/handshake.ts'
import type { OpenOptions } from '../socket/opening.ts'
import { ChatVoice } from './chat-voice.ts'
import { Client } from './client.ts'
import { text } from './frames.ts'
import { Crowded, type WhenFull } from './hall.ts'
import { ECHO_VOICE } from './voice.ts'

export type Carrier = 'echo' | 'chat'

/** What a handshake needs of a target. */
export type Address = Pick<Target, 'urls' | 'origin'>

/** How the cases are played. */
export interface Terms {
  readonly carrier: Carrier
  /** Messages of a case that sends many compressed ones. */
  readonly messages: number
}

/** Where nothing else is asked for. */
export const SHORT_TERMS: Terms = { carrier: 'echo', messages: 20 }

/** So long at least a server may take for anything while it is strained, in ms. */
const STRAINED_MS = 30_000

/** What a handshake is made of beside what every one has. */
export type Handshake = Pick<OpenOptions, 'headers' | 'subprotocols' | 'deflate' | 'request' | 'path'>

/** What a server answers that has too many clients: RFC 6585 §4, RFC 7231 §6.6.4. */
const FULL = [429, 503]
/** For so long those that have left may still count, in ms. */
const LEAVING_MS = 1000
const AGAIN_MS = 50

export class World {
  readonly terms: Terms
  readonly stage: Stage
  readonly #clients: Client[] = []
  /** How many handshakes were sent: no two users of a case are one. */
  #knocks = 0
  readonly #whenFull: WhenFull
  #patience: number

  constructor(stage: Stage, terms: Terms, whenFull: WhenFull = 'bear it') {
    this.stage = stage
    this.#whenFull = whenFull
    this.terms = terms
    this.#patience = stage.patience
  }

  /** From now on the server has more to do than any should take: late is not harmed. */
  isStrained(): void {
    this.#patience = Math.max(this.stage.patience, STRAINED_MS)
  }

  /** A client that messages can be exchanged with. @throws Finding where the server does not let it in. */
  async connect(name = 'client', handshake: Handshake = {}): Promise<Client> {
    const connection = await this.knock(name, handshake)
    const { accepted, problem = '' } = connection.response
    if (!accepted) throw new Finding('a handshake that opens a WebSocket', problem)
    const isChat = this.terms.carrier === 'chat'
    const voice = isChat
      ? await ChatVoice.arrive(connection, this.#patience, `${this.stage.name}.${this.#knocks}`)
      : ECHO_VOICE
    const client = new Client(connection, voice, this.#patience)
    this.#clients.push(client)
    return client
  }

  /** Sends an opening handshake, right or wrong. @throws Missed where it is not answered. */
  async knock(name: string, handshake: Handshake = {}): Promise<Connection> {
    const answered = await this.#request(name, handshake)
    if (answered instanceof Unreachable) throw new Missed('an answer to the opening handshake', answered.message)
    return answered
  }

  /** @throws Crowded where the server has no room, and that is not to be borne. */
  async #request(name: string, handshake: Handshake): Promise<Connection | Unreachable> {
    const until = performance.now() + LEAVING_MS
    for (;;) {
      const answered = await this.#requestOnce(name, handshake)
      const isFull = !(answered instanceof Unreachable) && FULL.includes(answered.response.status)
      if (!isFull || this.#whenFull === 'bear it') return answered
      if (this.#whenFull === 'give up' || performance.now() > until) throw new Crowded(answered.response.problem)
      await delay(AGAIN_MS)
    }
  }

  async #requestOnce(name: string, handshake: Handshake): Promise<Connection | Unreachable> {
    this.#knocks += 1
    const { target, signal, octets } = this.stage
    const common = commonOptions(target)
    const credential = this.terms.carrier === 'chat' ? await this.#credential() : []
    const headers = [...common.headers, ...credential, ...(handshake.headers ?? [])]
    const subprotocols = handshake.subprotocols ?? (this.terms.carrier === 'chat' ? ['chat.v1'] : [])
    const ours = { name, record: this.stage.record.bind(this.stage), octets, signal, timeoutMs: this.#patience }
    const options = { ...common, ...handshake, headers, subprotocols, ...ours }
    const connection = await open(firstUrl(target), options).catch((error: unknown) => {
      if (error instanceof Unreachable) return error
      throw error
    })
    if (!(connection instanceof Unreachable)) this.stage.cleanup(() => connection.destroy())
    return connection
  }

  /** The server answers a wrong handshake with an HTTP error. */
  async isRefused(handshake: Handshake): Promise<Response> {
    const expected = 'an HTTP error in response'
    const answered = await this.#request('wrong', handshake)
    if (answered instanceof Unreachable) throw new Missed(expected, answered.message)
    if (answered.response.status < 400) throw new Finding(expected, `status ${answered.response.status}`)
    return answered.response
  }

  /** The server does not take a request for a handshake, whatever it answers, if only by closing TCP. */
  async opensNothing(handshake: Handshake): Promise<void> {
    const answered = await this.answersAnything(handshake)
    if (answered?.response.status === 101) throw new Finding('no WebSocket', 'status 101')
  }

  /** Whatever the server makes of a handshake is right. @throws Missed where that is nothing. */
  async answersAnything(handshake: Handshake): Promise<Connection | undefined> {
    const answered = await this.#request('wrong', handshake)
    if (!(answered instanceof Unreachable)) return answered
    if (answered.isLate) throw new Missed('an answer to the request, or the end of TCP', answered.message)
    return undefined
  }

  selectsNoExtension({ headers }: Response): void {
    const selected = headers.get('sec-websocket-extensions')
    if (selected !== undefined) throw new Finding('no Sec-WebSocket-Extensions', JSON.stringify(selected))
  }

  /** After a violation: the same exchange done rightly works, on a connection of its own. */
  async stillServes(): Promise<Client> {
    const other = await this.connect('bystander')
    await other.exchanges(text('still there?'))
    return other
  }

  /** Ends a case: what holds for every connection of every case. */
  async isDone(): Promise<void> {
    for (const client of this.#clients) await client.isDone()
  }

  async #credential() {
    const { target, name: stem } = this.stage
    const minting = target.mint({ sub: `${stem}-${this.#knocks}`, rooms: [`${stem}.*`] })
    const token = await minting.catch((error: unknown) => {
      throw error instanceof TargetError ? new Skip(error.message) : error
    })
    return [['Authorization', `Bearer ${token}`]] as const
  }
}

export function commonOptions({ origin }: Address) {
  const headers = origin === undefined ? [] : ([['Origin', origin]] as const)
  return { headers, autoClose: false }
}

export function firstUrl({ urls }: Address): string {
  const [url] = urls
  if (url === undefined) throw new Error('the target has no WebSocket address')
  return url
}
