/**
 * An actor: a named client of a case. It speaks chat.v1 over the wire-level client, answers heartbeats while it is told
 * to, and has every frame that it is sent judged. Its verbs are what cases are written in.
 */
import { randomUUID } from 'node:crypto'
import type {
  ClientMessage,
  ErrorMessage,
  Ok,
  OkPayloads,
  Position,
  ServerMessage,
} from '../../schemas/generated/chat.ts'
import { CLOSE_CODES, type ErrorCode } from '../../schemas/generated/tables.ts'
import { validateClientMessage } from '../../schemas/generated/validators.js'
import { Finding, Missed } from '../runner/case.ts'
import type { Connection, End } from '../socket/connection.ts'
import { Allowance } from './allowance.ts'
import { type Judged, judgeFrame } from './judge.ts'
import { Rooms } from './rooms.ts'

type Type = ServerMessage['type']
type OfType<T extends Type> = Extract<ServerMessage, { type: T }>
type PayloadOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>['payload']

export class Actor {
  readonly name: string
  readonly connection: Connection
  /** Whether a server `ping` is answered; a case of the heartbeat turns it off. */
  answersPings = true
  /** Where it is heeded, a case that would go over the server's rate is skipped. */
  #heedsRate = true
  #allowance: Allowance | undefined
  #rooms: Rooms | undefined
  #patience: number
  #inbox: Judged[] = []
  /** Indices of the inbox that some wait has returned. */
  #consumed = new Set<number>()
  #sent = new Map<string, ClientMessage['type']>()

  constructor(name: string, connection: Connection, patience: number) {
    this.name = name
    this.connection = connection
    this.#patience = patience
    connection.listen(({ opcode, payload }) => this.#receive(opcode === 1 ? payload.toString() : undefined))
  }

  #receive(text: string | undefined) {
    const judged =
      text === undefined
        ? { message: undefined, text: '', problem: 'a binary frame' }
        : judgeFrame(text, (id) => this.#sent.get(id))
    this.#inbox.push(judged)
    if (judged.message?.type === 'welcome') this.#allowance = allowanceOf(judged)
    if (judged.message?.type === 'welcome' && judged.problem === undefined) this.#rooms ??= new Rooms(judged.message)
    if (judged.message?.type === 'ok') this.#rooms?.answered(judged.message.reply_to)
    if (judged.message?.type === 'ping' && this.answersPings) this.#put(JSON.stringify({ type: 'pong', payload: {} }))
  }

  /** Every message that has arrived so far. */
  received(): ServerMessage[] {
    return this.#inbox.flatMap(({ message }) => message ?? [])
  }

  /** Everything of one type that has arrived so far. */
  seen<T extends Type>(type: T): OfType<T>[] {
    return this.#inbox.flatMap(({ message }) => (message?.type === type ? [message as OfType<T>] : []))
  }

  /** `performance.now()` when a message that was seen had arrived. */
  arrivalOf(message: ServerMessage): number {
    const at = this.#inbox.findIndex((judged) => judged.message === message)
    return this.connection.messages[at]?.atMs ?? performance.now()
  }

  /** The `reply_to` of every answer that has arrived so far, in order. */
  replies(): string[] {
    return this.#inbox.flatMap(({ message }) => (message && 'reply_to' in message ? (message.reply_to ?? []) : []))
  }

  /** What was wrong with the frames that arrived so far. */
  get problems(): string[] {
    return this.#inbox.flatMap(({ problem }) => problem ?? [])
  }

  /** Sends a valid message and returns its id. A message that its own schema refuses is a fault of the harness. */
  send<T extends ClientMessage['type']>(type: T, payload: PayloadOf<T>, id = this.#nextId()): string {
    const message = type === 'pong' ? { type, payload } : { type, id, payload }
    if (!validateClientMessage(message))
      throw new Error(`the harness would send an invalid ${type}: ${JSON.stringify(validateClientMessage.errors)}`)
    this.sendText(JSON.stringify(message))
    return id
  }

  /** Sends any JSON value as it is. */
  sendJson(message: unknown): void {
    this.sendText(JSON.stringify(message))
  }

  /** Sends a text frame, whatever is in it; `put` does it in another way. */
  sendText(text: string, put?: (whole: string) => void): void {
    const { id, type, room } = commandIn(text)
    if (type === 'subscribe' && room !== undefined) this.#rooms?.ask(id, room)
    if (id !== undefined && type !== undefined) this.#sent.set(id, type)
    if (this.#heedsRate) this.#allowance?.require(performance.now())
    this.#put(text, put)
  }

  #put(text: string, put: (whole: string) => void = (whole) => this.connection.text(whole)): void {
    this.#allowance?.spend(performance.now())
    put(text)
  }

  /** From here on the actor goes over the server's rate if it likes: that is what the case is about. */
  flooding(): this {
    this.#heedsRate = false
    return this
  }

  /** From here on the actor asks for more rooms than it may have: that is what the case is about. */
  crowding(): this {
    this.#rooms?.crowd()
    return this
  }

  /** The same, for the actor to go on with. */
  sending<T extends ClientMessage['type']>(type: T, payload: PayloadOf<T>): this {
    this.send(type, payload)
    return this
  }

  sendingText(text: string): this {
    this.sendText(text)
    return this
  }

  #nextId() {
    return `${this.name}-${this.#sent.size + 1}`
  }

