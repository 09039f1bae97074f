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

/**
 * Opens a connection and says hello, unless told otherwise; times are on the clock, as of the reading of the frame. Whatever a server sends,
 * nothing of it ends the script: a frame that cannot be taken is a finding of the inspector.
 */
export function openChat(options: ChatOptions, { clock, inspector }: ChatStage, events: ChatEvents): ChatSocket {
  const { url, token, origin, hello, isMute = false } = options
  // Without a name of its own, each address would become a time series of k6.
  const params = { headers: headersFor(token, origin), tags: { name: 'ws' } }
  const socket = new Socket(url, 'chat.v1', params)
  const awaited = new Map<string, (reply: Reply, arrivedAt: number) => void>()
  let open = false
  let ended = false
  let failure = ''
  let failedAt: number | undefined
  let commands = 0

  const command: ChatSocket['command'] = (type, payload, answered) => {
    if (!open) return false
    const id = `c${commands++}`
    if (answered !== undefined) awaited.set(id, answered)
    socket.send(JSON.stringify({ type, id, payload }))
    return true
  }

  const take = (message: ServerMessage, arrivedAt: number) => {
    if (message.type === 'user_message') return events.message(message, arrivedAt)
    if (message.type === 'welcome') return welcome(message, arrivedAt)
    if (message.type === 'ping') return pong(message)
    if (message.type !== 'ok' && message.type !== 'error') return events.event?.(message, arrivedAt)
    if (message.type === 'error' && message.payload.fatal) {
      failure = `${message.payload.code}: ${message.payload.message}`
      failedAt = arrivedAt
    }
    const answered = awaited.get(message.reply_to ?? '')
    awaited.delete(message.reply_to ?? '')
    answered?.(message, arrivedAt)
  }

  const pong = ({ payload }: ServerMessage) => {
    if (!isMute) socket.send(JSON.stringify({ type: 'pong', payload }))
  }

  const welcome = (message: Welcome, arrivedAt: number) => {
    if (typeof message.payload.limits?.rate_per_s === 'number') return events.welcome(message, arrivedAt)
    failure = 'its welcome tells no limits'
    close()
    events.lost(failure, undefined, arrivedAt)
  }
  const receive = (data: unknown, arrivedAt: number) => {
    if (typeof data !== 'string') throw new MalformedFrame('a binary frame')
    const isSample = inspector.picks()
    if (!isSample && events.frame?.(data, arrivedAt)) return
    take(parse(data), arrivedAt)
    if (isSample) inspector.sample(data)
  }

  socket.onopen = ({ timestamp }) => {
    if (ended) return socket.close(1000)
    open = true
    events.opened?.(timestamp - clock.zero)
    if (hello !== 'unsaid') command('hello', { client: { name: 'shakedown', version: '1' }, ...hello })
  }
  socket.onmessage = ({ data, timestamp }) => {
    if (!open) return
    try {
      receive(data, timestamp - clock.zero)
    } catch (error) {
      inspector.refuse(error)
    }
  }
  socket.onerror = ({ error }) => {
    // The port on this side is another one each time: with it, no two troubles would be the same.
    failure ||= error.replace(/\S+->/, '')
  }
  socket.onclose = ({ code, reason }) => {
    open = false
    if (ended) return events.closed?.(code)
    ended = true
    const close = [code, reason].filter(Boolean).join(' ')
    const told = ['closed', close && `with ${close}`, failure && `(${failure})`].filter(Boolean).join(' ')
    events.lost(told, code, failedAt ?? clock.now())
  }
  const close = (code = 1000) => {
    // k6 would wait for ever to close a connection that is still being made.
    if (open) socket.close(code)
    open = false
    ended = true
  }
  return { command, close }
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
