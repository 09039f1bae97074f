/** Hostile openings: octets in the place of a handshake, and handshakes that no server may accept. */
import net from 'node:net'
import fc from 'fast-check'
import { expectTrue } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'

/** What is written to a new TCP connection, piece by piece. */
export interface Opening {
  readonly pieces: readonly string[]
  /** Whether the client then waits for the server, or is gone at once. */
  readonly client: 'waits' | 'goes'
}

const line = fc.constantFrom(
  ...['Upgrade: websocket', 'Upgrade: h2c', 'Connection: Upgrade', 'Connection: close', 'Sec-WebSocket-Version: 13'],
  ...[
    'Sec-WebSocket-Version: 99',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Key: x',
    'Sec-WebSocket-Key:',
  ],
  ...['Sec-WebSocket-Protocol: chat.v1', 'Sec-WebSocket-Protocol: ,,,', 'Sec-WebSocket-Protocol: chat.v1,chat.v1'],
  ...['Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99', 'Content-Length: 1000000000'],
  ...[
    'Content-Length: -1',
    'Transfer-Encoding: chunked',
    'Host:',
    ' folded',
    'no colon',
    'X: \u0000',
    `X: ${'x'.repeat(20_000)}`,
  ],
  ...[
    'Origin: https://evil.example',
    'Authorization: Bearer',
    'Authorization: Bearer a.b.c',
    'Authorization: Basic Og==',
  ],
  ...['Sec-WebSocket-Protocol: chat.v1.bearer.', '__proto__: x', 'Cookie: a=b', 'Expect: 100-continue'],
)

const first = fc.constantFrom(
  ...[
    'GET /ws HTTP/1.1',
    'GET /ws HTTP/1.0',
    'POST /ws HTTP/1.1',
    'GET /ws?token=a.b.c HTTP/1.1',
    'GET /../ws HTTP/1.1',
  ],
  ...[
    'GET //ws HTTP/1.1',
    'GET http://[::1/ws HTTP/1.1',
    'GET % HTTP/1.1',
    'CONNECT x:1 HTTP/1.1',
    'GET /ws HTTP/9.9',
    'GET',
  ],
  ...[
    'PRI * HTTP/2.0',
    '\u0016\u0003\u0001',
    'OPTIONS * HTTP/1.1',
    'GET /control/drain HTTP/1.1',
    'POST /control/drain HTTP/1.1',
  ],
)

const head = fc
  .tuple(first, fc.array(line, { maxLength: 8 }), fc.constantFrom('\r\n', '\n', '\r\n\r\n'))
  .map(([start, lines, end]) => `${[start, 'Host: 127.0.0.1', ...lines].join('\r\n')}\r\n${end}`)

const noise = fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets).toString('latin1'))

export const openings: fc.Arbitrary<Opening> = fc.record({
  pieces: fc.oneof(
    head.map((text) => [text]),
    fc.tuple(head, fc.nat(120)).map(([text, at]) => [text.slice(0, at), text.slice(at)]),
    fc.tuple(head, fc.nat(200)).map(([text, length]) => [text.slice(0, length)]),
    fc.tuple(head, noise).map(([text, more]) => [text + more]),
    noise.map((octets) => [octets]),
  ),
  client: fc.constantFrom('waits', 'goes', 'goes'),
})

/** How long a client that waits goes on doing so: a server may take its time with half a request. */
const WAIT_MS = 100

/** No such opening leads to a welcome, and the server goes on serving. */
export async function playOpening(world: World, { pieces, client }: Opening): Promise<void> {
  const received = await opened(world, pieces, client)
  if (received.includes('"type":"welcome"'))
    throw new Finding('no welcome without a credential', received.slice(0, 200))
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1]
  // A server that fails here has let an exception through.
  expectTrue('no HTTP status of 5xx but 501, 503 and 505', !/^5(?!01|03|05)/.test(status ?? ''), `HTTP ${status}`)
}

/** Everything that came back until the connection ended, or until nobody waits any longer. */
export function opened({ stage }: World, pieces: readonly string[], client: Opening['client']): Promise<string> {
  const { hostname, port, protocol } = new URL(stage.target.urls[0] ?? '')
  const socket = net.connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'wss:' ? 443 : 80)),
  })
  stage.cleanup(() => void socket.destroy())
  stage.record({ connection: 'mallory', kind: 'note', text: `octets: ${JSON.stringify(pieces).slice(0, 1000)}` })
  let received = ''
  return new Promise((resolve) => {
    const done = () => {
      socket.destroy()
      resolve(received)
    }
    socket.setNoDelay(true).setTimeout(WAIT_MS, done)
    socket.on('data', (octets) => {
      received += octets.toString('latin1')
    })
    socket.on('error', done).on('close', done).on('end', done)
    for (const [at, piece] of pieces.entries())
      socket.write(piece, 'latin1', () => at === pieces.length - 1 && client === 'goes' && done())
  })
}
