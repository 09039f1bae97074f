/** permessage-deflate of the broken echo server: strict, save for the faults that it is asked to have. */
import { deflateRawSync } from 'node:zlib'
import { Deflate, type DeflateTerms, inflateBeginning } from '../../socket/deflate.ts'
import type { Has } from './faults.ts'

const NOTHING = Buffer.alloc(0)
/** What §7.2.1 takes off. */
const TAIL = Buffer.of(0, 0, 0xff, 0xff)
const BEGINNING = { bits: 15, context: NOTHING, most: 1 << 20 }
const ALONE: DeflateTerms = {
  ...{ serverNoContextTakeover: true, clientNoContextTakeover: true },
  ...{ serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
}

/** Both directions of one connection. */
export class Deflation {
  readonly #has: Has
  readonly #terms: DeflateTerms
  #ours: Deflate
  #theirs: Deflate
  /** A last block has come. */
  #isOver = false

  constructor(terms: DeflateTerms, has: Has) {
    this.#has = has
    const window = has('deflates with a window of its own') ? 15 : terms.serverMaxWindowBits
    const alone = terms.serverNoContextTakeover && !has('remembers what it deflated')
    this.#terms = terms
    // A Deflate is a client, so what it sends is what our client does.
    this.#ours = new Deflate({ ...terms, clientMaxWindowBits: window, clientNoContextTakeover: alone })
    this.#theirs = this.#reader()
  }

  #reader(): Deflate {
    const { clientNoContextTakeover: alone, clientMaxWindowBits: bits } = this.#terms
    return new Deflate({ ...this.#terms, serverMaxWindowBits: bits, serverNoContextTakeover: alone })
  }

  inflate(octets: Buffer, marked: boolean): Buffer | string {
    if (!marked && this.#has('keeps uncompressed messages in its window'))
      this.#theirs.inflate(new Deflate(ALONE).compress(octets))
    if (!marked && !this.#has('inflates what is not marked')) return octets
    const first = octets[0] ?? 0
    if (this.#has('refuses stored blocks') && octets.length > 5 && (first & 6) === 0) return 'stored'
    const isLast = (first & 1) === 1
    if (this.#has('refuses a last block') && isLast) return 'last'
    if (this.#has('reads nothing after a last block') && this.#isOver) return NOTHING
    this.#isOver ||= isLast
    if (this.#has('forgets what it inflated')) this.#theirs = this.#reader()
    const end = octets.indexOf('0000ffff', 0, 'hex')
    const inflated = this.#theirs.inflate(this.#has('reads one block') && end > 0 ? octets.subarray(0, end) : octets)
    if (typeof inflated === 'string') return inflated
    if (this.#has('stops at a last block') && isLast) return inflateBeginning(octets, BEGINNING)
    return inflated.length === 0 && this.#has('refuses empty compressed messages') ? 'empty' : inflated
  }

  deflate(content: Buffer): Buffer {
    if (content.length === 0 && this.#has('sends no octet of an empty message')) return NOTHING
    if (this.#has('ends with a bare last block')) return deflateRawSync(content)
    const octets = this.#ours.compress(content)
    return this.#has('leaves the end of a block on') ? Buffer.concat([octets, TAIL]) : octets
  }
}
