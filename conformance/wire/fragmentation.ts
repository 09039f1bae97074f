/** Messages in fragments, with control frames between them: RFC 6455 §5.4. */
import type { Case } from '../runner/case.ts'
import { OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'
import { binary, continuation, fragments, more, ping, pong, text } from './frames.ts'
import { failureCode, violation, wireCase } from './wire-case.ts'

interface Joined {
  readonly slug: string
  readonly title: string
  readonly opcode: Message['opcode']
  readonly parts: readonly string[]
  readonly autobahn?: string
  readonly octetByOctet?: true
}

const JOINED: readonly Joined[] = [
  {
    slug: 'text-in-two',
    title: 'A text message in two fragments comes back whole.',
    opcode: OPCODE.text,
    parts: ['fragment 1', 'fragment 2'],
    autobahn: '5.3',
  },
  {
    slug: 'text-in-two-octet-by-octet',
    title: 'A text message in two fragments that arrive octet by octet comes back whole.',
    opcode: OPCODE.text,
    parts: ['fragment 1', 'fragment 2'],
    autobahn: '5.5',
    octetByOctet: true,
  },
  {
    slug: 'binary-in-two',
    title: 'A binary message in two fragments comes back whole.',
    opcode: OPCODE.binary,
    parts: ['fragment 1', 'fragment 2'],
  },
  {
    slug: 'only-empty-fragments',
    title: 'Three empty fragments are an empty message.',
    opcode: OPCODE.text,
    parts: ['', '', ''],
    autobahn: '6.1.2',
  },
  {
    slug: 'empty-first-and-last-fragment',
    title: 'Empty fragments around another add nothing to it.',
    opcode: OPCODE.text,
    parts: ['', 'middle', ''],
    autobahn: '6.1.3',
  },
]

const joined = JOINED.map(({ slug, title, opcode, parts, autobahn, octetByOctet }) =>
  wireCase(
    `wire-fragmentation/${slug}`,
    title,
    { cites: ['fragments-are-joined'], ...(autobahn ? { autobahn } : {}) },
    async (echo) => {
      const client = await echo.connect()
      await client.echoes(opcode, fragments(opcode, parts), octetByOctet ? 1 : undefined)
    },
  ),
)

const withPings = [
  { count: 2, every: 1, autobahn: '5.6' },
  { count: 5, every: 2, autobahn: '5.19' },
].map(({ count, every, autobahn }) => {
  const parts = Array.from({ length: count }, (_, n) => `fragment ${n + 1} `)
  const frames = fragments(OPCODE.text, parts).flatMap((frame, n) =>
    n > 0 && n % every === 0 ? [ping(`ping ${n}`), frame] : [frame],
  )
  return wireCase(
    `wire-fragmentation/pings-between-${count}-fragments`,
    `Between ${count} fragments pings are answered, the last one at least, and the message comes back whole.`,
    { cites: ['control-frames-between-fragments', 'ping-is-answered'], autobahn },
    async (echo) => {
      const client = await echo.connect()
      await client.sends(...frames)
      await client.receivesPong(Buffer.from(`ping ${count - 1}`))
      await client.receives(OPCODE.text, Buffer.from(parts.join('')))
    },
  )
})

const whole = ['control-frames-are-whole', 'input-is-validated', 'failure-closes-tcp']
const inOrder = ['messages-do-not-interleave', 'input-is-validated', 'failure-closes-tcp']
const started = ['input-is-validated', 'failure-closes-tcp']

interface Breach {
  readonly slug: string
  readonly title: string
  readonly cites: readonly string[]
  readonly frames: readonly OutgoingFrame[]
  readonly afterText?: readonly string[]
  readonly autobahn?: string
}

const BREACHES: readonly Breach[] = [
  {
    slug: 'fragmented-ping-fails',
    title: 'A ping in two fragments fails the connection.',
    cites: whole,
    frames: [ping('fragment 1', more), continuation('fragment 2')],
    autobahn: '5.1',
  },
  {
    slug: 'fragmented-pong-fails',
    title: 'A pong in two fragments fails the connection.',
    cites: whole,
    frames: [pong('fragment 1', more), continuation('fragment 2')],
    autobahn: '5.2',
  },
  {
    slug: 'stray-last-fragment-fails',
    title: 'A last fragment of no message fails the connection.',
    cites: started,
    frames: [continuation('of nothing'), text('a message')],
    autobahn: '5.9',
  },
  {
    slug: 'stray-fragment-fails',
    title: 'A fragment of no message that is not its last fails the connection.',
    cites: started,
    frames: [continuation('of nothing', more), text('a message')],
    autobahn: '5.12',
  },
  {
    slug: 'fragment-after-the-last-fails',
    title: 'A fragment behind the last one of a message fails the connection.',
    cites: started,
    afterText: ['fragment 1', 'fragment 2'],
    frames: [continuation('of nothing', more), text('a message')],
    autobahn: '5.15',
  },
  {
    slug: 'text-inside-text-fails',
    title: 'A text frame in the middle of a text message fails the connection.',
    cites: inOrder,
    frames: [text('fragment 1', more), text('fragment 2')],
    autobahn: '5.18',
  },
  {
    slug: 'binary-inside-text-fails',
    title: 'A binary frame in the middle of a text message fails the connection.',
    cites: inOrder,
    frames: [text('fragment 1', more), binary('fragment 2')],
  },
]

export const FRAGMENTATION: readonly Case[] = [
  ...joined,
  ...withPings,
  ...BREACHES.map(({ slug, title, ...breach }) => violation(`wire-fragmentation/${slug}`, title, breach)),
  failureCode(
    'wire-fragmentation/fragmented-ping-closes-1002',
    'A fragmented control frame is named as the cause.',
    [1002],
    {
      cites: ['failure-says-why'],
      frames: [ping('fragment 1', more), continuation('fragment 2')],
    },
  ),
  failureCode(
    'wire-fragmentation/stray-fragment-closes-1002',
    'A fragment of no message is named as the cause.',
    [1002],
    {
      cites: ['failure-says-why'],
      frames: [continuation('of nothing')],
    },
  ),
  failureCode(
    'wire-fragmentation/interleaving-closes-1002',
    'A message inside another is named as the cause.',
    [1002],
    {
      cites: ['failure-says-why'],
      frames: [text('fragment 1', more), text('fragment 2')],
    },
  ),
]
