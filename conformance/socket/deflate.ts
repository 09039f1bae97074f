/** RFC 7692, permessage-deflate as its client: what is offered, what was agreed, and the messages themselves. */
import { constants, deflateRawSync, type InflateRaw, inflateRawSync } from 'node:zlib'

/** What a client asks for; whatever is left out is left to the server. */
export interface DeflateOffer {
  readonly serverNoContextTakeover?: boolean
  readonly clientNoContextTakeover?: boolean
  readonly serverMaxWindowBits?: number
  /** `any` says that the client can be told a number. */
  readonly clientMaxWindowBits?: number | 'any'
}

/** What holds on the connection (§7.1). */
export interface DeflateTerms {
  readonly serverNoContextTakeover: boolean
  readonly clientNoContextTakeover: boolean
  readonly serverMaxWindowBits: number
  readonly clientMaxWindowBits: number
}

/** RSV1, which marks a compressed message on its first frame. */
export const COMPRESSED = 0b100

const NAME = 'permessage-deflate'
const WINDOW_BITS = /^(?:[89]|1[0-5])$/
/** What §7.2.1 takes off the end of a message, and §7.2.2 puts back. */
const TAIL = Buffer.of(0x00, 0x00, 0xff, 0xff)
/** An empty block that is the last: what goes before it ends with a block, or cannot be read. */
const END = Buffer.of(0x03, 0x00)
/** More than any case sends; a bomb of the server's is not ours to unpack. */
const MAX_INFLATED = 1 << 26
/** What zlib puts out in a step. */
const LARGE_CHUNK = 1 << 16
const NOTHING = Buffer.alloc(0)
/** Octets that a direction of a connection remembers of what zlib made. */
const MAX_REMEMBERED = 1 << 22

/** The value of Sec-WebSocket-Extensions that makes these offers, the first preferred (§7.1). */
export function offerHeader(...offers: readonly DeflateOffer[]): string {
  return offers.map(written).join(', ')
}

function written(offer: DeflateOffer): string {
  const bits = offer.clientMaxWindowBits
  return [
    NAME,
    ...(offer.serverNoContextTakeover ? ['server_no_context_takeover'] : []),
    ...(offer.clientNoContextTakeover ? ['client_no_context_takeover'] : []),
    ...(offer.serverMaxWindowBits === undefined ? [] : [`server_max_window_bits=${offer.serverMaxWindowBits}`]),
    ...(bits === undefined ? [] : [bits === 'any' ? 'client_max_window_bits' : `client_max_window_bits=${bits}`]),
  ].join('; ')
}

/**
 * Reads the server's Sec-WebSocket-Extensions as strictly as §7.1 has it.
 * @returns undefined where the offers were declined, a sentence where the answer fits none of them.
 */
export function agreed(
  header: string | undefined,
  ...offers: readonly DeflateOffer[]
): DeflateTerms | string | undefined {
  if (header === undefined || header.trim() === '') return undefined
  // "a recipient MUST parse and ignore a reasonable number of empty list elements" (RFC 7230 §7)
  const selected = header.split(',').filter((part) => part.trim() !== '')
  if (selected.length !== 1) return `one extension may be selected, and ${JSON.stringify(header)} selects others`
  const [name = '', ...entries] = (selected[0] ?? '').split(';').map((part) => part.trim())
  if (name.toLowerCase() !== NAME) return `the extension ${JSON.stringify(name)}, which was not offered, is selected`
  const given = new Map<string, string | undefined>()
  for (const entry of entries) {
    const [, key = '', , quoted, plain] = /^([^=\s]+)(\s*=\s*(?:"([^"]*)"|(\S+)))?$/.exec(entry) ?? []
    if (key === '' || given.has(key)) return `permessage-deflate carries ${JSON.stringify(entry)}`
    given.set(key, quoted ?? plain)
  }
  const faults = offers.map((offer) => faultOf(given, offer))
  const accepted = offers.find((_, n) => faults[n] === undefined)
  return accepted === undefined ? faults[0] : termsOf(given, accepted)
}

