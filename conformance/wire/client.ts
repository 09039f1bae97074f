/** The client of a wire case: sends frames, right or wrong, and says what must come of them. */
import { isUtf8 } from 'node:buffer'
import { Finding, Skip } from '../runner/case.ts'
import type { Connection, Disconnect, End, Frame } from '../socket/connection.ts'
import { decodeClose, encodeFrame, isControl, OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'

const NAMES = new Map<number, string>(Object.entries(OPCODE).map(([name, opcode]) => [opcode, name]))

/**
 * Codes that an endpoint may put into a Close frame: RFC 6455 §7.4, and what IANA has registered since (1012 to 1014).
 * https://www.iana.org/assignments/websocket/websocket.xhtml
 */
export function isSendableCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
}

export class Client {
  readonly connection: Connection
  readonly #patience: number
  /** Index of the first message that no expectation has met yet. */
  #unread = 0

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

  /** The server sends this message: type and content, in however many fragments, and whatever else before it. */
  async receives(opcode: Message['opcode'], payload: Buffer): Promise<void> {
    const matches = (message: Message) => message.opcode === opcode && message.payload.equals(payload)
    const found = await this.connection.nextMessage({ from: this.#unread, matches, withinMs: this.#patience })
    // A server may limit what it takes (§10.4), and says so with this code.
    if (payload.length > 125 && this.connection.ended?.code === 1009)
      throw new Skip(`the server refuses messages of ${payload.length} octets with Close 1009`)
    if (!isMessage(found))
      throw new Finding(`the ${NAMES.get(opcode)} message ${shown(payload)} back`, this.#seen(found))
    this.#unread = this.connection.messages.indexOf(found) + 1
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
    const end = await this.connection.end(this.#patience)
    if (end === 'timeout' || end.kind !== 'closed') throw new Finding('a Close frame in response', this.#seen(end))
    await this.tcpIsClosed()
  }

  /** Our Close frame was wrong: the server may answer it or fail the connection, but not send such a frame itself. */
  async isClosedOrFailed(): Promise<void> {
    const end = await this.connection.end(this.#patience)
    if (end === 'timeout') throw new Finding('the server to close or fail the connection', this.#seen(end))
    await this.tcpIsClosed()
    const wrong = this.connection.frames.filter(
      ({ opcode, payload }) => opcode === OPCODE.close && !isRightClose(payload),
    )
    if (wrong.length > 0) throw new Finding('no Close frame, or one with a code that may be sent', this.#seen(end))
  }

  async tcpIsClosed(): Promise<void> {
    const gone = await this.connection.disconnect(this.#patience)
    if (gone === 'timeout') throw new Finding('the server to close the TCP connection', this.#seen(gone))
  }

  /** Every frame of the server keeps to this. */
  framesAre(expected: string, right: (frame: Frame) => boolean): void {
    const wrong = this.connection.frames.find((frame) => !right(frame))
    if (wrong) throw new Finding(expected, [named(wrong), ...wrong.violations].join(': '))
  }

  /** What the server sent, and how it ended, as a finding says it. */
  #seen(last: Disconnect | End | 'timeout'): string {
    const { frames, disconnected, broken } = this.connection
    const shownFrames = frames.length > 6 ? [...frames.slice(0, 6).map(named), '…'] : frames.map(named)
    const end = disconnected ? `a TCP ${disconnected.kind === 'fin' ? 'FIN' : 'RST'}` : undefined
    const parts = [...shownFrames, ...(broken ? [broken] : []), ...(end ? [end] : [])]
    const open =
      last === 'timeout' && !disconnected ? `the connection still open after ${this.#patience} ms` : undefined
    return [parts.join(', ') || 'nothing', ...(open ? [open] : [])].join(' and ')
  }
}

/** True for a Close payload that a server may send: §5.5.1, §7.4. */
function isRightClose(payload: Buffer): boolean {
  const { code, reason = Buffer.alloc(0) } = decodeClose(payload)
  if (code === undefined) return payload.length === 0
  return isSendableCode(code) && isUtf8(reason)
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
