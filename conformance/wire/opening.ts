/** The opening handshake: RFC 6455 §4.2, §4.4, and what HTTP allows around it. */
import { Finding, Skip } from '../runner/case.ts'
import { encodeFrame, OPCODE } from '../socket/frame.ts'
import { text } from './frames.ts'
import { type WireCase, wireCase } from './wire-case.ts'
import type { Handshake } from './world.ts'

interface Row {
  readonly slug: string
  readonly title: string
  readonly handshake: Handshake
}

const line = (name: string, value: string): Handshake => ({ headers: [[name, value]] })

/** As §4.2.1 describes it, in words that are seldom chosen. */
const ACCEPTED: readonly Row[] = [
  {
    slug: 'connection-is-a-list',
    title: 'Connection may be a list.',
    handshake: line('Connection', 'keep-alive, Upgrade'),
  },
  {
    slug: 'connection-in-lower-case',
    title: 'The token Upgrade is taken in any case.',
    handshake: line('Connection', 'upgrade'),
  },
  {
    slug: 'upgrade-in-upper-case',
    title: 'The value websocket is taken in any case.',
    handshake: line('Upgrade', 'WebSocket'),
  },
  {
    slug: 'names-in-upper-case',
    title: 'Names of header fields are taken in any case.',
    handshake: line('SEC-WEBSOCKET-VERSION', '13'),
  },
  {
    slug: 'unknown-field',
    title: 'Unknown header fields are ignored.',
    handshake: line('X-Shakedown', 'anything; at=all'),
  },
  {
    slug: 'no-blanks',
    title: 'Header fields are read without a blank behind the colon.',
    handshake: { request: { colon: ':' } },
  },
  {
    slug: 'many-blanks',
    title: 'Blanks around the value of a header field are no part of it.',
    handshake: line('Sec-WebSocket-Version', ' \t13 \t'),
  },
  {
    slug: 'absolute-uri',
    title: 'A request line may hold the absolute URI.',
    handshake: { request: { absolute: true } },
  },
  {
    slug: 'in-pieces',
    title: 'A request that arrives 32 octets at a time is answered.',
    handshake: { request: { chop: 32 } },
  },
]

const opens = ({ slug, title, handshake }: Row, cite: string) =>
  wireCase(`wire-opening/${slug}`, title, { cites: [cite] }, async (world) => {
    const client = await world.connect('client', handshake)
    await client.exchanges(text('open'))
  })

const accepted = ACCEPTED.map((row) => opens(row, 'right-handshakes-are-accepted'))

/** Hundreds of packets for one request look like an attack to some servers. */
const octetByOctet: Row = {
  slug: 'octet-by-octet',
  title: 'A request that arrives octet by octet is answered.',
  handshake: { request: { chop: 1 } },
}

/** Meant to open a WebSocket, and wrong in one thing. */
const REFUSED: readonly Row[] = [
  { slug: 'no-host', title: 'A request without Host', handshake: { request: { without: ['Host'] } } },
  {
    slug: 'no-key',
    title: 'A request without Sec-WebSocket-Key',
    handshake: { request: { without: ['Sec-WebSocket-Key'] } },
  },
  {
    slug: 'no-version',
    title: 'A request without Sec-WebSocket-Version',
    handshake: { request: { without: ['Sec-WebSocket-Version'] } },
  },
]

/** A server need not decode the key, and then finds nothing wrong with these. */
const WRONG_KEYS: readonly Row[] = [
  {
    slug: 'short-key',
    title: 'A key of 15 octets',
    handshake: { request: { key: Buffer.alloc(15, 7).toString('base64') } },
  },
  {
    slug: 'long-key',
    title: 'A key of 17 octets',
    handshake: { request: { key: Buffer.alloc(17, 7).toString('base64') } },
  },
  {
    slug: 'key-not-base64',
    title: 'A key that is not base64',
    handshake: { request: { key: '!!!!!!!!!!!!!!!!!!!!!!==' } },
  },
]

const isRefused = ({ slug, title, handshake }: Row, cite: string) =>
  wireCase(
    `wire-opening/${slug}-is-refused`,
    `${title} is answered with an HTTP error.`,
    { cites: [cite] },
    async (world) => {
      await world.isRefused(handshake)
      await world.stillServes()
    },
  )

const refused = [
  ...REFUSED.map((row) => isRefused(row, 'wrong-handshakes-are-refused')),
  ...WRONG_KEYS.map((row) => isRefused(row, 'keys-may-be-decoded')),
]

