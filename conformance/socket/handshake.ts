/** RFC 6455 §4, the client's side of the opening handshake. Pure: text out, verdict in. */
import { createHash, randomBytes } from 'node:crypto'
import { agreed, type DeflateOffer, type DeflateTerms } from './deflate.ts'

export type HeaderLines = readonly (readonly [name: string, value: string])[]

export interface RequestOptions {
  readonly host: string
  /** Path and query. */
  readonly path: string
  readonly key: string
  readonly subprotocols?: readonly string[]
  /** Replaces every default line of the same name; a name given twice makes two lines. */
  readonly headers?: HeaderLines
  /** Names of default lines that are left out. */
  readonly without?: readonly string[]
  /** Stands between the name and the value of each line; default a colon and a blank. */
  readonly colon?: string
  readonly method?: string
  readonly version?: string
}

export interface ResponseHead {
  /** As the status line has it: HTTP/1.1 or HTTP/1.0. */
  readonly version: string
  readonly status: number
  /** Names in lower case, the values of repeated lines joined by ', '. */
  readonly headers: ReadonlyMap<string, string>
  /** The head as received, in ISO 8859-1, without its empty line. */
  readonly text: string
  /** What came after the head. */
  readonly rest: Buffer
}

/** The head of what the server answered, and whether it opens a WebSocket. */
export interface Response {
  readonly version: string
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly subprotocol?: string
  /** As negotiated, where permessage-deflate was offered and accepted. */
  readonly deflate?: DeflateTerms
  /** True where §4.1 lets a client use the connection. */
  readonly accepted: boolean
  /** Why it is not accepted, in one sentence. */
  readonly problem?: string
}

const MAX_HEAD = 65536

export function newKey(): string {
  return randomBytes(16).toString('base64')
}

/** Sec-WebSocket-Accept for a key (§4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** The upgrade request as it goes on the wire. */
export function buildRequest(options: RequestOptions): string {
  const { host, path, key, subprotocols = [], headers = [], without = [] } = options
  const { method = 'GET', version = 'HTTP/1.1', colon = ': ' } = options
  const defaults: HeaderLines = [
    ['Host', host],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
    ...(subprotocols.length > 0 ? [['Sec-WebSocket-Protocol', subprotocols.join(', ')] as const] : []),
  ]
  const replaced = new Set([...headers.map(([name]) => name), ...without].map((name) => name.toLowerCase()))
  const lines = [...defaults.filter(([name]) => !replaced.has(name.toLowerCase())), ...headers]
  return [`${method} ${path} ${version}`, ...lines.map(([name, value]) => `${name}${colon}${value}`), '', ''].join(
    '\r\n',
  )
}

/**
 * Reads a response head from all octets received so far.
 * @returns undefined while the head is incomplete, a sentence where it is no HTTP response head.
 */
export function parseHead(octets: Buffer): ResponseHead | string | undefined {
  const end = octets.indexOf('\r\n\r\n')
  if (end < 0) return octets.length > MAX_HEAD ? `no end of the response head in ${MAX_HEAD} octets` : undefined
  const text = octets.toString('latin1', 0, end)
  const [statusLine = '', ...lines] = text.split('\r\n')
  const [, version, status] = /^(HTTP\/1\.[01]) (\d{3})(?: |$)/.exec(statusLine) ?? []
  if (version === undefined)
    return `the response begins with ${JSON.stringify(statusLine.slice(0, 80))}, which is no HTTP`
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined) return `the response head holds the line ${JSON.stringify(line.slice(0, 80))}`
    const before = headers.get(name.toLowerCase())
    headers.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`)
  }
  return { version, status: Number(status), headers, text, rest: octets.subarray(end + 4) }
}

/** Judges a response head as §4.1 asks of a client that offered these subprotocols, and permessage-deflate in these ways. */
export function judgeResponse(
  head: ResponseHead,
  key: string,
  offered: readonly string[],
  offers: readonly DeflateOffer[] = [],
): Response {
  const { version, status, headers } = head
  const subprotocol = headers.get('sec-websocket-protocol')
  const deflate = extensionOf(headers, offers)
  const problem = problemOf(head, key, offered) ?? (typeof deflate === 'string' ? deflate : undefined)
  return {
    version,
    status,
    headers,
    ...(subprotocol === undefined ? {} : { subprotocol }),
    ...(typeof deflate === 'object' ? { deflate } : {}),
    accepted: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
  }
}

/** What was agreed on, or a sentence where the answer fits no offer. */
function extensionOf(headers: ReadonlyMap<string, string>, offers: readonly DeflateOffer[]) {
  const selected = headers.get('sec-websocket-extensions')
  if (offers.length > 0) return agreed(selected, ...offers)
  return tokens(selected).length > 0 ? 'an extension that was not offered is selected' : undefined
}

function problemOf({ status, headers }: ResponseHead, key: string, offered: readonly string[]): string | undefined {
  if (status !== 101) return `status ${status}, not 101`
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return `Upgrade is ${shown(headers, 'upgrade')}`
  if (!tokens(headers.get('connection')).includes('upgrade')) return `Connection is ${shown(headers, 'connection')}`
  if (headers.get('sec-websocket-accept') !== acceptFor(key)) {
    return `Sec-WebSocket-Accept is ${shown(headers, 'sec-websocket-accept')}, not ${acceptFor(key)}`
  }
  const subprotocol = headers.get('sec-websocket-protocol')
  if (subprotocol !== undefined && !offered.includes(subprotocol))
    return 'a subprotocol that was not offered is selected'
  return undefined
}

function tokens(value: string | undefined): string[] {
  return (value ?? '').split(',').flatMap((token) => (token.trim() === '' ? [] : [token.trim().toLowerCase()]))
}

function shown(headers: ReadonlyMap<string, string>, name: string): string {
  const value = headers.get(name)
  return value === undefined ? 'missing' : JSON.stringify(value)
}
