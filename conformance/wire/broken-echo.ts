/** An echo server on bare sockets for the tests: strict, save for the faults that it is asked to have. */
import { isUtf8 } from 'node:buffer'
import net from 'node:net'
import { type DecodedFrame, encodeClose, encodeFrame, FrameDecoder, isControl, OPCODE } from '../socket/frame.ts'
import { isSendableCode } from './breach.ts'
import { type DeflateFault, Deflation } from './broken-deflate.ts'
import { answerTo, OPENING_FAULTS } from './broken-opening.ts'

/** Each is one thing that the server does wrong. */
export const FAULTS = [
  'echoes no empty message',
  'stops echoing behind 500 messages',
  'cuts messages off at 100 octets',
  'cuts messages off at 65535 octets',
  'echoes binary as text',
  'writes every length in 64 bits',
  'masks its frames',
  'sets RSV1 in its frames',
  'answers no ping',
  'answers pings with empty pongs',
  'takes pongs for errors',
  'accepts long control frames',
  'ignores reserved bits',
  'ignores unknown opcodes',
  'accepts unmasked frames',
  'accepts long forms of lengths',
  'accepts fragmented control frames',
  'accepts stray fragments',
  'accepts a message inside another',
  'forgets fragments at a control frame',
  'keeps only the last fragment',
  'does not check UTF-8',
  'checks UTF-8 frame by frame',
  'checks UTF-8 only of whole frames',
  'checks UTF-8 only of whole messages',
  'checks UTF-8 in binary messages',
  'accepts surrogates',
  'refuses non-characters',
  'refuses U+0000',
  'refuses all but ASCII',
  'ignores Close frames',
  'answers Close frames by closing TCP only',
  'sends Close payloads back unchecked',
  'keeps TCP open behind its Close frame',
  'echoes behind its Close frame',
  'fails with 1000',
  'fails without a Close frame',
  'fails with 1006',
  'answers what it fails for',
  'dies of a violation',
  'answers 429 behind a violation',
  'echoes everything twice',
  'sends garbage before each echo',
  'sends the end of a message as a message before',
  'sends a text before each binary echo',
  'sends a stray fragment behind each echo',
  'greets with text that is not UTF-8',
  'ignores the top bit of a length',
  'dies of an endless frame',
  'dies of many fragments',
  ...OPENING_FAULTS,
] as const

export type Fault = (typeof FAULTS)[number]
/** What a server may do, and what it may not. */
export type Trait = 'greets' | Fault | DeflateFault

export interface EchoServer {
  readonly url: string
  close(): Promise<void>
}

/** Listens on a free port of the loopback. */
export function startEcho(...traits: readonly Trait[]): Promise<EchoServer> {
  const sockets = new Set<net.Socket>()
  let dead = false
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (dead && traits.some((trait) => trait.startsWith('dies of '))) socket.destroy()
    else if (dead && traits.includes('answers 429 behind a violation'))
      socket.once('data', () => socket.end('HTTP/1.1 429 Too Many Requests\r\n\r\n'))
    else
      new EchoSession(socket, new Set(traits), () => {
        dead = true
      })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      const close = () =>
        new Promise<void>((closed) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => closed())
        })
      resolve({ url: `ws://127.0.0.1:${port}/`, close })
    })
  })
}

const NOTHING = Buffer.alloc(0)
/** Stands for octets that nothing is made of. */
const LONG = Buffer.alloc(200)

/** The beginning of a text, short and in one frame, that cannot be UTF-8 any more. */
function isWrongBeginning(octets: Buffer): boolean {
  const key = octets.subarray(2, 6)
  if (octets.length < 7 || octets.length > 131 || octets[0] !== 0x81 || (octets[1] ?? 0) > 0x80 + 125) return false
  return !mayBecomeUtf8(Buffer.from(octets.subarray(6).map((octet, n) => octet ^ (key[n % 4] ?? 0))))
}

