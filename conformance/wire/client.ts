/** The client of a wire case: sends frames, right or wrong, and says what must come of them. */
import { isUtf8 } from 'node:buffer'
import { setImmediate as turn } from 'node:timers/promises'
import { Finding, Missed } from '../runner/case.ts'
import type { Connection, Disconnect, End, Frame } from '../socket/connection.ts'
import { COMPRESSED } from '../socket/deflate.ts'
import { encodeFrame, OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'
import { findBreach } from './breach.ts'
import { isPongTo, reactionOf } from './failure.ts'
import { fragments, slices, text } from './frames.ts'
import { orRefusal, refusalOf } from './refusal.ts'
import { differenceOf, named, nameOf, seenOn, shown } from './seen.ts'
import type { Heard, Voice } from './voice.ts'

/** Octets for which the patience is granted once more. */
const PATIENCE_OCTETS = 2 ** 20
/** For so long a server may be at what is too much for it, in ms, before others come once more. */
const READ_MS = 5000

/** How a connection ends once it must: a server that does not end it at all has broken what it must end it for. */
export const ENDS = { failed: 'rfc6455/failure-closes-tcp', closed: 'rfc6455/server-closes-tcp' } as const

/** What a write holds: this many octets, or a frame. */
export type Chop = number | 'frame'

/** Turns of the event loop that the writes of one message may take. */
const MOST_TURNS = 500

/** How a message is put on the wire. */
export interface Manner {
  /** Payload octets of a frame; default all in one. */
  readonly fragment?: number
  /** Comes behind the first frame of several. */
  readonly behindFirst?: OutgoingFrame
  /** As permessage-deflate has it on this connection, or in a way of its own. */
  readonly compressed?: boolean | ((payload: Buffer) => Buffer)
}

export class Client {
  readonly connection: Connection
  readonly #voice: Voice
  readonly #patience: number
  /** Index of the first message that no expectation has met yet; what comes before the first that is met may greet. */
  #unread = 0
  /** How many messages came before the first that was expected. */
  #greetings = 0
  /** The most fragments that a message was sent in. */
  #fragments = 0
  /** The case expects the end of this connection. */
  #ends = false
  #isRaw = false

  constructor(connection: Connection, voice: Voice, patience: number) {
    this.connection = connection
    this.#voice = voice
    this.#patience = patience
  }

  /** Sends frames in one write: once the server closes, a second write could make TCP discard what it said last. */
  sends(...frames: readonly OutgoingFrame[]): Promise<void> {
    return this.sendsAll(frames)
  }

  /** Sends frames in writes of this many octets, wherever that cuts them, or in one for each frame. */
  async sendsAll(frames: readonly OutgoingFrame[], chop: Chop = Number.POSITIVE_INFINITY): Promise<void> {
    const encoded = this.#encoded(this.#isRaw ? frames : this.#voice.dress(frames))
    const chops = chop === 'frame' ? encoded : slices(Buffer.concat(encoded), chop)
    // A turn between them, so that each goes out, and may be read, by itself; of very many some.
    const together = Math.ceil(chops.length / MOST_TURNS)
    this.connection.holdAnswers()
    for (const [n, octets] of chops.entries()) {
      await this.connection.write(octets)
      if (chops.length > 1 && n % together === 0) await turn()
    }
    this.connection.releaseAnswers()
  }

  /** Sends a frame but for its last octets, which it withholds. */
  async sendsBeginning(frame: OutgoingFrame, withheld: number): Promise<void> {
    const octets = Buffer.concat(this.#voice.dress([frame]).map(encodeFrame))
    this.connection.holdAnswers()
    await this.connection.write(octets.subarray(0, -withheld))
  }

  /**
   * The next message of the server is this: type and content, in however many fragments. Before the first message that is
   * expected on a connection the server may send others, for some greet.
   * @throws Skip where it says that this is what it does not take
   */
  async receives(opcode: Message['opcode'], payload: Buffer): Promise<void> {
    const isRight = (heard?: Heard) => heard?.opcode === opcode && heard.payload.equals(payload)
    const first = this.#unread === 0
    const matches = (message: Message) => {
      const heard = this.#voice.hear(message)
      if (message.broken !== undefined) return true
      return first ? isRight(heard) || isSpoilt(payload, heard) : heard !== undefined
    }
    const withinMs = this.#patience * (1 + payload.length / PATIENCE_OCTETS)
    const found = await this.connection.nextMessage({ from: this.#unread, matches, withinMs })
    const refusal = refusalOf(this.connection.ended, { opcode, payload }, this.#fragments)
    if (refusal !== undefined) throw refusal
    const expected = `the ${nameOf(opcode)} message ${shown(payload)} back, and no other${orRefusal(opcode, payload)}`
    if (!isMessage(found)) throw new Missed(expected, this.#seen(found, withinMs))
    if (found.broken !== undefined) throw new Finding(expected, found.broken)
    const heard = this.#voice.hear(found)
    if (!isRight(heard)) throw new Finding(expected, `${this.#seen(found)}${differenceOf(payload, heard?.payload)}`)
    const at = this.connection.messages.indexOf(found, this.#unread)
    if (first) this.#greetings = this.#heard(at)
    this.#unread = at + 1
  }

  /**
   * The message that these frames make comes back as it is; and once more, for only then is it sure that nothing comes
   * before it.
   */
  async echoes(opcode: Message['opcode'], frames: readonly OutgoingFrame[], chop?: Chop): Promise<void> {
    const payload = Buffer.concat(frames.map((frame) => frame.payload ?? Buffer.alloc(0)))
    for (let n = 0; n < 2; n += 1) {
      await this.sendsAll(frames, chop)
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

  /** Sends a message of this content, and receives its content back. */
  async converses(content: Heard, manner: Manner): Promise<void> {
    const { fragment = Number.POSITIVE_INFINITY, compressed = false, behindFirst } = manner
    const { payload, answer } = this.#voice.letter(content)
    const encode = compressed === true ? (octets: Buffer) => this.#compress(octets) : compressed
    const octets = encode === false ? payload : encode(payload)
    const [first, ...others] = fragments(content.opcode, slices(octets, fragment))
    if (first === undefined) throw new Error('a message has a frame at least')
    const rsv = encode === false ? 0 : COMPRESSED
    const frames = [{ ...first, rsv }, ...(behindFirst && others.length > 0 ? [behindFirst] : []), ...others]
    await this.connection.write(Buffer.concat(this.#encoded(frames)))
    await this.receives(answer.opcode, answer.payload)
  }

  #encoded(frames: readonly OutgoingFrame[]): Buffer[] {
    this.#fragments = Math.max(this.#fragments, frames.length)
    return frames.map(encodeFrame)
  }

  #compress(payload: Buffer): Buffer {
    const { deflate } = this.connection
    if (deflate === undefined) throw new Error('permessage-deflate was not negotiated')
    return deflate.compress(payload)
  }

  async receivesPong(payload: Buffer): Promise<void> {
    const matches = (frame: Frame) => frame.opcode === OPCODE.pong && frame.payload.equals(payload)
    const found = await this.connection.next({ from: 0, matches, withinMs: this.#patience })
    if (isFrame(found)) return
    throw new Missed(`a pong that carries ${shown(payload)}`, this.#seen(found))
  }

  /** The server fails the connection (§7.1.7) for these frames: with a Close frame or without, but it closes TCP. */
  async isFailedFor(frames: readonly OutgoingFrame[]): Promise<End> {
    const expected = 'the server to fail the connection'
    this.#ends = true
    const cause = { frames, from: this.#unread, hear: (message: Message) => this.#voice.hear(message) }
    const end = await reactionOf(this.connection, cause, this.#patience)
    if (end === 'timeout') throw new Missed(expected, this.#seen(end))
    if (end === 'answers') throw new Finding(expected, `${this.#seen()}: it took what was sent as if it were right`)
    if (end === 'reads on') throw new Finding(expected, `${this.#seen()}: it goes on and answers what comes behind`)
    if (end.code !== undefined && this.#voice.isReading(end.code))
      throw new Finding(expected, `${this.#seen()}: it had read what was sent`)
    await this.#leaves(end, ENDS.failed)
    return end
  }

  /** The server ends the connection, by a Close frame or by closing TCP. */
  async isEnded(expected: string, withinMs = this.#patience, breaks?: string): Promise<End> {
    this.#ends = true
    const end = await this.connection.end(withinMs)
    if (end === 'timeout') throw new Missed(expected, this.#seen(end, withinMs), breaks)
    return end
  }

  /** The server answers our Close frame with one, and closes TCP. */
  async isClosed(): Promise<Disconnect> {
    const end = await this.isEnded('a Close frame in response')
    if (end.kind !== 'closed') throw new Finding('a Close frame in response', this.#seen(end))
    return this.#tcpIsClosed(ENDS.closed)
  }

  /** Our Close frame was wrong: the server may answer it or fail the connection. */
  async isClosedOrFailed({ breaks = ENDS.closed }: { readonly breaks?: string } = {}): Promise<End> {
    return this.#closesOrFails(breaks, breaks)
  }

  /** Our Close frame was wrong in another thing than its code: that is not sent back, as if the frame were right. */
  async isClosedUnanswered(code: number): Promise<void> {
    const end = await this.#closesOrFails(ENDS.failed)
    if (end.code === code) throw new Finding(`no Close ${code} in response`, this.#seen())
  }

  /** @param rule is broken where TCP stays open; `ignored` where the server does nothing at all. */
  async #closesOrFails(rule: string, ignored?: string): Promise<End> {
    const end = await this.isEnded('the server to close or fail the connection', this.#patience, ignored)
    await this.#leaves(end, rule)
    return end
  }

  /** The server, which has failed this connection, closes TCP; it may wait for our Close frame before it does. */
  async #leaves({ kind, code }: End, rule: string): Promise<void> {
    if (kind === 'closed') await this.connection.close(code)
    await this.#tcpIsClosed(rule)
  }

  async #tcpIsClosed(rule: string): Promise<Disconnect> {
    const gone = await this.connection.disconnect(this.#patience)
    if (gone === 'timeout') throw new Missed('the server to close the TCP connection', this.#seen(gone), rule)
    return gone
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
    this.#hasMessages(this.#unread > 0 ? this.#heard(this.#unread) : greetings)
    if (this.connection.frames.some((frame) => isPongTo(frames, frame)))
      throw new Finding('no pong to a wrong ping', this.#seen())
  }

  #hasMessages(atMost: number): void {
    if (this.#heard() > atMost) throw new Finding('no further message', this.#seen())
  }

  /** How many of the first messages answer something. */
  #heard(before = Number.POSITIVE_INFINITY): number {
    return this.connection.messages.slice(0, before).filter((message) => this.#voice.hear(message)).length
  }

  /** What is sent from now on is octets to the carrier, and what becomes of the connection is nobody's business unless it must end. */
  raw(): this {
    this.#isRaw = true
    return this
  }

  /** Gives the server time to read what it was sent, or to end the connection; it need do neither, if it takes no more. */
  async isReadOrEnded(): Promise<void> {
    const last = Buffer.from('the end')
    void this.connection.ping(last)
    const matches = ({ opcode, payload }: Frame) => opcode === OPCODE.pong && payload.equals(last)
    await this.connection.next({ from: 0, matches, withinMs: READ_MS })
  }

  /** At the end of a case: an open connection serves on, nothing came that was not asked for, and every frame was right. */
  async isDone(): Promise<void> {
    if (this.#isRaw && !this.#ends) return
    if (this.#ends) {
      if (this.#unread > 0) this.#hasMessages(this.#heard(this.#unread))
    } else for (const word of ['one more', 'and the last']) await this.exchanges(text(word))
    const { frames, messages, broken, deflate } = this.connection
    // Found by any case, whatever sentences it cites: the breach names its own.
    const expected = `in this as in every case frames as RFC 6455 ${deflate ? 'and RFC 7692 allow' : 'allows'} them`
    const breach = findBreach(frames, deflate !== undefined)
    if (breach) throw new Finding(expected, `${named(breach.frame)}: ${breach.why}`, breach.rule)
    const wrong = broken ?? messages.find((message) => message.broken !== undefined)?.broken
    if (wrong !== undefined) throw new Finding(expected, wrong)
    // Of compressed ones their frames do not show it.
    if (messages.some(({ opcode, payload }) => opcode === OPCODE.text && !isUtf8(payload)))
      throw new Finding(expected, 'a text message is not UTF-8 (§5.6)', 'rfc6455/text-is-utf-8')
  }

  #seen(last?: Disconnect | End | Message | 'timeout', withinMs = this.#patience): string {
    return seenOn(this.connection, last === 'timeout' ? withinMs : undefined)
  }
}

/** No greeting begins with as many octets of what was sent, but an echo that was cut short or mixed up does. */
const NO_GREETING = 64
const isSpoilt = (sent: Buffer, heard?: Heard) =>
  heard !== undefined &&
  heard.payload.length > NO_GREETING &&
  heard.payload.subarray(0, NO_GREETING).equals(sent.subarray(0, NO_GREETING))

const isMessage = (found: Message | End | 'timeout'): found is Message => found !== 'timeout' && 'payload' in found
const isFrame = (found: Frame | End | 'timeout'): found is Frame => found !== 'timeout' && 'payload' in found