/** No request for a WebSocket, but one like any other, which a server may answer as it likes (RFC 7230 §6.7). */
const PLAIN: readonly Row[] = [
  { slug: 'post', title: 'A POST', handshake: { request: { method: 'POST' } } },
  { slug: 'http-1-0', title: 'A request of HTTP/1.0', handshake: { request: { version: 'HTTP/1.0' } } },
  { slug: 'http-0-9', title: 'A request of HTTP/0.9', handshake: { request: { version: 'HTTP/0.9' } } },
  { slug: 'other-upgrade', title: 'An Upgrade to something else', handshake: line('Upgrade', 'h2c') },
  {
    slug: 'other-upgrade-that-begins-alike',
    title: 'An Upgrade to websockets',
    handshake: line('Upgrade', 'websockets'),
  },
  { slug: 'no-upgrade', title: 'A request without Upgrade', handshake: { request: { without: ['Upgrade'] } } },
  { slug: 'no-connection', title: 'A request without Connection', handshake: { request: { without: ['Connection'] } } },
  {
    slug: 'connection-without-upgrade',
    title: 'A request whose Connection lacks the token',
    handshake: line('Connection', 'keep-alive'),
  },
  {
    slug: 'connection-without-the-word-alone',
    title: 'A request whose Connection holds the token inside another',
    handshake: line('Connection', 'not-upgrade'),
  },
]

const plain = PLAIN.map(({ slug, title, handshake }) =>
  wireCase(
    `wire-opening/${slug}-opens-nothing`,
    `${title} opens no WebSocket.`,
    { cites: ['wrong-handshakes-are-refused'] },
    async (world) => {
      await world.opensNothing(handshake)
      await world.stillServes()
    },
  ),
)

const SUBPROTOCOLS = ['shakedown.one', 'shakedown.two'] as const

export const OPENING: readonly WireCase[] = [
  ...accepted,
  opens(octetByOctet, 'tiny-packets-may-be-read'),
  ...refused,
  ...plain,
  wireCase(
    'wire-opening/accept-of-the-example',
    'The key of the example is answered with the Sec-WebSocket-Accept that stands there.',
    { cites: ['accept-is-computed'] },
    async (world) => {
      const { response } = await world.knock('client', { request: { key: 'dGhlIHNhbXBsZSBub25jZQ==' } })
      const accept = response.headers.get('sec-websocket-accept')
      if (accept !== 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
        throw new Finding('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', accept ?? `status ${response.status} without one`)
    },
  ),
  wireCase(
    'wire-opening/answer-names-http-1-1',
    'The status line of a 101 names HTTP/1.1, for HTTP/1.0 has no such status.',
    { cites: ['answer-names-http-1-1'] },
    async (world) => {
      const { response } = (await world.connect()).connection
      if (response.version !== 'HTTP/1.1') throw new Finding('HTTP/1.1 101', `${response.version} ${response.status}`)
    },
  ),
  wireCase(
    'wire-opening/other-version-names-13',
    'A version that there is none of is answered with an HTTP error and the versions that the server understands.',
    { cites: ['other-versions-are-refused'] },
    async (world) => {
      const response = await world.isRefused(line('Sec-WebSocket-Version', '99'))
      const versions = response.headers.get('sec-websocket-version') ?? 'none'
      if (!versions.split(',').some((version) => version.trim() === '13'))
        throw new Finding('Sec-WebSocket-Version with 13 among them', versions)
    },
  ),
  wireCase(
    'wire-opening/unknown-extension-is-not-selected',
    'An extension that there is none of is not selected.',
    { cites: ['only-offered-extensions'] },
    async (world) => {
      const { response } = await world.knock('client', line('Sec-WebSocket-Extensions', 'x-shakedown; level=9'))
      world.selectsNoExtension(response)
    },
  ),
  wireCase(
    'wire-opening/subprotocols-in-several-lines',
    'Of subprotocols in several header lines the server selects one or none.',
    { cites: ['only-offered-subprotocols'] },
    async (world) => {
      const own = world.terms.carrier === 'chat' ? ['chat.v1'] : []
      const offered = [...SUBPROTOCOLS, ...own]
      const headers = offered.map((name) => ['Sec-WebSocket-Protocol', name] as const)
      const { status } = (await world.knock('first', { headers, subprotocols: offered })).response
      if (own.length === 0 && status >= 400)
        throw new Skip(`the server refuses a client of whose subprotocols it knows none, with status ${status}`)
      const client = await world.connect('client', { headers, subprotocols: offered })
      await client.exchanges(text('open'))
    },
  ),
  wireCase(
    'wire-opening/frame-behind-the-request',
    'A frame that comes with the request, which no client may send, is read once the WebSocket is open.',
    { cites: ['early-frames-may-be-read'] },
    async (world) => {
      const behind = encodeFrame({ opcode: OPCODE.ping, payload: Buffer.from('early') })
      const client = await world.connect('client', { request: { behind } })
      await client.receivesPong(Buffer.from('early'))
    },
  ),
  wireCase(
    'wire-opening/oversized-field-harms-nobody',
    'While a header field of a mebibyte arrives, and afterwards, others are served.',
    { cites: ['limits-are-protected'] },
    async (world) => {
      await world.answersAnything(line('X-Shakedown', 'x'.repeat(2 ** 20)))
      await world.stillServes()
    },
  ),
]
