/** The closing handshake, and what a Close frame may carry: RFC 6455 §5.5.1, §7.4. */

import { Finding } from '../runner/case.ts'
import { OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import { isReservedCode } from './breach.ts'
import { close, closeWith, continuation, more, ping, text } from './frames.ts'
import { filler } from './voice.ts'
import { namesCause, refusedClose, type WireCase, wireCase } from './wire-case.ts'

const handshake = ['close-is-answered', 'server-closes-tcp']

interface Closing {
  readonly slug: string
  readonly title: string
  readonly frames: readonly OutgoingFrame[]
  readonly autobahn?: string
}

const CLOSINGS: readonly Closing[] = [
  {
    slug: 'twice',
    title: 'A second Close frame changes nothing.',
    frames: [close(1000), close()],
    autobahn: '7.1.2',
  },
  {
    slug: 'ping-behind',
    title: 'A ping behind a Close frame changes nothing.',
    frames: [close(1000), ping('late')],
    autobahn: '7.1.3',
  },
  {
    slug: 'inside-a-message',
    title: 'A Close frame between two fragments is answered.',
    frames: [text('fragment 1', more), close(1000), continuation('fragment 2')],
    autobahn: '7.1.5',
  },
  { slug: 'without-code', title: 'A Close frame without payload is answered.', frames: [close()], autobahn: '7.3.1' },
  { slug: 'code-only', title: 'A Close frame with a code is answered.', frames: [close(1000)], autobahn: '7.3.3' },
  {
    slug: 'code-and-reason',
    title: 'A Close frame with code and reason is answered.',
    frames: [close(1000, 'Hello World!')],
    autobahn: '7.3.4',
  },
  {
    slug: 'reason-of-123-octets',
    title: 'A Close frame with the longest reason is answered.',
    frames: [close(1000, '*'.repeat(123))],
    autobahn: '7.3.5',
  },
]

/** Codes that any endpoint may send, in Autobahn's order: 7.7.1 to 7.7.13. */
const VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]

const answered = [
  ...CLOSINGS,
  ...VALID.map((code, n) => ({
    slug: `code-${code}`,
    title: `A Close frame with code ${code} is answered.`,
    frames: [close(code)],
    autobahn: `7.7.${n + 1}`,
  })),
].map(({ slug, title, frames, autobahn }) =>
  wireCase(`wire-close/${slug}`, title, { cites: handshake, ...(autobahn ? { autobahn } : {}) }, async (world) => {
    const client = await world.connect()
    await client.sends(...frames)
    await client.isClosed()
  }),
)

/** What no endpoint may send; the answer is free, but must not be such a frame itself. */
const INVALID = [
  ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].map((code, n) => ({ code, autobahn: `7.9.${n + 1}` })),
  { code: 1015 },
].map(({ code, ...alias }) => ({
  slug: `invalid-code-${code}`,
  title: `A Close frame with code ${code} ends the connection, and the code is not sent back.`,
  frame: close(code),
  cites: [isReservedCode(code) ? 'close-code-is-not-reserved' : 'close-code-is-defined', 'server-closes-tcp'],
  ...alias,
}))

