/** RFC 6455 §5.2, frames as octets, both ways. Pure: what breaks the RFC is encoded as asked and decoded as data. */
import { randomFillSync } from 'node:crypto'

export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const

export interface OutgoingFrame {
  /** Default true. */
  readonly fin?: boolean
  /** The three reserved bits as a number, RSV1 being 4; default 0. */
  readonly rsv?: number
  readonly opcode: number
  readonly payload?: Buffer
  /** The masking key; `null` leaves the frame unmasked, as no client may. Default `random`. */
  readonly mask?: Buffer | 'random' | null
  /** Bits of the extended length field; default `minimal`, the only form that the RFC allows. */
  readonly lengthForm?: 'minimal' | 16 | 64
  /** The length that the header announces, where it is not that of the payload. */
  readonly announced?: bigint
}

export interface DecodedFrame {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly masked: boolean
  /** False where the length field is longer than the length needs. */
  readonly shortestLength: boolean
  /** As it stood on the wire, the masking key at its end where there is one. */
  readonly header: Buffer
  /** Already unmasked. */
  readonly payload: Buffer
  /** What this frame alone breaks of RFC 6455 as a frame of its sender. */
  readonly violations: readonly Violation[]
}

export interface Violation {
  readonly of: 'mask' | 'length' | 'mark' | 'reserved-bits' | 'opcode' | 'control-fragment' | 'control-length'
  /** One sentence. */
  readonly why: string
}

/** The octets of a payload from one to another, as they stood on the wire. */
export function onWire(frame: Pick<DecodedFrame, 'header' | 'masked' | 'payload'>, from: number, to: number): Buffer {
  const octets = Buffer.from(frame.payload.subarray(from, to))
  if (!frame.masked) return octets
  const key = frame.header.subarray(-4)
  return applyMask(octets, Buffer.from(key.map((_, n) => key[(from + n) & 3] as number)))
}

/** The payload of a Close frame (§5.5.1): without a code where it is empty, or the single octet that is no code. */
export interface ClosePayload {
  readonly code?: number
  readonly reason?: Buffer
}

export function isControl(opcode: number): boolean {
  return opcode >= 0x8
}