function mayBecomeUtf8(octets: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets, { stream: true })
    return true
  } catch {
    return false
  }
}

class EchoSession {
  readonly #socket: net.Socket
  readonly #traits: ReadonlySet<Trait>
  readonly #onViolation: () => void
  readonly #decoder = new FrameDecoder('client')
  #deflate: Deflation | undefined
  #message: { readonly opcode: number; readonly parts: Buffer[]; readonly marked: boolean } | undefined
  /** True behind an accepted control frame that is not whole. */
  #inControl = false
  #state: 'open' | 'closed' = 'open'
  #echoed = 0
  /** The octets so far of a frame that is not whole, where they are in hand. */
  #begun: Buffer = NOTHING

  constructor(socket: net.Socket, traits: ReadonlySet<Trait>, onViolation: () => void) {
    this.#socket = socket
    this.#traits = traits
    this.#onViolation = onViolation
    let head = ''
    const handshake = (octets: Buffer) => {
      head += octets.toString('latin1')
      if (head.length > 100_000 && this.#has('dies of a large field')) onViolation()
      const end = head.indexOf('\r\n\r\n')
      if (end < 0 && (head.length > 100_000 || this.#has('reads requests of one segment'))) socket.destroy()
      if (end < 0) return
      const { answer, opens, deflate } = answerTo(head.slice(0, end), (fault) => this.#has(fault))
      socket.write(`${answer}\r\n\r\n`)
      socket.off('data', handshake)
      if (!opens) {
        socket.end()
        return
      }
      if (deflate) this.#deflate = new Deflation(deflate, (trait) => this.#has(trait))
      if (this.#has('greets')) this.#send(OPCODE.text, Buffer.from('welcome'))
      if (this.#has('greets with text that is not UTF-8')) this.#send(OPCODE.text, Buffer.of(0xff))
      const rest = Buffer.from(head.slice(end + 4), 'latin1')
      if (rest.length > 0 && !this.#has('drops what comes with a request')) this.#read(rest)
      socket.on('data', (more: Buffer) => this.#read(more))
    }
    socket.on('data', handshake)
  }

  #read(more: Buffer): void {
    const frames = this.#decoder.push(more)
    for (const frame of frames) this.#receive(frame)
    const isFirst = this.#begun.length < 200 && frames.length === 0
    const begun = isFirst ? Buffer.concat([this.#begun, more]) : LONG
    this.#begun = this.#decoder.midFrame ? begun : NOTHING
    if (isWrongBeginning(this.#begun) && this.#checksEarly('checks UTF-8 only of whole frames')) this.#fail(1007)
    if (this.#decoder.broken === undefined || this.#state === 'closed') return
    if (this.#has('dies of an endless frame')) this.#onViolation()
    else if (!this.#has('ignores the top bit of a length')) this.#fail(1002)
  }

  #checksEarly(unless: Fault): boolean {
    const none = ['checks UTF-8 only of whole messages', 'does not check UTF-8', 'accepts surrogates', unless] as const
    return this.#state === 'open' && !none.some((fault) => this.#has(fault))
  }

  #has(trait: Trait): boolean {
    return this.#traits.has(trait)
  }

  #receive(frame: DecodedFrame): void {
    const { opcode, payload } = frame
    if (this.#state === 'closed') {
      if (this.#has('echoes behind its Close frame') && !isControl(opcode)) this.#echo(opcode, payload)
    } else if (this.#isWrong(frame)) this.#fail(1002, frame)
    else if (opcode === OPCODE.ping) this.#pong(frame)
    else if (opcode === OPCODE.close) this.#close(payload)
    else if (opcode <= OPCODE.binary) this.#join(frame)
  }

  /** What §5.1, §5.2 and §5.5 say of a frame by itself. */
  #isWrong({ masked, rsv, opcode, fin, payload, shortestLength }: DecodedFrame): boolean {
    if (!masked) return !this.#has('accepts unmasked frames')
    if (this.#deflate !== undefined && (rsv & 4) !== 0 && (opcode === OPCODE.text || opcode === OPCODE.binary)) {
      if ((rsv & 3) !== 0) return !this.#has('ignores other reserved bits')
    } else if (this.#deflate !== undefined && (rsv & 4) !== 0) return !this.#has('takes any mark')
    else if (rsv !== 0) return !this.#has(this.#deflate ? 'ignores other reserved bits' : 'ignores reserved bits')
    if (!shortestLength) return !this.#has('accepts long forms of lengths')
    if ((opcode > 2 && opcode < 8) || opcode > 10) return !this.#has('ignores unknown opcodes')
    if (isControl(opcode) && payload.length > 125) return !this.#has('accepts long control frames')
    if (isControl(opcode) && !fin) {
      this.#inControl = this.#has('accepts fragmented control frames')
      return !this.#inControl
    }
    if (opcode === OPCODE.pong) return this.#has('takes pongs for errors')
    return false
  }

  #pong({ payload }: DecodedFrame): void {
    if (this.#has('forgets fragments at a control frame')) this.#message = undefined
    if (this.#has('answers no ping')) return
    this.#send(OPCODE.pong, this.#has('answers pings with empty pongs') ? Buffer.alloc(0) : payload)
  }

  /** What §5.4 says of a frame behind others. */
  #join(frame: DecodedFrame): void {
    const { fin, opcode, payload, rsv } = frame
    const begun = this.#message
    const continues = opcode === OPCODE.continuation
    if (continues && begun === undefined) {
      if (this.#inControl) this.#inControl = !fin
      else if (!this.#has('accepts stray fragments')) this.#fail(1002, frame)
      return
    }
    const kind = continues ? (begun?.opcode ?? opcode) : opcode
    const nested = !continues && begun !== undefined && !this.#has('accepts a message inside another')
    const parts = continues && !this.#has('keeps only the last fragment') ? (begun?.parts ?? []) : []
    // There may be tens of thousands.
    parts.push(payload)
    const wrongText = kind === OPCODE.text && this.#deflate === undefined && this.#isWrongFrame(payload, parts)
    const marked = continues ? begun?.marked === true : this.#deflate !== undefined && (rsv & 4) !== 0
    this.#message = fin ? undefined : { opcode: kind, parts, marked }
    if (parts.length > 50_000 && this.#has('dies of many fragments')) this.#onViolation()
    if (nested) this.#fail(1002, frame)
    else if (wrongText) this.#fail(1007, frame)
    else if (fin) this.#inflate(kind, Buffer.concat(parts), payload, marked)
  }

  /** Whether a text cannot be UTF-8 any more. */
  #isWrongFrame(payload: Buffer, parts: readonly Buffer[]): boolean {
    if (this.#has('checks UTF-8 frame by frame')) return !isUtf8(payload)
    // A text of very many fragments is looked at in the end.
    if (parts.length > 100 || !this.#checksEarly('checks UTF-8 only of whole messages')) return false
    return !mayBecomeUtf8(Buffer.concat(parts))
  }

  #inflate(opcode: number, octets: Buffer, last: Buffer, marked: boolean): void {
    const inflated = this.#deflate?.inflate(octets, marked) ?? octets
    if (typeof inflated !== 'string') {
      this.#deliver(opcode, inflated, marked ? inflated : last)
      return
    }
    if (this.#has('dies of a bomb') && inflated.includes('larger')) this.#onViolation()
    if (this.#has('echoes what it cannot inflate')) this.#echo(opcode, octets)
    else this.#fail(1007)
  }

  #deliver(opcode: number, payload: Buffer, last: Buffer): void {
    const text = opcode === OPCODE.text
    const checked = text ? !this.#has('does not check UTF-8') : this.#has('checks UTF-8 in binary messages')
    const refused =
      (checked && !this.#isText(payload)) ||
      (this.#has('refuses non-characters') && text && payload.includes('\ufffe')) ||
      (this.#has('refuses U+0000') && text && payload.includes(0)) ||
      (this.#has('refuses all but ASCII') && text && payload.some((octet) => octet > 127))
    if (refused) this.#fail(1007, { opcode, payload })
    else this.#echo(opcode, payload, last)
  }

  #isText(payload: Buffer): boolean {
    if (!this.#has('accepts surrogates')) return isUtf8(payload)
    return isUtf8(Buffer.from(payload.toString('latin1').replace(/\xed[\xa0-\xbf][\x80-\xbf]/g, '?'), 'latin1'))
  }

  #echo(opcode: number, payload: Buffer, last = payload): void {
    this.#echoed += 1
    if (this.#echoed > 500 && this.#has('stops echoing behind 500 messages')) return
    if (payload.length === 0 && this.#has('echoes no empty message')) return
    if (last.length < payload.length && this.#has('sends the end of a message as a message before'))
      this.#send(opcode, last)
    const limit = this.#has('cuts messages off at 100 octets') ? 100 : 65535
    const cut = limit === 100 || this.#has('cuts messages off at 65535 octets')
    if (this.#has('sends garbage before each echo')) this.#send(OPCODE.text, Buffer.from('garbage'))
    if (opcode === OPCODE.binary && this.#has('sends a text before each binary echo'))
      this.#send(OPCODE.text, Buffer.from('*'))
    const kind = this.#has('echoes binary as text') ? OPCODE.text : opcode
    for (let times = this.#has('echoes everything twice') ? 2 : 1; times > 0; times -= 1)
      this.#send(kind, cut ? payload.subarray(0, limit) : payload)
    if (this.#has('sends a stray fragment behind each echo')) this.#send(OPCODE.continuation, payload)
  }

  #close(payload: Buffer): void {
    if (this.#has('ignores Close frames')) return
    if (this.#has('answers Close frames by closing TCP only')) this.#hangUp()
    else if (payload.length === 0 || this.#has('sends Close payloads back unchecked')) this.#sendClose(payload)
    else if (payload.length === 1 || !isSendableCode(payload.readUInt16BE(0))) this.#fail(1002)
    else if (!this.#isText(payload.subarray(2))) this.#fail(1007)
    else this.#sendClose(payload.subarray(0, 2))
  }

  #fail(code: number, cause?: Pick<DecodedFrame, 'opcode' | 'payload'>): void {
    if (this.#has('dies of a violation') || this.#has('answers 429 behind a violation')) this.#onViolation()
    if (cause && this.#has('answers what it fails for'))
      this.#send(cause.opcode === OPCODE.ping ? OPCODE.pong : OPCODE.text, cause.payload)
    if (this.#has('fails without a Close frame')) this.#hangUp()
    else this.#sendClose(encodeClose(this.#has('fails with 1000') ? 1000 : this.#has('fails with 1006') ? 1006 : code))
  }

  #sendClose(payload: Buffer): void {
    this.#send(OPCODE.close, payload)
    this.#state = 'closed'
    if (this.#has('echoes behind its Close frame')) setTimeout(() => this.#hangUp(), 200)
    else if (!this.#has('keeps TCP open behind its Close frame')) this.#hangUp()
  }

  #hangUp(): void {
    this.#state = 'closed'
    this.#socket.end()
  }

  #send(opcode: number, content: Buffer): void {
    const mask = this.#has('masks its frames') ? 'random' : null
    const lengthForm = this.#has('writes every length in 64 bits') ? 64 : 'minimal'
    const deflated = isControl(opcode) ? undefined : this.#deflate?.deflate(content)
    const isMarked = deflated !== undefined || (opcode === OPCODE.pong && this.#has('marks its pongs'))
    const rsv = isMarked || this.#has('sets RSV1 in its frames') ? 4 : 0
    this.#socket.write(encodeFrame({ opcode, payload: deflated ?? content, mask, lengthForm, rsv }))
  }
}
