/** Messages in fragments, with control frames between them: RFC 6455 §5.4. */

import { OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'
import type { Chop } from './client.ts'
import { binary, continuation, fragments, more, ping, pong, text } from './frames.ts'
import { failureCode, violation, type WireCase, wireCase } from './wire-case.ts'

/** How frames are written: what Autobahn has three numbers for. */
const WRITES: readonly { readonly slug: string; readonly how: string; readonly chop?: Chop }[] = [
  { slug: '', how: '' },
  { slug: '-frame-by-frame', how: ', which arrive one by one,', chop: 'frame' },
  { slug: '-octet-by-octet', how: ', which arrive octet by octet,', chop: 1 },
]

const inTwo = WRITES.map(({ slug, how, chop }, n) =>
  wireCase(
    `wire-fragmentation/text-in-two${slug}`,
    `A text message in two fragments${how} comes back whole.`,
    { cites: ['fragments-are-joined'], autobahn: `5.${3 + n}` },
    async (world) => {
      const client = await world.connect()
      await client.echoes(OPCODE.text, fragments(OPCODE.text, ['fragment 1', 'fragment 2']), chop)
    },
  ),
)

const JOINED: readonly {
  slug: string
  title: string
  opcode: Message['opcode']
  parts: string[]
  /** Comes before the last fragment; without payload, for what comes back has none of it. */
  between?: OutgoingFrame
  autobahn?: string
}[] = [
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
  {
    slug: 'pong-between-fragments',
    title: 'A pong between two fragments adds nothing to the message and takes nothing from it.',
    opcode: OPCODE.text,
    parts: ['fragment 1', 'fragment 2'],
    between: pong(),
  },
]

const joined = JOINED.map(({ slug, title, opcode, parts, between, ...alias }) => {
  const cites = ['fragments-are-joined', ...(between ? ['control-frames-between-fragments'] : [])]
  return wireCase(`wire-fragmentation/${slug}`, title, { cites, ...alias }, async (world) => {
    const client = await world.connect()
    await client.echoes(opcode, fragments(opcode, parts, between))
  })
})

const withPings = [
  ...WRITES.map(({ slug, how, ...chop }, n) => ({ slug, how, ...chop, count: 2, every: 1, autobahn: `5.${6 + n}` })),
  ...WRITES.slice(0, 2).map(({ slug, how, ...chop }, n) => ({
    ...{ slug, how, ...chop },
    ...{ count: 5, every: 2, autobahn: `5.${19 + n}` },
  })),
].map(({ slug, how, chop = Number.POSITIVE_INFINITY, count, every, autobahn }) => {
  const parts = Array.from({ length: count }, (_, n) => `fragment ${n + 1} `)
  const frames = fragments(OPCODE.text, parts).flatMap((frame, n) =>
    n > 0 && n % every === 0 ? [ping(`ping ${n}`), frame] : [frame],
  )
  return wireCase(
    `wire-fragmentation/pings-between-${count}-fragments${slug}`,
    `Between ${count} fragments${how} pings are answered, the last one at least, and the message comes back whole.`,
    { cites: ['control-frames-between-fragments', 'ping-is-answered'], autobahn },
    async (world) => {
      const client = await world.connect()
      await client.sendsAll(frames, chop)
      await client.receivesPong(Buffer.from(`ping ${count - 1}`))
      await client.receives(OPCODE.text, Buffer.from(parts.join('')))
    },
  )
})

const whole = ['control-frames-are-whole', 'input-is-validated', 'failure-closes-tcp']
const inOrder = ['messages-do-not-interleave', 'input-is-validated', 'failure-closes-tcp']
const started = ['input-is-validated', 'failure-closes-tcp']

/** This, and a message behind it, two times. */
const twice = (stray: OutgoingFrame) => {
  const once = [stray, ...fragments(OPCODE.text, ['fragment 2', 'fragment 3'])]
  return [...once, ...once]
}

interface Breach {
  readonly slug: string
  readonly title: string
  readonly cites: readonly string[]
  readonly frames: readonly OutgoingFrame[]
  readonly afterText?: readonly string[]
  readonly chop?: Chop
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
  // Nothing of theirs comes behind these, for it would be wrong by itself.
  {
    slug: 'unfinished-ping-fails',
    title: 'A ping that is not final, and no fragment behind it, fails the connection.',
    cites: whole,
    frames: [ping('fragment 1', more)],
  },
  {
    slug: 'unfinished-pong-fails',
    title: 'A pong that is not final, and no fragment behind it, fails the connection.',
    cites: whole,
    frames: [pong('fragment 1', more)],
  },
  ...WRITES.flatMap(({ slug, how, ...chop }, n) => [
    {
      slug: `stray-last-fragment${slug}-fails`,
      title: `A last fragment of no message and a text behind it${how} fail the connection.`,
      cites: started,
      frames: [continuation('of nothing'), text('a message')],
      autobahn: `5.${9 + n}`,
      ...chop,
    },
    {
      slug: `stray-fragment${slug}-fails`,
      title: `A fragment of no message that is not its last and a text behind it${how} fail the connection.`,
      cites: started,
      frames: [continuation('of nothing', more), text('a message')],
      autobahn: `5.${12 + n}`,
      ...chop,
    },
  ]),
  {
    slug: 'stray-fragments-around-messages-fail',
    title: 'Fragments of no message before each of two messages in fragments fail the connection.',
    cites: started,
    frames: twice(continuation('fragment 1', more)),
    autobahn: '5.16',
  },
  {
    slug: 'stray-last-fragments-around-messages-fail',
    title: 'Last fragments of no message before each of two messages in fragments fail the connection.',
    cites: started,
    frames: twice(continuation('fragment 1')),
    autobahn: '5.17',
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
  {
    slug: 'text-inside-binary-fails',
    title: 'A text frame in the middle of a binary message fails the connection.',
    cites: inOrder,
    frames: [binary('fragment 1', more), text('fragment 2')],
  },
]

export const FRAGMENTATION: readonly WireCase[] = [
  ...inTwo,
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
