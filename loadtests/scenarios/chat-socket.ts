/** One chat.v1 connection: handshake, hello, answers to commands, and the pong that keeps it alive. */
import { WebSocket } from 'k6/websockets'
import type { ErrorMessage, Hello, Ok, ServerMessage, UserMessage, Welcome } from '../../schemas/generated/chat.ts'
import type { Clock } from './clock.ts'
import type { Inspector } from './inspector.ts'
import { MalformedFrame } from './message-reader.ts'

export type Reply = Ok | ErrorMessage

export interface ChatEvents {
  /** The upgrade was accepted. */
  opened?(arrivedAt: number): void
  welcome(welcome: Welcome, arrivedAt: number): void
  /** Every text frame before it is parsed; true where that settled it. */
  frame?(frame: string, arrivedAt: number): boolean
  /** A message that `frame` did not settle. */
  message(message: UserMessage, arrivedAt: number): void
  /** Any other event of the server that is not settled here. */
  event?(event: ServerMessage, arrivedAt: number): void
  /**
   * The connection is gone, or never came to be, without `close` having been called; 1006 where no close frame came.
   * @param at the arrival of the fatal error before the close; without one, when the end was handled.
   */
  lost(reason: string, code: number | undefined, at: number): void
  /** A connection that `close` was called on has ended; the code is that of the server's close frame, 1006 where none came. */
  closed?(code?: number): void
}

export interface ChatSocket {
  /** Sends a command; false where the connection is not open. `answered` is called with its reply, if one comes. */
  command(type: string, payload: object, answered?: (reply: Reply, arrivedAt: number) => void): boolean
  /** @param code 1000, which ends the session, unless another is given. */
  close(code?: number): void
}

export interface ChatOptions {
  readonly url: string
  readonly token: string
  readonly origin?: string | undefined
  /** Whether it leaves pings unanswered. */
  readonly isMute?: boolean
  /** What `hello` asks for beside its client, or that it is not said. */
  readonly hello?: Pick<Hello['payload'], 'session' | 'positions'> | 'unsaid'
}

export interface ChatStage {
  readonly clock: Clock
  readonly inspector: Inspector
}

type Answered = (reply: Reply, arrivedAt: number) => void

/**
 * Opens a connection and says hello, unless told otherwise; times are on the clock, as of the reading of the frame.
 * Whatever a server sends, nothing of it ends the script: a frame that cannot be taken is a finding of the inspector.
 */
export function openChat(options: ChatOptions, stage: ChatStage, events: ChatEvents): ChatSocket {
  return new Connection(options, stage, events)
}

class Connection implements ChatSocket {
  readonly #options: ChatOptions
  readonly #stage: ChatStage
  readonly #events: ChatEvents
  readonly #socket: EngineSocket
  readonly #awaited = new Map<string, Answered>()
  #commands = 0
  #isOpen = false
  /** It was closed here, or its end was told. */
  #isOver = false
  /** What was said before the end, by the server or by k6, and when a fatal error arrived. */
  #failure = ''
  #failedAt: number | undefined