/** Encodes a frame exactly as asked, however wrong. */
export function encodeFrame(frame: OutgoingFrame): Buffer {
  const { fin = true, rsv = 0, opcode, payload = NOTHING, mask = 'random', lengthForm = 'minimal' } = frame
  const key = mask === 'random' ? freshKey() : mask
  const length = encodeLength(frame.announced ?? BigInt(payload.length), lengthForm, key === null ? 0 : 0x80)
  const keyAt = 1 + length.length
  const payloadAt = keyAt + (key === null ? 0 : 4)
  const octets = Buffer.allocUnsafe(payloadAt + payload.length)
  octets[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  length.copy(octets, 1)
  key?.copy(octets, keyAt)
  payload.copy(octets, payloadAt)
  if (key !== null) applyMask(octets.subarray(payloadAt), key)
  return octets
}

const NOTHING = Buffer.alloc(0)
const keys = Buffer.alloc(4096)
let keysUsed = keys.length

/** A masking key; many are drawn at once, for a message may come in tens of thousands of frames. */
function freshKey(): Buffer {
  if (keysUsed === keys.length) {
    randomFillSync(keys)
    keysUsed = 0
  }
  keysUsed += 4
  return keys.subarray(keysUsed - 4, keysUsed)
}

/** The payload of a Close frame; a reason without a code cannot be expressed. */
export function encodeClose(code?: number, reason: Buffer | string = ''): Buffer {
  if (code === undefined) return Buffer.alloc(0)
  const octets = Buffer.alloc(2)
  octets.writeUInt16BE(code)
  return Buffer.concat([octets, Buffer.from(reason)])
}

export function decodeClose(payload: Buffer): ClosePayload {
  return payload.length < 2 ? {} : { code: payload.readUInt16BE(0), reason: payload.subarray(2) }
}

function encodeLength(length: bigint, form: 'minimal' | 16 | 64, maskBit: number): Buffer {
  if (form === 16 || (form === 'minimal' && length > 125 && length <= 0xffff)) {
    const octets = Buffer.of(maskBit | 126, 0, 0)
    octets.writeUInt16BE(Number(length), 1)
    return octets
  }
  if (form === 64 || length > 125) {
    const octets = Buffer.alloc(9)
    octets[0] = maskBit | 127
    octets.writeBigUInt64BE(length, 1)
    return octets
  }
  return Buffer.of(maskBit | Number(length))
}

/** Masks or unmasks in place (§5.3). */
function applyMask(octets: Buffer, key: Buffer): Buffer {
  const [a = 0, b = 0, c = 0, d = 0] = key
  const whole = octets.length - (octets.length % 4)
  for (let i = 0; i < whole; i += 4) {
    octets[i] = (octets[i] as number) ^ a
    octets[i + 1] = (octets[i + 1] as number) ^ b
    octets[i + 2] = (octets[i + 2] as number) ^ c
    octets[i + 3] = (octets[i + 3] as number) ^ d
  }
  for (let i = whole; i < octets.length; i++) octets[i] = (octets[i] as number) ^ (key[i & 3] as number)
  return octets
}

interface Header {
  readonly octets: Buffer
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly key: Buffer | undefined
  readonly length: number
  readonly shortestLength: boolean
}

/** Splits a stream of octets into frames. Holds only what has not yet made a whole frame. */
export class FrameDecoder {
  readonly #sender: 'server' | 'client'
  readonly #compressed: boolean
  #chunks: Buffer[] = []
  #buffered = 0
  #header: Header | undefined
  #broken: string | undefined

  /** @param compressed permessage-deflate holds, so that RSV1 on the first frame of a message is no fault. */
  constructor(sender: 'server' | 'client', compressed = false) {
    this.#sender = sender
    this.#compressed = compressed
  }

  /** Why no more frames can be told apart in this stream; undefined while they can. */
  get broken(): string | undefined {
    return this.#broken
  }

  /** True where octets of an unfinished frame are held. */
  get midFrame(): boolean {
    return this.#header !== undefined || this.#buffered > 0
  }

  /** What has come of an unfinished frame: without a payload where not even its header is whole. */
  get unfinished(): DecodedFrame | undefined {
    if (!this.midFrame) return undefined
    const octets = this.#joined()
    if (this.#header !== undefined) return this.#decoded(this.#header, octets)
    const [first = 0] = octets
    const begun = { ...bitsOf(first), key: undefined, length: 0, shortestLength: true }
    return this.#decoded({ ...begun, octets }, NOTHING)
  }

  push(octets: Buffer): DecodedFrame[] {
    this.#chunks.push(octets)
    this.#buffered += octets.length
    const frames: DecodedFrame[] = []
    while (this.#broken === undefined) {
      this.#header ??= this.#readHeader()
      if (this.#header === undefined || this.#buffered < this.#header.length) break
      frames.push(this.#decoded(this.#header, this.#take(this.#header.length)))
      this.#header = undefined
    }
    return frames
  }

  #decoded(header: Header, octets: Buffer): DecodedFrame {
    const { fin, rsv, opcode, key, shortestLength } = header
    const payload = key === undefined ? octets : applyMask(Buffer.from(octets), key)
    const masked = key !== undefined
    const violations = violationsOf(header, this.#sender, this.#compressed)
    return { fin, rsv, opcode, masked, shortestLength, header: header.octets, payload, violations }
  }

  #readHeader(): Header | undefined {
    if (this.#buffered < 2) return undefined
    const octets = this.#joined()
    const [first = 0, second = 0] = octets
    const form = second & 0x7f
    const extended = form === 127 ? 8 : form === 126 ? 2 : 0
    const keyAt = 2 + extended
    const end = keyAt + (second & 0x80 ? 4 : 0)
    if (octets.length < end) return undefined
    const length = extended === 8 ? Number(octets.readBigUInt64BE(2)) : extended === 2 ? octets.readUInt16BE(2) : form
    if (length > Number.MAX_SAFE_INTEGER) {
      this.#broken = `a frame announces ${length} octets${(octets[2] ?? 0) & 0x80 ? ': the top bit of its length is set' : ''}`
      return undefined
    }
    const key = second & 0x80 ? Buffer.from(octets.subarray(keyAt, end)) : undefined
    const shortestLength = extended === 0 || length > (extended === 2 ? 125 : 0xffff)
    return { octets: this.#take(end), ...bitsOf(first), key, length, shortestLength }
  }

  #joined(): Buffer {
    const whole = this.#chunks.length === 1 ? this.#chunks[0] : undefined
    const joined = whole ?? Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined
  }

  #take(count: number): Buffer {
    const octets = this.#joined()
    this.#chunks = [octets.subarray(count)]
    this.#buffered -= count
    return octets.subarray(0, count)
  }
}

const bitsOf = (first: number) => ({ fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 0xf })

function violationsOf(header: Header, sender: 'server' | 'client', compressed: boolean): readonly Violation[] {
  const { fin, rsv, opcode, key, length, shortestLength } = header
  const mayCompress = compressed && (opcode === OPCODE.text || opcode === OPCODE.binary)
  const unknown = rsv & (compressed ? 0b011 : 0b111)
  const reserved = (opcode > 0x2 && opcode < 0x8) || opcode > 0xa
  const found: [boolean, Violation['of'], string][] = [
    [sender === 'server' && key !== undefined, 'mask', 'a server masked a frame (§5.1)'],
    [sender === 'client' && key === undefined, 'mask', 'a client did not mask a frame (§5.1)'],
    [!shortestLength, 'length', 'the length is not in its shortest form (§5.2)'],
    [
      compressed && !mayCompress && (rsv & 0b100) !== 0,
      'mark',
      'RSV1 marks a frame that begins no message (RFC 7692 §6)',
    ],
    [unknown !== 0, 'reserved-bits', `reserved bits ${unknown} are set, which no extension defines (§5.2)`],
    [reserved, 'opcode', `opcode ${opcode} is reserved (§5.2)`],
    [isControl(opcode) && !fin, 'control-fragment', 'a control frame is fragmented (§5.5)'],
    [isControl(opcode) && length > 125, 'control-length', `a control frame carries ${length} octets (§5.5)`],
  ]
  return found.filter(([broken]) => broken).map(([, of, why]) => ({ of, why }))
}
