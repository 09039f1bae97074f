/** The world of a chat case: its own users, rooms and tokens on the server under test, and the actors that play in it. */
import type { Feature, Hello, Welcome } from '../../schemas/generated/chat.ts'
import type { Limits } from '../../schemas/generated/tables.ts'
import type { controlValidators } from '../../schemas/generated/validators.js'
import { CannotMint, type Claims, type LaunchOptions, type Target, TargetError } from '../../schemas/target.ts'
import { Finding, Missed, Skip, type Stage } from '../runner/case.ts'
import { open, Unreachable } from '../socket/connection.ts'
import type { DeflateOffer } from '../socket/deflate.ts'
import { Actor } from './actor.ts'

/** A flood of more than this would measure how much the server bears, and no rule. */
const MOST_AT_ONCE = 2000

/** How an actor connects; whatever is left out is what a well-behaved client does. */
export interface ConnectOptions {
  /** Laid over the actor's own claims. */
  readonly claims?: Claims
  /** Sent as it is, in place of one that is minted. */
  readonly token?: string
  /** Where the token goes; `none` where `hello` carries it or nothing does. */
  readonly credential?: 'header' | 'subprotocol' | 'none'
  readonly subprotocols?: readonly string[]
  readonly headers?: readonly (readonly [string, string])[]
  readonly path?: string
  readonly deflate?: DeflateOffer
  /** In the place of the target's own; null sends none. */
  readonly origin?: string | null
  /** Laid over the payload of `hello`, where one is sent. */
  readonly hello?: Partial<Hello['payload']>
}

/** An actor that was welcomed. */
export type Ready = Actor & { readonly welcome: Welcome }

export class World {
  readonly stage: Stage
  readonly #actors: Actor[]

  /** @param actors to judge at the end beside its own. */
  constructor(stage: Stage, actors: Actor[] = []) {
    this.stage = stage
    this.#actors = actors
  }

  /** A room of this case alone. */
  room(name = 'lobby'): string {
    return `${this.stage.name}.${name}`
  }

  /** The `sub` of an actor. */
  user(name: string): string {
    return `${this.stage.name}-${name}`
  }

  /**
   * A token of this actor for every room of this case, unless the claims say otherwise.
   * @throws Skip where what signs for the target does not sign such a token.
   */
  async token(name: string, claims: Claims = {}, header?: Readonly<Record<string, unknown>>): Promise<string> {
    const all = { sub: this.user(name), rooms: [`${this.stage.name}.*`], ...claims }
    try {
      return await this.stage.target.mint(all, header)
    } catch (error) {
      // What signs for the target need not sign a forgery, and may add or refuse what a case is about.
      const forged = header !== undefined || Object.keys(claims).length > 0
      if (error instanceof CannotMint || (forged && error instanceof TargetError)) throw new Skip(error.message)
      throw error
    }
  }

  /** Opens a connection and leaves it before `hello`, whatever the HTTP answer was. */
  async connect(name: string, options: ConnectOptions = {}): Promise<Actor> {
    const { credential = 'header', subprotocols = ['chat.v1'], headers = [] } = options
    const { target, patience, signal, record, octets } = this.stage
    const token = credential === 'none' ? '' : (options.token ?? (await this.token(name, options.claims)))
    const origin = options.origin === undefined ? target.origin : options.origin
    const [url] = target.urls
    if (url === undefined) throw new Error('the target has no address')
    try {
      const connection = await open(url, {
        name,
        headers: [
          ['X-Correlation-Id', this.stage.name],
          ...(origin === undefined || origin === null ? [] : [['Origin', origin] as const]),
          ...(credential === 'header' ? [['Authorization', `Bearer ${token}`] as const] : []),
          ...headers,
        ],
        subprotocols: credential === 'subprotocol' ? [...subprotocols, `chat.v1.bearer.${token}`] : subprotocols,
        ...(options.path === undefined ? {} : { path: options.path }),
        ...(options.deflate === undefined ? {} : { deflate: options.deflate }),
        record,
        octets,
        signal,
        timeoutMs: patience,
      })
      this.stage.cleanup(() => connection.destroy())
      const actor = new Actor(name, connection, patience)
      this.#actors.push(actor)
      return actor
    } catch (error) {
      if (error instanceof Unreachable) throw new Missed('an HTTP answer to the handshake', error.message)
      throw error
    }
  }

