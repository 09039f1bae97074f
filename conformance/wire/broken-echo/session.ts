/** One connection of the broken echo server, once it is open: what it reads, and what it does for it. */
import type net from 'node:net'
import { type DecodedFrame, encodeClose, FrameDecoder, isControl, OPCODE } from '../../socket/frame.ts'
import { isSendableCode } from '../breach.ts'
import { type Answer, echoOf, written } from './answers.ts'
import type { Deflation } from './deflation.ts'
import type { Has } from './faults.ts'
import { isWrong, type Place } from './frame-rules.ts'
import { type Joined, Joiner } from './joiner.ts'
import { beginsWrong, isRefused, isText } from './text-rules.ts'

export interface Conditions {
  readonly has: Has
  /** The server serves nobody from now on, where it has a fault that says so. */
  readonly die: () => void
  readonly deflation: Deflation | undefined
}

const NOTHING = Buffer.alloc(0)
/** Stands for octets that nothing is made of. */
const LONG = Buffer.alloc(200)
/** More fragments than these are what a server dies of. */
const DEADLY_FRAGMENTS = 50_000
/** For so long behind the last octets a server that goes on behind its Close frame does, in ms. */
const GOES_ON_MS = 200

export class EchoSession {
  readonly #socket: net.Socket
  readonly #has: Has
  readonly #die: () => void
  readonly #deflation: Deflation | undefined
  readonly #decoder = new FrameDecoder('client')
  readonly #joiner: Joiner
  #state: 'open' | 'closed' = 'open'
  /** How many frames and messages so far. */
  #received = 0
  #echoed = 0
  #leaving: NodeJS.Timeout | undefined
  /** The octets so far of a frame that is not whole, where they are in hand. */
  #begun: Buffer = NOTHING

  constructor(socket: net.Socket, { has, die, deflation }: Conditions) {
    this.#socket = socket
    this.#has = has
    this.#die = die
    this.#deflation = deflation
    this.#joiner = new Joiner(has, deflation !== undefined)
    if (has('greets')) this.#send({ opcode: OPCODE.text, payload: Buffer.from('welcome') })
    if (has('greets with text that is not UTF-8')) this.#send({ opcode: OPCODE.text, payload: Buffer.of(0xff) })
  }