/** @param given the parameters of the answer; one without a value is there with undefined. */
function faultOf(given: ReadonlyMap<string, string | undefined>, offer: DeflateOffer): string | undefined {
  for (const [key, value] of given) {
    const isFlag = key === 'server_no_context_takeover' || key === 'client_no_context_takeover'
    const isNumber = key === 'server_max_window_bits' || key === 'client_max_window_bits'
    const fits = isFlag ? value === undefined : isNumber && WINDOW_BITS.test(value ?? '')
    if (!fits) return `permessage-deflate carries ${JSON.stringify(value === undefined ? key : `${key}=${value}`)}`
  }
  const bits = (key: string) => Number(given.get(key) ?? 15)
  const most = offer.clientMaxWindowBits
  const faults: readonly [boolean, string][] = [
    [
      offer.serverNoContextTakeover === true && !given.has('server_no_context_takeover'),
      'server_no_context_takeover was offered, and the answer lacks it (§7.1.1.1)',
    ],
    [
      // Unnamed it is 15, which is no more than any offer of 15 asks for.
      bits('server_max_window_bits') > (offer.serverMaxWindowBits ?? 15),
      `server_max_window_bits of at most ${offer.serverMaxWindowBits} was offered, and the answer keeps no such (§7.1.2.1)`,
    ],
    [
      most === undefined && given.has('client_max_window_bits'),
      'client_max_window_bits was not offered, and the answer has it (§7.1.2.2)',
    ],
  ]
  return faults.find(([broken]) => broken)?.[1]
}

function termsOf(given: ReadonlyMap<string, string | undefined>, offer: DeflateOffer): DeflateTerms {
  const own = typeof offer.clientMaxWindowBits === 'number' ? offer.clientMaxWindowBits : 15
  return {
    serverNoContextTakeover: given.has('server_no_context_takeover'),
    // A client may do without context unasked, and does what it said that it would.
    clientNoContextTakeover: given.has('client_no_context_takeover') || offer.clientNoContextTakeover === true,
    serverMaxWindowBits: Number(given.get('server_max_window_bits') ?? 15),
    clientMaxWindowBits: Math.min(own, Number(given.get('client_max_window_bits') ?? 15)),
  }
}

/** Both directions of one connection. A context is the end of what went before, given to zlib as its dictionary. */
export class Deflate {
  readonly terms: DeflateTerms
  readonly #sent: Direction
  readonly #received: Direction

  constructor(terms: DeflateTerms) {
    const { clientMaxWindowBits, clientNoContextTakeover, serverMaxWindowBits, serverNoContextTakeover } = terms
    this.terms = terms
    this.#sent = new Direction(clientMaxWindowBits, clientNoContextTakeover)
    this.#received = new Direction(serverMaxWindowBits, serverNoContextTakeover)
  }

  /** The payload of a message, for frames of which the first has RSV1 (§7.2.1). */
  compress(message: Buffer): Buffer {
    const bits = this.terms.clientMaxWindowBits
    return this.#sent.take(message, (context) => {
      const octets = deflateRawSync(message, {
        // zlib cannot deflate under a window of 8 bits; without matches it needs none.
        windowBits: Math.max(9, bits),
        strategy: bits < 9 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY,
        finishFlush: constants.Z_SYNC_FLUSH,
        ...context,
      })
      return { octets: octets.subarray(0, octets.length - TAIL.length), plain: message }
    })
  }

  /** @returns what the server's message holds, or a sentence where it cannot be inflated as agreed (§7.2.2). */
  inflate(payload: Buffer): Buffer | string {
    const bits = this.terms.serverMaxWindowBits
    try {
      return this.#received.take(payload, ({ dictionary = NOTHING }) => {
        const octets = inflateMessage(payload, { bits, context: dictionary, most: MAX_INFLATED })
        return { octets, plain: octets }
      })
    } catch (error) {
      const why = error instanceof Error ? error.message : error
      return `a compressed message, with 00 00 ff ff behind it (RFC 7692 §7.2.2), cannot be inflated: ${why}`
    }
  }
}