  /** Opens a connection that must be upgraded to chat.v1. */
  async upgrade(name: string, options: ConnectOptions = {}): Promise<Actor> {
    const actor = await this.connect(name, options)
    const { accepted, status, problem, subprotocol } = actor.connection.response
    if (!accepted) throw new Finding('HTTP 101 and a valid upgrade', problem ?? `HTTP ${status}`)
    if (subprotocol !== 'chat.v1')
      throw new Finding('the subprotocol chat.v1', subprotocol === undefined ? 'none' : subprotocol)
    return actor
  }

  /** Connects and says `hello`; the actor has its `welcome` when it resolves. */
  async ready(name: string, options: ConnectOptions = {}): Promise<Ready> {
    const actor = await this.upgrade(name, options)
    return Object.assign(actor, { welcome: await this.welcome(actor, options.hello) })
  }

  /** Says `hello` and waits for the `welcome` that answers it. */
  async welcome(actor: Actor, hello: Partial<Hello['payload']> = {}): Promise<Welcome> {
    const id = actor.send('hello', { client: { name: 'shakedown', version: '1' }, ...hello })
    const welcome = await actor.next('welcome')
    if (welcome.reply_to === id) return welcome
    throw new Finding(`a welcome with reply_to ${id}`, `reply_to ${JSON.stringify(welcome.reply_to)}`)
  }

  /** Connects, and is subscribed to the room when it resolves. */
  async member(name: string, room = this.room(), options: ConnectOptions = {}) {
    const actor = await this.ready(name, options)
    await actor.ok(actor.send('subscribe', { room }))
    return actor
  }

  /** The user of an earlier connection comes on another one and takes up its session. */
  back(
    { name, welcome }: Ready,
    positions?: NonNullable<Hello['payload']['positions']>,
    options: ConnectOptions = {},
  ): Promise<Ready> {
    const { session, user } = welcome.payload
    const claims = { sub: user.id, ...options.claims }
    const hello = { session: { id: session.id }, ...(positions && { positions }) }
    return this.ready(nextName(name), { ...options, claims, hello })
  }

  /**
   * Asks a control path of the server.
   * @param body as JSON; a string is sent as it is.
   * @param token in place of the target's own; null sends none.
   * @throws Skip where the target offers no control paths.
   */
  async control(path: keyof typeof controlValidators, body: unknown, token: string | null = this.controlToken()) {
    const { status, text } = await this.#request(`/control/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    this.stage.record({ connection: 'control', kind: 'note', text: `POST /control/${path}: HTTP ${status} ${text}` })
    return { status, body: parsed(text) as Record<string, unknown> }
  }

  /** The answer to a GET of a path that the server offers beside the WebSocket. */
  async get(path: '/readyz' | '/healthz' | '/metrics'): Promise<{ status: number; text: string }> {
    const answer = await this.#request(path, {})
    this.stage.record({ connection: 'control', kind: 'note', text: `GET ${path}: HTTP ${answer.status}` })
    return answer
  }

