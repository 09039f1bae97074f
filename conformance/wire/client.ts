/** The client of a wire case: sends frames, right or wrong, and says what must come of them. */
import { Finding, Skip } from '../runner/case.ts'
import type { Connection, Disconnect, End, Frame } from '../socket/connection.ts'
import { decodeClose, encodeFrame, isControl, OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'
import { findBreach } from './breach.ts'
import { text } from './frames.ts'

const NAMES = new Map<number, string>(Object.entries(OPCODE).map(([name, opcode]) => [opcode, name]))

export class Client {
  readonly connection: Connection
  readonly #patience: number
  /** Index of the first message that no expectation has met yet; what comes before the first that is met may greet. */
  #unread = 0
  /** How many messages came before the first that was expected. */
  #greetings = 0
  /** The case expects the end of this connection. */
  #ends = false

  constructor(connection: Connection, patience: number) {
    this.connection = connection
    this.#patience = patience
  }

  /** Sends frames in one write: once the server closes, a second write could make TCP discard what it said last. */
  sends(...frames: OutgoingFrame[]): Promise<void> {
    return this.connection.write(Buffer.concat(frames.map(encodeFrame)))
  }

  /** Sends frames in writes of this many octets, wherever that cuts them. */
  async sendsInChops(size: number, ...frames: OutgoingFrame[]): Promise<void> {
    const octets = Buffer.concat(frames.map(encodeFrame))
    for (let at = 0; at < octets.length; at += size) await this.connection.write(octets.subarray(at, at + size))
  }

  /**
   * The next message of the server is this: type and content, in however many fragments. Before the first message that is
   * expected on a connection the server may send others, for some greet.
   */
  async receives(opcode: Message['opcode'], payload: Buffer): Promise<void> {
    const isRight = (message: Message) => message.opcode === opcode && message.payload.equals(payload)
    const matches = this.#unread === 0 ? isRight : () => true
    const found = await this.connection.nextMessage({ from: this.#unread, matches, withinMs: this.#patience })
    // A server may limit what it takes (§10.4), and says so with this code.
    if (payload.length > 125 && this.connection.ended?.code === 1009)
      throw new Skip(`the server refuses messages of ${payload.length} octets with Close 1009`)
    if (!isMessage(found) || !isRight(found))
      throw new Finding(`the ${NAMES.get(opcode)} message ${shown(payload)} back, and no other`, this.#seen(found))
    const at = this.connection.messages.indexOf(found)
    if (this.#unread === 0) this.#greetings = at
    this.#unread = at + 1
  }

  /**
   * The message that these frames make comes back as it is; and once more, for only then is it sure that nothing comes
   * before it.
   * @param chop octets of a write.
   */
  async echoes(
    opcode: Message['opcode'],
    frames: readonly OutgoingFrame[],
    chop = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const payload = Buffer.concat(frames.map((frame) => frame.payload ?? Buffer.alloc(0)))
    for (let n = 0; n < 2; n += 1) {
      await this.sendsInChops(chop, ...frames)
      await this.receives(opcode, payload)
    }
  }

  /** Sends a message in one frame and receives it back. */
  async exchanges(
    frame: OutgoingFrame & { readonly opcode: Message['opcode']; readonly payload: Buffer },
  ): Promise<void> {
    await this.sends(frame)
    await this.receives(frame.opcode, frame.payload)
  }

  async receivesPong(payload: Buffer): Promise<void> {
    const matches = (frame: Frame) => frame.opcode === OPCODE.pong && frame.payload.equals(payload)
    const found = await this.connection.next({ from: 0, matches, withinMs: this.#patience })
    if (isFrame(found)) return
    throw new Finding(`a pong that carries ${shown(payload)}`, this.#seen(found))
  }

  /**
   * The server fails the connection (§7.1.7): with a Close frame or without, but it closes TCP.
   * A server may wait for our Close frame before it does, so it gets one.
   */
  async isFailed(): Promise<End> {
    this.#ends = true
    const end = await this.connection.end(this.#patience)
    if (end === 'timeout') throw new Finding('the server to fail the connection', this.#seen(end))
    if (end.kind === 'closed') await this.connection.close(end.code)
    await this.tcpIsClosed()
    return end
  }

  /** The server fails the connection for this frame, which would be a message if it were taken. */
  async isFailedFor(frame: OutgoingFrame & { readonly payload: Buffer }): Promise<void> {
    await this.sends(frame)
    const matches = (message: Message) => message.payload.equals(frame.payload)
    const taken = await this.connection.nextMessage({ from: this.#unread, matches, withinMs: this.#patience })
    if (isMessage(taken))
      throw new Finding('the server to fail the connection', 'the message back, as if it were right')
    await this.isFailed()
  }

  /** The server answers our Close frame with one, and closes TCP. */
  async isClosed(): Promise<void> {
    this.#ends = true
    const end = await this.connection.end(this.#patience)
    if (end === 'timeout' || end.kind !== 'closed') throw new Finding('a Close frame in response', this.#seen(end))
    await this.tcpIsClosed()
  }

  /** Our Close frame was wrong: the server may answer it or fail the connection. */
  async isClosedOrFailed(): Promise<void> {
    this.#ends = true
    const end = await this.connection.end(this.#patience)
    if (end === 'timeout') throw new Finding('the server to close or fail the connection', this.#seen(end))
    await this.tcpIsClosed()
  }

  async tcpIsClosed(): Promise<void> {
    const gone = await this.connection.disconnect(this.#patience)
    if (gone === 'timeout') throw new Finding('the server to close the TCP connection', this.#seen(gone))
  }

  /** How many messages came before the first that was expected. */
  get greetings(): number {
    return this.#greetings
  }

  /**
   * The server, which has failed this connection, answered nothing of what it failed it for: "An endpoint MUST NOT continue
   * to attempt to process data … from the remote endpoint after being instructed to _Fail the WebSocket Connection_" (§7.1.7).
   * @param greetings messages that the server sends unasked to any client.
   */
  answersNothing(frames: readonly OutgoingFrame[], greetings: number): void {
    const pings = frames.flatMap(({ opcode, payload }) => (opcode === OPCODE.ping && payload?.length ? [payload] : []))
    const isAnswer = ({ opcode, payload }: Frame) =>
      opcode === OPCODE.pong && pings.some((ping) => payload.subarray(0, ping.length).equals(ping))
    this.#hasMessages(this.#unread > 0 ? this.#unread : greetings)
    if (this.connection.frames.some(isAnswer)) throw new Finding('no pong to a wrong ping', this.#seen())
  }

  #hasMessages(atMost: number): void {
    if (this.connection.messages.length > atMost) throw new Finding('no further message', this.#seen())
  }

  /** At the end of a case: an open connection serves on, nothing came that was not asked for, and every frame was right. */
  async isDone(): Promise<void> {
    if (this.#ends) this.#hasMessages(this.#unread > 0 ? this.#unread : Number.POSITIVE_INFINITY)
    else for (const word of ['one more', 'and the last']) await this.exchanges(text(word))
    const breach = findBreach(this.connection.frames)
    if (breach) throw new Finding('frames as RFC 6455 allows them', `${named(breach.frame)}: ${breach.why}`)
    if (this.connection.broken) throw new Finding('frames as RFC 6455 allows them', this.connection.broken)
  }

  /** What the server sent, and how it ended, as a finding says it. */
  #seen(last?: Disconnect | End | Message | 'timeout'): string {
    const { frames, disconnected, broken } = this.connection
    const shownFrames = [...(frames.length > 6 ? ['…'] : []), ...frames.slice(-6).map(named)]
    const end = disconnected ? `a TCP ${disconnected.kind === 'fin' ? 'FIN' : 'RST'}` : undefined
    const parts = [...shownFrames, ...(broken ? [broken] : []), ...(end ? [end] : [])]
    const open =
      last === 'timeout' && !disconnected ? `the connection still open after ${this.#patience} ms` : undefined
    return [parts.join(', ') || 'nothing', ...(open ? [open] : [])].join(' and ')
  }
}

function named({ opcode, fin, payload }: Frame): string {
  const { code } = opcode === OPCODE.close ? decodeClose(payload) : {}
  if (code !== undefined)
    return `close ${code}${payload.length > 2 ? ` with the reason ${shown(payload.subarray(2))}` : ''}`
  const name = `${fin || isControl(opcode) ? '' : 'a fragment of '}${NAMES.get(opcode) ?? `opcode ${opcode}`}`
  return payload.length === 0 ? `${name} without payload` : `${name} ${shown(payload)}`
}

function shown(payload: Buffer): string {
  if (payload.length === 0) return 'without payload'
  if (payload.length > 40) return `of ${payload.length} octets`
  return /^[\x20-\x7e]*$/.test(payload.toString('latin1'))
    ? JSON.stringify(payload.toString())
    : payload.toString('hex')
}

const isMessage = (found: Message | End | 'timeout'): found is Message => found !== 'timeout' && 'payload' in found
const isFrame = (found: Frame | End | 'timeout'): found is Frame => found !== 'timeout' && 'payload' in found
