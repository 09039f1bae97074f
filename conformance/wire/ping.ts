/** Pings are answered, pongs are not: RFC 6455 §5.5.2, §5.5.3. */

import { ping, pong, text } from './frames.ts'
import { failureCode, violation, type WireCase, wireCase } from './wire-case.ts'

const answered = ['ping-is-answered', 'pong-carries-the-ping']
const ten = Array.from({ length: 10 }, (_, n) => ping(`ping ${n}`))
const last = Buffer.from('ping 9')

const PAYLOADS = [
  { slug: 'without-payload', what: 'without payload', payload: Buffer.alloc(0), autobahn: '2.1' },
  { slug: 'with-text', what: 'with text', payload: Buffer.from('Hello, world!'), autobahn: '2.2' },
  { slug: 'not-utf-8', what: 'that is not UTF-8', payload: Buffer.from('00fffefdfcfb00ff', 'hex'), autobahn: '2.3' },
  { slug: 'of-125-octets', what: 'of 125 octets', payload: Buffer.alloc(125, 0xfe), autobahn: '2.4' },
]

const pongs = PAYLOADS.map(({ slug, what, payload, autobahn }) =>
  wireCase(
    `wire-ping/${slug}`,
    `A ping ${what} is answered by a pong with the same payload.`,
    { cites: answered, autobahn },
    async (world) => {
      const client = await world.connect()
      await client.sends(ping(payload))
      await client.receivesPong(payload)
    },
  ),
)

const unsolicited = [
  { slug: 'unsolicited-pong', what: 'without payload', frames: [pong()], autobahn: '2.7' },
  { slug: 'unsolicited-pong-with-payload', what: 'with a payload', frames: [pong('unasked')], autobahn: '2.8' },
].map(({ slug, what, frames, autobahn }) =>
  wireCase(
    `wire-ping/${slug}`,
    `A pong ${what} that answers nothing is taken in silence.`,
    { cites: ['frames-are-read'], autobahn },
    async (world) => {
      const client = await world.connect()
      await client.sends(...frames)
      await client.exchanges(text('go on'))
    },
  ),
)

export const PING: readonly WireCase[] = [
  ...pongs,
  violation('wire-ping/of-126-octets-fails', 'A ping of 126 octets fails the connection.', {
    cites: ['control-frames-are-short', 'input-is-validated', 'failure-closes-tcp'],
    autobahn: '2.5',
    frames: [ping(Buffer.alloc(126, 0xfe))],
  }),
  violation('wire-ping/of-126-octets-as-pong-fails', 'A pong of 126 octets fails the connection.', {
    cites: ['control-frames-are-short', 'input-is-validated', 'failure-closes-tcp'],
    frames: [pong(Buffer.alloc(126, 0xfe))],
  }),
  failureCode(
    'wire-ping/of-126-octets-closes-1002',
    'A control frame that is too long is named as the cause.',
    [1002, 1009],
    {
      cites: ['failure-says-why'],
      frames: [ping(Buffer.alloc(126, 0xfe))],
    },
  ),
  wireCase(
    'wire-ping/octet-by-octet',
    'A ping of 125 octets that arrives octet by octet is answered.',
    { cites: answered, autobahn: '2.6' },
    async (world) => {
      const client = await world.connect()
      await client.sendsAll([ping(Buffer.alloc(125, 0xfe))], 1)
      await client.receivesPong(Buffer.alloc(125, 0xfe))
    },
  ),
  ...unsolicited,
  wireCase(
    'wire-ping/after-unsolicited-pong',
    'A pong that answers nothing does not stand for the answer to the ping behind it.',
    { cites: answered, autobahn: '2.9' },
    async (world) => {
      const client = await world.connect()
      await client.sends(pong('unasked'), ping('asked'))
      await client.receivesPong(Buffer.from('asked'))
    },
  ),
  // "the endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame" (§5.5.3)
  wireCase(
    'wire-ping/ten-at-once',
    'Of ten pings at once at least the last is answered.',
    { cites: answered, autobahn: '2.10' },
    async (world) => {
      const client = await world.connect()
      await client.sends(...ten)
      await client.receivesPong(last)
    },
  ),
  wireCase(
    'wire-ping/ten-octet-by-octet',
    'Of ten pings that arrive octet by octet at least the last is answered.',
    { cites: answered, autobahn: '2.11' },
    async (world) => {
      const client = await world.connect()
      await client.sendsAll(ten, 1)
      await client.receivesPong(last)
    },
  ),
]