  async #request(path: string, options: RequestInit): Promise<{ status: number; text: string }> {
    const { target, signal } = this.stage
    const [url = ''] = target.urls
    try {
      const response = await fetch(new URL(path, url.replace(/^ws/, 'http')), { ...options, signal })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      signal.throwIfAborted()
      throw new Finding(`an HTTP answer from ${path}`, `${(error as Error).cause ?? error}`)
    }
  }

  /** The Bearer token of the control paths. @throws Skip where the target offers none. */
  controlToken(): string {
    const { controlToken } = this.stage.target
    if (controlToken === undefined) throw new Skip('the target offers no control paths: CHAT_CONTROL_TOKEN is not set')
    return controlToken
  }

  /** The same case, its users and rooms, on another server. */
  upon(target: Target): World {
    return new World({ ...this.stage, target }, this.#actors)
  }

  /**
   * A process of the same server for this case alone, stopped at its end, and a world upon it.
   * @throws Skip where the target was found running; Finding where the process does not get ready.
   */
  async apart(options: Partial<LaunchOptions> = {}): Promise<World> {
    try {
      const launched = await this.launch(options)
      this.stage.cleanup(() => launched.stop())
      return this.upon(launched)
    } catch (error) {
      if (error instanceof TargetError) throw new Finding('a server that gets ready', error.message)
      throw error
    }
  }

  /**
   * Starts a process of the same server.
   * @throws Skip where the target was found running; TargetError where the process does not get ready.
   */
  launch(options: Partial<LaunchOptions>): Promise<Target> {
    const { target } = this.stage
    if (target.launch === undefined) throw new Skip('needs a process of its own, and the target was found running')
    return target.launch({ profile: 'test', ...options })
  }

  /** Skips the case where `welcome.features` does not list all that it needs. */
  needs({ payload: { features } }: Welcome, ...needed: Feature[]): void {
    const missing = needed.filter((feature) => !features.includes(feature))
    if (missing.length > 0) throw new Skip(`welcome.features does not list ${missing.join(', ')}`)
  }

  /** Skips the case where the server's own limit makes it wait longer than the user allows. */
  affords(limits: Limits, ...names: (keyof Limits)[]): number {
    const wait = names.reduce((sum, name) => sum + limits[name], 0)
    if (wait <= this.stage.maxWaitMs) return wait
    throw new Skip(`waits ${names.join(' + ')} = ${wait} ms, longer than --max-wait ${this.stage.maxWaitMs} ms`)
  }

  /** Skips the case where the server's limits would have it send more messages at once than a test should. */
  bearable(messages: number): void {
    if (messages > MOST_AT_ONCE) throw new Skip(`needs ${messages} messages at once, more than ${MOST_AT_ONCE}`)
  }

  /** Skips the case where the server's own limit leaves it no room. */
  fits(needed: number, limit: number, ...names: (keyof Limits)[]): void {
    if (needed > limit) throw new Skip(`needs ${needed}, and ${names.join(' and ')} of the server allow ${limit}`)
  }

  /**
   * The server's token bucket, full as of now. However fast or slow the server is, it cannot have accepted more than the
   * bucket held and what has flowed into it since.
   */
  bucket({ rate_burst: depth, rate_per_s: rate }: Limits) {
    const began = performance.now()
    return {
      /** @param asOf when the last of the answers had arrived. */
      allows(accepted: number, what: string, asOf = performance.now()): void {
        const most = Math.floor(depth + (rate * (asOf - began)) / 1000) + 1
        if (accepted > most) throw new Finding(`at most ${most} ${what}`, String(accepted))
      },
    }
  }

  /** What holds at the end of every case: each frame fitted its schema, and the server still serves others. */
  async verify(): Promise<void> {
    const [problem] = this.#actors.flatMap(({ name, problems }) => problems.map((one) => `${one} (to ${name})`))
    if (problem !== undefined) throw new Finding('frames that fit the schemas of chat.v1', problem)
    if (!this.#actors.some(({ connection }) => connection.ended !== undefined)) return
    const bystander = await this.ready('bystander')
    await bystander.fence()
  }
}

/** alice, then alice-2, alice-3 and so on. */
const nextName = (name: string) => name.replace(/(?:-(\d+))?$/, (_, n = '1') => `-${Number(n) + 1}`)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
