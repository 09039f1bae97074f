/** One WebSocket connection of ours: sends any octets, keeps everything that arrives, and answers only what it is asked to. */
import type net from 'node:net'
import { Deflate, offerHeader } from './deflate.ts'
import { surviveFailedWrites } from './failed-write.ts'
import {
  type DecodedFrame,
  decodeClose,
  encodeClose,
  encodeFrame,
  FrameDecoder,
  OPCODE,
  type OutgoingFrame,
} from './frame.ts'
import { buildRequest, judgeResponse, newKey, type Response } from './handshake.ts'
import { type Message, MessageAssembler } from './message.ts'
import { exchange, type OpenOptions, Unreachable } from './opening.ts'
import { Transcript } from './transcript.ts'
import { Waiting } from './waiting.ts'

export { Unreachable }

/** A received frame. */
export interface Frame extends DecodedFrame {
  /** `performance.now()` when its last octet was read. */
  readonly atMs: number
}

/** How the peer ended the session. What it does to the TCP connection after a Close frame: see `disconnected`. */
export interface End {
  /** A Close frame was received; TCP FIN without one; TCP reset without one. */
  readonly kind: 'closed' | 'fin' | 'reset'
  /** Of the Close frame; absent where it carried none. */
  readonly code?: number
  readonly reason?: Buffer
  readonly atMs: number
}

export interface Disconnect {
  readonly kind: 'fin' | 'reset'
  readonly atMs: number
}

interface Search<T> {
  /** Index from which to look. */
  readonly from: number
  matches(item: T): boolean
  readonly withinMs: number
}

/**
 * Connects and sends the upgrade request.
 * @returns the connection as soon as the response head has arrived, whatever its status
 * @throws Unreachable where none arrives, and the signal's reason where it is aborted
 */
export async function open(url: string, options: OpenOptions): Promise<Connection> {
  const address = new URL(url)
  const { subprotocols = [], deflate = [], path = address.pathname + address.search, request = {} } = options
  const { key = newKey(), behind = Buffer.alloc(0), chop, absolute = false, ...line } = request
  const offers = [deflate].flat()
  const offer = offers.length === 0 ? [] : [['Sec-WebSocket-Extensions', offerHeader(...offers)] as const]
  const headers = [...offer, ...(options.headers ?? [])]
  const uri = absolute ? `http://${address.host}${path}` : path
  const head = buildRequest({ host: address.host, path: uri, key, subprotocols, headers, ...line })
  const transcript = new Transcript(options.name, options.record, options.octets)
  const sent = { head, behind, ...(chop === undefined ? {} : { chop }) }
  const answered = await exchange(address, sent, transcript, options)
  const response = judgeResponse(answered.head, key, subprotocols, offers)
  return new Connection(answered.socket, response, answered.head.rest, transcript, options)
}

export class Connection {
  readonly response: Response
  /** Where it was offered and agreed on; what is received is inflated, and what is sent only where it is asked to be. */
  readonly deflate: Deflate | undefined
  readonly #socket: net.Socket
  readonly #transcript: Transcript
  readonly #auto: { readonly pong: boolean; readonly close: boolean }
  readonly #decoder: FrameDecoder
  readonly #assembler: MessageAssembler
  readonly #frames: Frame[] = []
  readonly #messages: Message[] = []
  readonly #waiting = new Waiting()
  #ended: End | undefined
  #disconnected: Disconnect | undefined
  #writeFailed = false
  #closeSent = false
  /** What is sent by itself waits here while a message of ours is sent in parts; undefined where none is. */
  #held: (() => void)[] | undefined
  #listener: (message: Message) => void = () => {}