/** What octets are inflated with. */
interface Inflation {
  readonly bits: number
  /** What went before. */
  readonly context: Buffer
  /** Octets that may come of it. */
  readonly most: number
}

/**
 * The whole of a message (§7.2.2). A block that says that it is the last ends what zlib reads, not the message: "The next
 * DEFLATE block follows the padded data if any" (§7.2.1).
 * @throws where it cannot be inflated so, or goes on where its last block should have ended.
 */
export function inflateMessage(payload: Buffer, { bits, context, most }: Inflation): Buffer {
  let rest = Buffer.concat([payload, TAIL, END])
  let plain = NOTHING
  while (rest.length > 0) {
    const dictionary = lastOf(context, plain, bits)
    const { buffer, engine } = inflateRawSync(rest, {
      ...options({ bits, context: dictionary, most: Math.max(1, most - plain.length) }),
      info: true,
    }) as unknown as { buffer: Buffer; engine: InflateRaw }
    plain = Buffer.concat([plain, buffer])
    rest = rest.subarray(engine.bytesWritten)
  }
  return plain
}

/** As much of a message as its first octets tell. @throws where they cannot be inflated so. */
export function inflateBeginning(octets: Buffer, inflation: Inflation): Buffer {
  return inflateRawSync(octets, { ...options(inflation), finishFlush: constants.Z_SYNC_FLUSH })
}

const options = ({ bits, context, most }: Inflation) => ({
  windowBits: bits,
  maxOutputLength: most,
  // zlib lets a reference reach over what it has put out in this step, whatever the window: so steps are small.
  chunkSize: bits < 15 ? constants.Z_MIN_CHUNK : LARGE_CHUNK,
  ...(context.length === 0 ? {} : { dictionary: context }),
})

/** What zlib makes of an input behind a context. */
interface Made {
  readonly octets: Buffer
  /** The one of both that is not compressed. */
  readonly plain: Buffer
}

interface Step extends Made {
  readonly before: Buffer
  readonly input: Buffer
  readonly after: Buffer
}

/**
 * One direction of a connection. The same input behind the same context comes to the same, so that is remembered: the
 * cases send few messages over and over, and zlib is what they would take their time for.
 */
class Direction {
  readonly #bits: number
  readonly #alone: boolean
  readonly #steps = new Map<number, Step[]>()
  #remembered = 0
  #context: Buffer = Buffer.alloc(0)

  constructor(bits: number, alone: boolean) {
    this.#bits = bits
    this.#alone = alone
  }

  take(input: Buffer, make: (context: { readonly dictionary?: Buffer }) => Made): Buffer {
    const before = this.#context
    const known = this.#steps.get(input.length) ?? []
    const step =
      known.find((one) => one.input.equals(input) && (one.before === before || one.before.equals(before))) ??
      this.#remember(known, before, input, make(before.length === 0 ? {} : { dictionary: before }))
    this.#context = step.after
    return step.octets
  }

  #remember(known: Step[], before: Buffer, input: Buffer, made: Made): Step {
    const step = { ...made, before, input, after: this.#alone ? before : lastOf(before, made.plain, this.#bits) }
    this.#remembered += input.length + made.octets.length + step.after.length
    if (this.#remembered <= MAX_REMEMBERED) this.#steps.set(input.length, [...known, step])
    return step
  }
}

/** The context that a message leaves behind it, for a window of so many bits. */
export function lastOf(before: Buffer, message: Buffer, bits: number): Buffer {
  const size = 1 << bits
  if (message.length >= size) return message.subarray(-size)
  return Buffer.concat([before.subarray(-(size - message.length)), message])
}