  /**
   * The first message not yet consumed that matches; others stay for whoever waits for them, since the order between
   * answers and events is often free.
   * @throws Finding where the connection ends first, or where nothing matches within `withinMs`.
   */
  until<M extends ServerMessage>(
    matches: (message: ServerMessage) => message is M,
    expected: string,
    withinMs?: number,
  ): Promise<M>
  until(matches: (message: ServerMessage) => boolean, expected: string, withinMs?: number): Promise<ServerMessage>
  async until(matches: (message: ServerMessage) => boolean, expected: string, withinMs = this.#patience) {
    const from = this.#inbox.length
    const found = await this.#take(matches, withinMs)
    if (found === undefined) throw new Missed(expected, this.#account(from, withinMs))
    return found
  }

  /** Whether a message of the type comes within this time; it is consumed. */
  async hears(type: Type, withinMs: number): Promise<boolean> {
    return (await this.#take((message) => message.type === type, withinMs)) !== undefined
  }

  async #take(matches: (message: ServerMessage) => boolean, withinMs: number): Promise<ServerMessage | undefined> {
    const deadline = performance.now() + withinMs
    for (let at = 0; ; ) {
      for (; at < this.#inbox.length; at += 1) {
        const message = this.#inbox[at]?.message
        if (message === undefined || this.#consumed.has(at) || !matches(message)) continue
        this.#consumed.add(at)
        return message
      }
      const left = Math.max(0, deadline - performance.now())
      const came = await this.connection.nextMessage({ from: at, matches: () => true, withinMs: left })
      if (came === 'timeout' || 'kind' in came) return undefined
    }
  }

  /** The next message of a type. */
  next<T extends Type>(type: T, withinMs = this.#patience): Promise<OfType<T>> {
    const matches = (message: ServerMessage): message is OfType<T> => message.type === type
    return this.until(matches, `${article(type)} to ${this.name}`, withinMs)
  }

  /** The `ok` that answers the command; an `error` in its place is a finding. */
  async ok<C extends keyof OkPayloads>(id: string): Promise<OkPayloads[C]> {
    const answer = await this.#answer(id, `ok to ${this.#sent.get(id)}`)
    // Judged on arrival by the schema of the command that it answers.
    if (answer.type === 'ok') return answer.payload as OkPayloads[C]
    throw new Finding(`ok to ${this.#sent.get(id)}`, `error ${answer.payload.code}: ${answer.payload.message}`)
  }

  /** The `error` with this very code that answers the frame with this id. */
  async refused(id: string, code: ErrorCode): Promise<ErrorMessage> {
    const answer = await this.#answer(id, `error ${code} with reply_to ${id}`)
    if (answer.type === 'error' && answer.payload.code === code) return answer
    throw new Finding(`error ${code}`, answer.type === 'ok' ? 'ok' : `error ${answer.payload.code}`)
  }

  #answer(id: string, expected: string): Promise<Ok | ErrorMessage> {
    const matches = (message: ServerMessage): message is Ok | ErrorMessage =>
      (message.type === 'ok' || message.type === 'error') && message.reply_to === id
    return this.until(matches, expected)
  }

  /** Subscribes: live, or from a position. */
  subscribed(room: string, position?: Position): Promise<OkPayloads['subscribe']> {
    return this.ok<'subscribe'>(this.send('subscribe', { room, ...(position && { position }) }))
  }

  /** Sends a text to a room, under a client_msg_id of its own, and does not wait. @returns the command's id. */
  sends(room: string, text: string): string {
    return this.send('send_message', { room, client_msg_id: randomUUID(), text })
  }

  /** Sends a text to a room and waits until it is accepted. */
  says(room: string, text: string): Promise<OkPayloads['send_message']> {
    return this.ok<'send_message'>(this.sends(room, text))
  }

  /** Puts a new token in the place of the old one. */
  refreshes(token: string): Promise<OkPayloads['auth_refresh']> {
    return this.ok<'auth_refresh'>(this.send('auth_refresh', { token }))
  }

  /** The message with this text. */
  hearsText(text: string): Promise<ServerMessage> {
    return this.until((one) => one.type === 'user_message' && one.payload.text === text, `a user_message ${text}`)
  }

  /** A round trip: what the server sent in answer to earlier frames has arrived when it resolves. */
  async fence(): Promise<void> {
    const id = this.send('ping', {})
    const matches = (message: ServerMessage): message is OfType<'pong'> =>
      message.type === 'pong' && message.reply_to === id
    await this.until(matches, `a pong with reply_to ${id}`)
  }

  /** Whatever ends the wait for an answer to this frame: the answer itself, or the end of the connection. */
  async answerOrEnd(id: string): Promise<Ok | ErrorMessage | End> {
    try {
      return await this.#answer(id, `an answer to ${id}, or the end of the connection`)
    } catch (error) {
      const { ended } = this.connection
      if (ended === undefined) throw error
      return ended
    }
  }

  /** The server closes with this code. @returns the end, with the reason and the time. */
  async closes(code: number, withinMs = this.#patience): Promise<End> {
    const expected = `close ${named(code)}`
    const end = await this.connection.end(withinMs)
    if (end === 'timeout') throw new Missed(expected, `an open connection after ${Math.round(withinMs)} ms`)
    if (end.kind === 'closed' && end.code === code) return end
    throw new Missed(expected, describeEnd(end))
  }

  /** The connection does not end within this time. */
  async staysOpen(forMs: number): Promise<void> {
    const end = await this.connection.end(forMs)
    if (end !== 'timeout') throw new Missed(`an open connection for ${Math.round(forMs)} ms`, describeEnd(end))
  }

  /** What came in the place of what was waited for. */
  #account(from: number, withinMs: number): string {
    const came = this.#inbox.slice(from).map(({ message, text }) => summaryOf(message) ?? text.slice(0, 80))
    const frames = came.length === 0 ? 'no message' : came.slice(-5).join(', ')
    const { ended } = this.connection
    return ended === undefined ? `${frames} within ${Math.round(withinMs)} ms` : `${frames}, then ${describeEnd(ended)}`
  }
}