  constructor(options: ChatOptions, stage: ChatStage, events: ChatEvents) {
    const { url, token, origin } = options
    const { clock } = stage
    this.#options = options
    this.#stage = stage
    this.#events = events
    // Without a name of its own, each address would become a time series of k6.
    const params = { headers: headersFor(token, origin), tags: { name: 'ws' } }
    this.#socket = new Socket(url, 'chat.v1', params)
    this.#socket.onopen = ({ timestamp }) => this.#opened(timestamp - clock.zero)
    this.#socket.onmessage = ({ data, timestamp }) => this.#received(data, timestamp - clock.zero)
    this.#socket.onerror = ({ error }) => {
      // The port on this side is another one each time: with it, no two troubles would be the same.
      this.#failure ||= error.replace(/\S+->/, '')
    }
    this.#socket.onclose = ({ code, reason }) => this.#closed(code, reason)
  }

  command(type: string, payload: object, answered?: Answered): boolean {
    if (!this.#isOpen) return false
    const id = `c${this.#commands++}`
    if (answered !== undefined) this.#awaited.set(id, answered)
    this.#socket.send(JSON.stringify({ type, id, payload }))
    return true
  }

  close(code = 1000): void {
    // k6 would wait for ever to close a connection that is still being made.
    if (this.#isOpen) this.#socket.close(code)
    this.#isOpen = false
    this.#isOver = true
  }

  #opened(at: number) {
    if (this.#isOver) return this.#socket.close(1000)
    this.#isOpen = true
    this.#events.opened?.(at)
    const { hello } = this.#options
    if (hello !== 'unsaid') this.command('hello', { client: { name: 'shakedown', version: '1' }, ...hello })
  }

  #received(data: unknown, arrivedAt: number) {
    if (!this.#isOpen) return
    const { inspector } = this.#stage
    try {
      if (typeof data !== 'string') throw new MalformedFrame('a binary frame')
      const isSample = inspector.picks()
      if (!isSample && this.#events.frame?.(data, arrivedAt)) return
      this.#take(parse(data), arrivedAt)
      if (isSample) inspector.sample(data)
    } catch (error) {
      inspector.refuse(error)
    }
  }

  #take(message: ServerMessage, arrivedAt: number) {
    if (message.type === 'user_message') return this.#events.message(message, arrivedAt)
    if (message.type === 'welcome') return this.#welcomed(message, arrivedAt)
    if (message.type === 'ping') return this.#pong(message)
    if (message.type === 'ok' || message.type === 'error') return this.#answered(message, arrivedAt)
    this.#events.event?.(message, arrivedAt)
  }

  #welcomed(message: Welcome, arrivedAt: number) {
    if (typeof message.payload.limits?.rate_per_s === 'number') return this.#events.welcome(message, arrivedAt)
    this.close()
    this.#events.lost('its welcome tells no limits', undefined, arrivedAt)
  }

  #pong({ payload }: ServerMessage) {
    if (!this.#options.isMute) this.#socket.send(JSON.stringify({ type: 'pong', payload }))
  }

  #answered(reply: Reply, arrivedAt: number) {
    if (reply.type === 'error' && reply.payload.fatal) {
      this.#failure = `${reply.payload.code}: ${reply.payload.message}`
      this.#failedAt = arrivedAt
    }
    const answered = this.#awaited.get(reply.reply_to ?? '')
    this.#awaited.delete(reply.reply_to ?? '')
    answered?.(reply, arrivedAt)
  }

  #closed(code: number | undefined, reason: string | undefined) {
    this.#isOpen = false
    if (this.#isOver) return this.#events.closed?.(code)
    this.#isOver = true
    const close = [code, reason].filter(Boolean).join(' ')
    const told = ['closed', close && `with ${close}`, this.#failure && `(${this.#failure})`].filter(Boolean).join(' ')
    this.#events.lost(told, code, this.#failedAt ?? this.#stage.clock.now())
  }
}

function headersFor(token: string, origin: string | undefined): Record<string, string> {
  const credential = { Authorization: `Bearer ${token}` }
  return origin === undefined ? credential : { ...credential, Origin: origin }
}

/** @throws MalformedFrame where it is no message at all; its fields are checked where they are used. */
function parse(frame: string): ServerMessage {
  const message = jsonOf(frame)
  const payload = isObject(message) ? message.payload : undefined
  if (!isObject(payload)) throw new MalformedFrame('no JSON object with a payload')
  return message as ServerMessage
}

function jsonOf(frame: string): unknown {
  try {
    return JSON.parse(frame)
  } catch {
    throw new MalformedFrame('not JSON')
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** k6's WebSocket as its code is: the published types know neither a subprotocol nor what its events hold. */
interface EngineSocket {
  send(data: string): void
  close(code: number): void
  onopen: (event: { readonly timestamp: number }) => void
  /** `timestamp`: wall clock at which the frame was read, in milliseconds with their fraction. */
  onmessage: (event: { readonly data: unknown; readonly timestamp: number }) => void
  onerror: (event: { readonly error: string }) => void
  onclose: (event: { readonly code?: number; readonly reason?: string }) => void
}

export const Socket = WebSocket as unknown as new (url: string, protocol: string, params: object) => EngineSocket
