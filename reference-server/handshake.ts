/** The opening handshake of chat.v1: what is refused over HTTP, and which credentials came with the upgrade. */
import type { IncomingMessage } from 'node:http'

export const SUBPROTOCOL = 'chat.v1'
export const PATH = '/ws'
const BEARER_ENTRY = 'chat.v1.bearer.'

/** The HTTP answer instead of an upgrade, or the credentials that an upgrade brought. */
export type Handshake =
  | { readonly upgrade: false; readonly status: number; readonly reason: string }
  | { readonly upgrade: true; readonly credentials: readonly string[] }

/** @param allowedOrigins compared exactly; a request without an Origin is not from a browser and is allowed */
export function judgeUpgrade(request: IncomingMessage, allowedOrigins: readonly string[]): Handshake {
  const { origin, host } = request.headers
  // The HTTP and WebSocket libraries look at neither (RFC 6455 §4.2.1).
  if (host === undefined || request.httpVersion !== '1.1')
    return { upgrade: false, status: 400, reason: 'a handshake is an HTTP/1.1 request with a Host' }
  if (pathOf(request.url) !== PATH) return { upgrade: false, status: 404, reason: `the WebSocket is at ${PATH}` }
  if (origin !== undefined && !allowedOrigins.includes(origin)) {
    return { upgrade: false, status: 403, reason: 'this Origin is not allowed' }
  }
  const offered = offeredProtocols(request)
  if (!offered.includes(SUBPROTOCOL)) {
    return { upgrade: false, status: 400, reason: `offer the subprotocol ${SUBPROTOCOL}` }
  }
  return { upgrade: true, credentials: [...headerCredentials(request), ...protocolCredentials(offered)] }
}

/** The path that a request line names, which may hold the whole URI (RFC 7230 §5.3.2). */
const pathOf = (target = '') => target.replace(/^https?:\/\/[^/?]*/i, '').split('?')[0]

/**
 * Leaves `chat.v1` as the only offer, so that the WebSocket library can select, echo and log nothing else:
 * "MUST NOT echo a `chat.v1.bearer.*` entry".
 */
export function hideCredentials(request: IncomingMessage): void {
  request.headers['sec-websocket-protocol'] = SUBPROTOCOL
}

function offeredProtocols(request: IncomingMessage): readonly string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((entry) => entry.trim())
}

function headerCredentials(request: IncomingMessage): readonly string[] {
  const values = request.headersDistinct.authorization ?? []
  return values.flatMap(
    (value) =>
      /^bearer(?: +(.*))?$/i
        .exec(value.trim())
        ?.slice(1)
        .map((token) => token ?? '') ?? [],
  )
}

function protocolCredentials(offered: readonly string[]): readonly string[] {
  return offered.filter((entry) => entry.startsWith(BEARER_ENTRY)).map((entry) => entry.slice(BEARER_ENTRY.length))
}