/** Undefined where the welcome says nothing of its limits, which its own case tells. */
function allowanceOf({ message, problem }: Judged): Allowance | undefined {
  if (message?.type !== 'welcome' || problem !== undefined) return undefined
  return new Allowance(message.payload.limits, performance.now())
}

/** The id and type under which an answer will be judged, and the room, where the text has them. */
function commandIn(text: string): { id?: string; type?: ClientMessage['type']; room?: string } {
  try {
    const { id, type, payload } = JSON.parse(text)
    return { id, type, room: payload?.room }
  } catch {
    return {}
  }
}

const article = (type: string) => `${/^(?:[aeio]|un)/.test(type) ? 'an' : 'a'} ${type}`

/** `4003 duplicate_hello`, for a code of the registry. */
export function named(code: number): string {
  const known = Object.values(CLOSE_CODES).find((entry) => entry.code === code)
  return known === undefined ? String(code) : `${code} ${known.name}`
}

export function describeEnd(end: End): string {
  if (end.kind === 'fin') return 'the TCP connection ended without a Close frame (1006)'
  if (end.kind === 'reset') return 'the TCP connection was reset without a Close frame (1006)'
  return end.code === undefined ? 'a Close frame without a code (1005)' : `close ${named(end.code)}`
}

function summaryOf(message: ServerMessage | undefined): string | undefined {
  if (message === undefined) return undefined
  return message.type === 'error' ? `error ${message.payload.code}` : message.type
}