  read(octets: Buffer): void {
    this.#leaving?.refresh()
    const frames = this.#decoder.push(this.#misread(octets))
    for (const frame of frames) this.#receive(frame)
    const isFirst = this.#begun.length < LONG.length && frames.length === 0
    const begun = isFirst ? Buffer.concat([this.#begun, octets]) : LONG
    this.#begun = this.#decoder.midFrame ? begun : NOTHING
    if (this.#state === 'open' && beginsWrong(this.#begun, this.#has)) this.#fail(1007)
    if (this.#decoder.broken === undefined || this.#state === 'closed') return
    if (this.#has('dies of an endless frame')) this.#die()
    else if (!this.#has('ignores the top bit of a length')) this.#fail(1002)
  }

  /** Of a length whose top bit is set only the last bits are read. */
  #misread(octets: Buffer): Buffer {
    const isLong = !this.#decoder.midFrame && octets.length >= 10 && ((octets[1] ?? 0) & 0x7f) === 127
    if (!isLong || (octets[2] ?? 0) < 0x80 || !this.#has('reads 32 bits of a length')) return octets
    return Buffer.concat([Buffer.of(octets[0] ?? 0, 0x80 | (octets[9] ?? 0)), octets.subarray(10)])
  }

  #receive(frame: DecodedFrame): void {
    const { opcode, payload } = frame
    this.#received += 1
    if (this.#state === 'closed') {
      if (this.#has('echoes behind its Close frame') && !isControl(opcode)) this.#echo(frame)
      if (this.#waits && opcode === OPCODE.close) this.#socket.end()
    } else if (isWrong(frame, this.#place, this.#has)) this.#fail(1002, frame)
    else if (opcode <= OPCODE.binary) this.#join(frame)
    else if (isControl(opcode)) {
      if (!this.#joiner.passesControl(frame)) this.#fail(1007, frame)
      else if (opcode === OPCODE.ping) this.#pong(payload)
      else if (opcode === OPCODE.close) this.#close(payload)
    }
  }

  get #place(): Place {
    return { isFirst: this.#received === 1, deflated: this.#deflation !== undefined, inMessage: this.#joiner.held > 0 }
  }

  #pong(payload: Buffer): void {
    if (this.#has('answers no ping')) return
    this.#send({ opcode: OPCODE.pong, payload: this.#has('answers pings with empty pongs') ? NOTHING : payload })
  }

  #join(frame: DecodedFrame): void {
    const joined = this.#joiner.push(frame)
    if (this.#joiner.held > DEADLY_FRAGMENTS && this.#has('dies of many fragments')) this.#die()
    if (typeof joined === 'number') this.#fail(joined, frame)
    else if (joined !== undefined) this.#inflate(joined)
  }

  #inflate({ opcode, octets, last, marked }: Joined): void {
    const inflated = this.#deflation?.inflate(octets, marked) ?? octets
    if (typeof inflated !== 'string') {
      const overlooks =
        (marked && this.#has('does not check UTF-8 of compressed texts')) ||
        (inflated.length > 125 && this.#has('checks UTF-8 of short texts only'))
      if (overlooks) this.#echo({ opcode, payload: inflated })
      else this.#deliver({ opcode, payload: inflated }, marked ? inflated : last)
      return
    }
    if (this.#echoed > 0 && this.#has('ignores what it cannot inflate behind a right message')) return
    if (this.#has('dies of a bomb') && inflated.includes('larger')) this.#die()
    if (this.#has('echoes what it cannot inflate')) this.#echo({ opcode, payload: octets })
    else this.#fail(1007, { opcode, payload: octets })
  }

  #deliver(message: Answer, last: Buffer): void {
    if (isRefused(message, last, this.#has)) this.#fail(1007, message)
    else this.#echo(message, last)
  }

  #echo(message: Answer, last = message.payload): void {
    this.#echoed += 1
    for (const answer of echoOf(message, last, this.#echoed, this.#has)) this.#send(answer)
  }

  #close(payload: Buffer): void {
    if (this.#has('ignores Close frames')) return
    if (this.#has('answers Close frames by closing TCP only')) this.#hangUp()
    else if (payload.length === 0 || this.#has('sends Close payloads back unchecked')) this.#sendClose(payload)
    else if (payload.length === 1 || !isSendableCode(payload.readUInt16BE(0))) this.#fail(1002)
    else if (!isText(payload.subarray(2), this.#has)) this.#fail(1007)
    else this.#sendClose(payload.subarray(0, 2))
  }

  /** Not inside a frame, nor where it can tell no frames apart any more. */
  get #waits(): boolean {
    const { broken, midFrame } = this.#decoder
    return this.#has('waits for an answer to the Close frame that it fails with') && broken === undefined && !midFrame
  }

  #fail(code: number, cause?: Answer): void {
    if (this.#has('dies of a violation') || this.#has('answers 429 behind a violation')) this.#die()
    if (cause && this.#has('answers what it fails for'))
      this.#send({ opcode: cause.opcode === OPCODE.ping ? OPCODE.pong : OPCODE.text, payload: cause.payload })
    if (this.#has('fails without a Close frame')) this.#hangUp()
    else {
      const said = this.#has('fails with 1000') ? 1000 : this.#has('fails with 1006') ? 1006 : code
      this.#sendClose(encodeClose(said), this.#waits)
    }
  }

  #sendClose(payload: Buffer, waits = false): void {
    this.#send({ opcode: OPCODE.close, payload })
    this.#state = 'closed'
    if (waits) return
    if (this.#has('echoes behind its Close frame')) this.#leaving = setTimeout(() => this.#hangUp(), GOES_ON_MS)
    else if (!this.#has('keeps TCP open behind its Close frame')) this.#hangUp()
  }

  #hangUp(): void {
    this.#state = 'closed'
    this.#socket.end()
  }

  #send(answer: Answer): void {
    this.#socket.write(written(answer, this.#deflation, this.#has))
  }
}
