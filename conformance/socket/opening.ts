/** The opening of a connection: TCP, TLS where asked, the upgrade request, and the head that answers it. */
import net from 'node:net'
import tls from 'node:tls'
import type { DeflateOffer } from './deflate.ts'
import { type HeaderLines, parseHead, type RequestOptions, type ResponseHead } from './handshake.ts'
import type { Entry, Transcript } from './transcript.ts'

/** No response head came: refused, reset, closed, not HTTP, or too late. */
export class Unreachable extends Error {
  override name = 'Unreachable'
  /** It may have come later. */
  readonly isLate: boolean
  constructor(message: string, isLate = false) {
    super(message)
    this.isLate = isLate
  }
}

export interface OpenOptions {
  /** The actor that holds the connection, as the transcript calls it. */
  readonly name: string
  /** Added to the request; one of these replaces the default line of the same name. */
  readonly headers?: HeaderLines
  readonly subprotocols?: readonly string[]
  /** Offers permessage-deflate, so or in these ways, the first preferred; default none. */
  readonly deflate?: DeflateOffer | readonly DeflateOffer[]
  /** Replaces the path and query of the URL. */
  readonly path?: string
  /** What the request has that no right one has, or how it is sent. */
  readonly request?: RequestShape
  /** Answer pings with pongs; default true. */
  readonly autoPong?: boolean
  /** Answer a Close frame with a Close frame of the same code; default true. */
  readonly autoClose?: boolean
  record(entry: Entry): void
  /** Show each frame as it stood on the wire, too; default false. */
  readonly octets?: boolean | undefined
  /** Destroys the connection when aborted. */
  readonly signal: AbortSignal
  /** Until the response head has arrived. */
  readonly timeoutMs: number
}

export interface RequestShape
  extends Partial<Pick<RequestOptions, 'method' | 'version' | 'key' | 'without' | 'colon'>> {
  /** The request line holds the whole URI, as it does for a proxy (RFC 7230 §5.3.2). */
  readonly absolute?: boolean
  /** Octets of a write; default all at once. */
  readonly chop?: number
  /** Octets that follow the head in the same write, which no client may send before the answer (§4.1). */
  readonly behind?: Buffer
}

/** Fewer parts of a request than this are written at some distance. */
const FEW_PARTS = 50
const APART_MS = 5

/** The octets of a request. */
interface Request {
  readonly head: string
  readonly behind: Buffer
  readonly chop?: number
}

export interface Opened {
  readonly socket: net.Socket
  readonly head: ResponseHead
}

/**
 * Sends a request and waits for the response head; nothing listens to the socket afterwards.
 * @throws Unreachable where no head arrives, and the signal's reason where it is aborted
 */
export function exchange(
  url: URL,
  { head: request, behind, chop = Number.POSITIVE_INFINITY }: Request,
  transcript: Transcript,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Opened> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = dial(url, () => {
      transcript.head('request', request.trimEnd())
      const octets = Buffer.concat([Buffer.from(request, 'latin1'), behind])
      // Each part in a turn of its own, so that it goes out by itself; few of them apart, so that it is read by itself.
      const isFew = octets.length / chop < FEW_PARTS
      const writeFrom = (at: number): void => {
        socket.write(octets.subarray(at, at + chop))
        if (at + chop >= octets.length) return
        if (isFew) setTimeout(writeFrom, APART_MS, at + chop)
        else setImmediate(writeFrom, at + chop)
      }
      writeFrom(0)
      if (behind.length > 0) transcript.written(behind)
    })
    // A busy process fires timers before it reads what has long arrived: read once more before giving up.
    const timer = setTimeout(() => setImmediate(fail, `no response head in ${timeoutMs} ms`, true), timeoutMs)
    let received: Buffer = Buffer.alloc(0)
    let settled = false
    socket.on('data', onData).on('end', onEnd).on('error', onError)
    signal.addEventListener('abort', onAbort, { once: true })

    function onData(octets: Buffer): void {
      received = Buffer.concat([received, octets])
      let head = parseHead(received)
      // "A client MUST be able to parse one or more 1xx responses received prior to a final response" (RFC 7231 §6.2).
      while (typeof head === 'object' && isInterim(head)) {
        transcript.head('response', head.text)
        received = head.rest
        head = parseHead(received)
      }
      if (typeof head === 'string') fail(head)
      if (typeof head !== 'object' || !settle()) return
      transcript.head('response', head.text)
      resolve({ socket, head })
    }
    function onEnd(): void {
      fail('the server closed the TCP connection before a response head')
    }
    function onError(error: Error): void {
      fail(error.message || String(error))
    }
    function onAbort(): void {
      if (settle()) reject(signal.reason)
      socket.destroy()
    }
    function fail(why: string, isLate = false): void {
      if (!settle()) return
      socket.on('error', () => {}).destroy()
      transcript.note(`unreachable: ${why}`)
      reject(new Unreachable(`${url.host}: ${why}`, isLate))
    }
    /** @returns false where the outcome was settled before. */
    function settle(): boolean {
      if (settled) return false
      settled = true
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off('data', onData).off('end', onEnd).off('error', onError)
      return true
    }
  })
}

/** Whether another response follows; 101 ends HTTP. */
const isInterim = ({ status }: ResponseHead) => status < 200 && status !== 101

function dial({ protocol, hostname, port }: URL, connected: () => void): net.Socket {
  const secure = protocol === 'wss:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const address = { host, port: Number(port || (secure ? 443 : 80)) }
  // A server name must not be an address (RFC 6066 §3).
  const socket = secure
    ? tls.connect({ ...address, servername: net.isIP(host) ? '' : host }, connected)
    : net.connect(address, connected)
  return socket.setNoDelay(true)
}
