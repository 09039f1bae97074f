/** permessage-deflate of the broken echo server: strict, save for the faults that it is asked to have. */
import { Deflate, type DeflateTerms } from '../../socket/deflate.ts'
import type { Has } from './faults.ts'

/** Both directions of one connection. */
export class Deflation {
  readonly #has: Has
  readonly #terms: DeflateTerms
  #ours: Deflate
  #theirs: Deflate

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
    if (!marked && !this.#has('inflates what is not marked')) return octets
    const first = octets[0] ?? 0
    if (this.#has('refuses stored blocks') && octets.length > 5 && (first & 6) === 0) return 'stored'
    if (this.#has('refuses a last block') && (first & 1) === 1) return 'last'
    if (this.#has('forgets what it inflated')) this.#theirs = this.#reader()
    const end = octets.indexOf('0000ffff', 0, 'hex')
    return this.#theirs.inflate(this.#has('reads one block') && end > 0 ? octets.subarray(0, end) : octets)
  }

  deflate(content: Buffer): Buffer {
    return this.#ours.compress(content)
  }
}