const MALFORMED = [
  {
    slug: 'half-a-code',
    title: 'A Close frame with one octet ends the connection, and is not sent back.',
    frame: closeWith('*'),
    cites: ['close-code-is-defined', 'server-closes-tcp'],
    autobahn: '7.3.2',
  },
  {
    slug: 'reason-not-utf-8',
    title: 'A Close frame whose reason is not UTF-8 ends the connection, and the reason is not sent back.',
    frame: close(1000, Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex')),
    cites: ['invalid-utf-8-fails', 'server-closes-tcp'],
    autobahn: '7.5.1',
  },
]

const ended = [...INVALID, ...MALFORMED].map(({ slug, title, frame, cites, ...alias }) =>
  wireCase(`wire-close/${slug}`, title, { cites, ...alias }, async (world) => {
    const client = await world.connect()
    await client.sends(frame)
    await client.isClosedOrFailed()
    await world.stillServes()
  }),
)

/** Above the ranges of §7.4.2: what a server makes of them the RFC leaves open. */
const BEYOND = [5000, 65535].map((code, n) =>
  refusedClose(
    `wire-close/code-${code}-is-not-sent-back`,
    `A Close frame with code ${code} ends the connection, and the code is not sent back.`,
    { cites: ['codes-above-4999-may-be-refused'], autobahn: `7.13.${n + 1}`, ...{ frame: close(code), code } },
  ),
)

/** A wrong Close frame, and the codes that say so. */
const NAMED = [
  { slug: 'invalid-code', frame: close(1005), codes: [1002] },
  { slug: 'half-a-code', frame: closeWith('*'), codes: [1002] },
  { slug: 'reason-not-utf-8', frame: close(1000, Buffer.of(0xff)), codes: [1007, 1002] },
].map(({ slug, frame, codes }) =>
  wireCase(
    `wire-close/${slug}-closes-${codes[0]}`,
    `The Close frame that answers ${slug.replaceAll('-', ' ').replace('utf 8', 'UTF-8')} says what was wrong.`,
    { cites: ['failure-says-why'] },
    async (world) => {
      const client = await world.connect()
      await client.sends(frame)
      namesCause(await client.isClosedOrFailed(), codes)
      await world.stillServes()
    },
  ),
)

const LARGE = 256 * 1024

export const CLOSE: readonly WireCase[] = [
  wireCase(
    'wire-close/after-an-echo',
    'After an exchange of messages a Close frame is answered.',
    { cites: handshake, autobahn: '7.1.1' },
    async (world) => {
      const client = await world.connect()
      await client.exchanges(text('Hello World!'))
      await client.sends(close(1000))
      await client.isClosed()
    },
  ),
  ...answered,
  ...ended,
  ...BEYOND,
  ...NAMED,
  refusedClose(
    'wire-close/reason-of-124-octets-fails',
    'A Close frame whose reason makes it longer than any control frame ends the connection, and is not answered.',
    {
      ...{ cites: ['control-frames-are-short', 'failure-closes-tcp'], autobahn: '7.3.6' },
      ...{ frame: close(3999, '*'.repeat(124)), code: 3999 },
    },
  ),
  wireCase(
    'wire-close/behind-a-large-message',
    'Messages in front of a Close frame, a large one among them, are answered before it.',
    { cites: ['messages-before-close-may-be-answered'], autobahn: '7.1.6' },
    async (world) => {
      const client = await world.connect()
      await client.sends(text(filler(LARGE)), text('Hello World!'), close(1000), ping())
      await client.receives(OPCODE.text, filler(LARGE))
      await client.receives(OPCODE.text, Buffer.from('Hello World!'))
      await client.isClosed()
    },
  ),
  wireCase(
    'wire-close/code-comes-back',
    'The Close frame in response has the code of the one that it answers.',
    { cites: ['close-code-may-be-echoed'] },
    async (world) => {
      const client = await world.connect()
      await client.sends(close(3999))
      await client.isClosed()
      namesCause(await client.isEnded('a Close frame'), [3999])
    },
  ),
  wireCase(
    'wire-close/tcp-ends-cleanly',
    'The server, not the client, closes TCP first, and by a FIN.',
    { cites: ['tcp-is-closed-cleanly'] },
    async (world) => {
      const client = await world.connect()
      await client.exchanges(text('before'))
      await client.sends(close(1000))
      const { kind } = await client.isClosed()
      if (kind === 'reset') throw new Finding('a TCP FIN behind the Close frame', 'a TCP RST')
    },
  ),
  wireCase(
    'wire-close/text-behind',
    'A text message behind a Close frame is not answered behind the Close frame of the server.',
    { cites: ['no-data-after-close', ...handshake], autobahn: '7.1.4' },
    async (world) => {
      const client = await world.connect()
      await client.sends(close(1000), text('late'))
      await client.isClosed()
    },
  ),
]