  constructor(socket: net.Socket, response: Response, rest: Buffer, transcript: Transcript, options: OpenOptions) {
    this.response = response
    this.deflate = response.deflate && new Deflate(response.deflate)
    if (response.deflate) transcript.deflated(response.deflate)
    this.#decoder = new FrameDecoder('server', this.deflate !== undefined)
    this.#assembler = new MessageAssembler(this.deflate)
    this.#socket = socket
    this.#transcript = transcript
    this.#auto = { pong: options.autoPong ?? true, close: options.autoClose ?? true }
    surviveFailedWrites(socket, () => {
      this.#writeFailed = true
    })
    const destroy = () => this.destroy()
    options.signal.addEventListener('abort', destroy, { once: true })
    socket.on('data', (octets: Buffer) => this.#receive(octets))
    socket.on('end', () => this.#hangUp(this.#writeFailed ? 'reset' : 'fin'))
    socket.on('error', () => this.#hangUp('reset'))
    socket.on('close', () => {
      options.signal.removeEventListener('abort', destroy)
      this.#waiting.stop()
    })
    if (rest.length > 0) this.#receive(rest)
  }

  /** Everything received so far, in order, Close frames included. */
  get frames(): readonly Frame[] {
    return this.#frames
  }

  /** The whole text and binary messages received so far. */
  get messages(): readonly Message[] {
    return this.#messages
  }

  /** Hands over every whole message: those received already at once, each further one before any wait for it ends. */
  listen(listener: (message: Message) => void): void {
    this.#listener = listener
    for (const message of this.#messages) listener(message)
  }

  get ended(): End | undefined {
    return this.#ended
  }

  /** How the peer closed its side of the TCP connection, with or without a Close frame before. */
  get disconnected(): Disconnect | undefined {
    return this.#disconnected
  }

  /** Why what is received can no longer be split into frames. */
  get broken(): string | undefined {
    return this.#decoder.broken
  }

  /** Resolves when the kernel has taken the octets, or when the peer is gone: that is an End, not an error. */
  write(octets: Buffer): Promise<void> {
    this.#transcript.written(octets)
    return new Promise((resolve) => {
      this.#socket.write(octets, () => resolve())
    })
  }

  /** Sends many whole frames that are nothing each, which the transcript tells in one line. */
  flood(octets: Buffer, what: string): void {
    this.#transcript.note(`sent ${what}`)
    this.#socket.write(octets)
  }

  /** From now on a message is sent in parts, until it is whole or forever: what is sent by itself must not come in between. */
  holdAnswers(): void {
    this.#held ??= []
  }

  /** The message is whole. */
  releaseAnswers(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const send of held) send()
  }

  /** Sends what the server is owed whatever else goes on, at once or as soon as no message of ours is half sent. */
  answer(send: () => void): void {
    if (this.#held === undefined) send()
    else this.#held.push(send)
  }

  /** What is sent meanwhile goes out together, so that it can arrive in one read of the peer's. */
  together(send: () => void): void {
    this.#socket.cork()
    send()
    this.#socket.uncork()
  }

  /** Sends a frame, right or wrong; masked unless asked otherwise. */
  send(frame: OutgoingFrame): Promise<void> {
    if (frame.opcode === OPCODE.close) this.#closeSent = true
    return this.write(encodeFrame(frame))
  }

  text(text: string): Promise<void> {
    return this.send({ opcode: OPCODE.text, payload: Buffer.from(text) })
  }

  ping(payload: Buffer | string = ''): Promise<void> {
    return this.send({ opcode: OPCODE.ping, payload: Buffer.from(payload) })
  }

  close(code?: number, reason?: Buffer | string): Promise<void> {
    return this.send({ opcode: OPCODE.close, payload: encodeClose(code, reason) })
  }

  /** Closes our side of the TCP connection; the peer can still send. */
  finish(): void {
    this.#socket.end()
  }

  /** The first matching frame from an index on, received already or yet to come; the End where none can come. */
  next(search: Search<Frame>): Promise<Frame | End | 'timeout'> {
    return this.#first(this.#frames, search)
  }

  /** The same for whole messages. */
  nextMessage(search: Search<Message>): Promise<Message | End | 'timeout'> {
    return this.#first(this.#messages, search)
  }

  /** Waits until the peer has ended the session, by a Close frame or by closing the TCP connection. */
  end(withinMs: number): Promise<End | 'timeout'> {
    return this.#waiting.until(() => this.#ended, withinMs)
  }

  /** Waits until the peer has closed the TCP connection. */
  disconnect(withinMs: number): Promise<Disconnect | 'timeout'> {
    return this.#waiting.until(() => this.#disconnected, withinMs)
  }

  /** Stops reading: a slow consumer. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends the TCP connection at once; waits under way end as 'timeout'. */
  destroy(): void {
    this.#transcript.end()
    this.#socket.destroy()
  }

  #first<T>(items: readonly T[], { from, matches, withinMs }: Search<T>): Promise<T | End | 'timeout'> {
    let at = from
    return this.#waiting.until((): T | End | undefined => {
      for (; at < items.length; at++) {
        const item = items[at] as T
        if (matches(item)) return item
      }
      return this.#ended
    }, withinMs)
  }

  #receive(octets: Buffer): void {
    if (this.response.status !== 101) return
    const wasBroken = this.broken
    for (const decoded of this.#decoder.push(octets)) this.#take({ ...decoded, atMs: performance.now() })
    if (wasBroken === undefined && this.broken !== undefined) this.#transcript.note(this.broken)
    this.#waiting.notify()
  }

  #take(frame: Frame): void {
    this.#transcript.frame('received', frame)
    this.#frames.push(frame)
    const message = this.#assembler.push(frame)
    if (message !== undefined) {
      if (message.broken !== undefined) this.#transcript.note(message.broken)
      this.#messages.push(message)
      this.#listener(message)
    }
    // "unless it already received a Close frame" (§5.5.2).
    if (frame.opcode === OPCODE.ping && this.#auto.pong && this.#ended === undefined)
      this.answer(() => void this.send({ opcode: OPCODE.pong, payload: frame.payload }))
    if (frame.opcode !== OPCODE.close) return
    this.#ended ??= { kind: 'closed', ...decodeClose(frame.payload), atMs: frame.atMs }
    if (this.#auto.close && !this.#closeSent) void this.close(this.#ended.code)
  }

  #hangUp(kind: 'fin' | 'reset'): void {
    if (this.#disconnected === undefined) {
      this.#disconnected = { kind, atMs: performance.now() }
      this.#ended ??= this.#disconnected
      this.#transcript.hangUp(kind)
    }
    this.#waiting.notify()
  }
}
