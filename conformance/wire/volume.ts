/** Large messages, many fragments, many writes and many messages come back whole: RFC 6455 §5.4, §6.2. */
import { OPCODE } from '../socket/frame.ts'
import { fragments, slices } from './frames.ts'
import { repeated } from './repeated.ts'
import { filler } from './voice.ts'
import { type WireCase, wireCase } from './wire-case.ts'

const K = 1024
const M = 1024 * K

const KINDS = [
  { name: 'text', opcode: OPCODE.text, n: 0 },
  { name: 'binary', opcode: OPCODE.binary, n: 1 },
] as const

/** Such as 64k and 16m. */
const shown = (octets: number) => (octets >= M ? `${octets / M}m` : octets >= K ? `${octets / K}k` : String(octets))

const large = KINDS.flatMap(({ name, opcode, n }) =>
  [64 * K, 256 * K, M, 4 * M, 8 * M, 16 * M].map((size, m) =>
    wireCase(
      `wire-volume/${name}-of-${shown(size)}`,
      `A ${name} message of ${size} octets comes back as it is.`,
      { cites: ['frames-are-read'], autobahn: `9.${1 + n}.${m + 1}`, slow: size >= 4 * M },
      async (world) => {
        const client = await world.connect()
        await client.exchanges({ opcode, payload: filler(size) })
      },
    ),
  ),
)

const fragmented = KINDS.flatMap(({ name, opcode, n }) =>
  [64, 256, K, 4 * K, 16 * K, 64 * K, 256 * K, M, 4 * M].map((size, m) =>
    wireCase(
      `wire-volume/${name}-in-fragments-of-${shown(size)}`,
      `A ${name} message of ${4 * M} octets in ${(4 * M) / size} fragments comes back whole.`,
      { cites: ['fragments-are-joined'], autobahn: `9.${3 + n}.${m + 1}`, slow: true },
      async (world) => {
        const client = await world.connect()
        await client.sendsAll(fragments(opcode, slices(filler(4 * M), size)))
        await client.receives(opcode, filler(4 * M))
      },
    ),
  ),
)

const chopped = KINDS.flatMap(({ name, opcode, n }) =>
  [64, 128, 256, 512, K, 2 * K].map((size, m) =>
    wireCase(
      `wire-volume/${name}-in-chops-of-${shown(size)}`,
      `A ${name} message of ${M} octets that arrives ${size} octets at a time comes back as it is.`,
      { cites: ['frames-are-read'], autobahn: `9.${5 + n}.${m + 1}`, slow: true },
      async (world) => {
        const client = await world.connect()
        await client.sendsAll([{ opcode, payload: filler(M) }], size)
        await client.receives(opcode, filler(M))
      },
    ),
  ),
)

const ROUND_TRIPS = 1000

const roundTrips = KINDS.flatMap(({ name, opcode, n }) =>
  [0, 16, 64, 256, K, 4 * K].map((size, m) =>
    wireCase(
      `wire-volume/round-trips-of-${name}-of-${size}-octets`,
      `${ROUND_TRIPS} ${name} messages of ${size} octets come back one by one.`,
      { cites: ['frames-are-read'], autobahn: `9.${7 + n}.${m + 1}`, slow: true },
      async (world) => {
        const client = await world.connect()
        await repeated(ROUND_TRIPS, () => client.exchanges({ opcode, payload: filler(size) }))
      },
    ),
  ),
)

export const VOLUME: readonly WireCase[] = [
  ...large,
  ...fragmented,
  ...chopped,
  ...roundTrips,
  wireCase(
    'wire-volume/text-in-fragments-of-1300-octets',
    'A text message of 65536 octets in fragments of 1300 comes back whole.',
    { cites: ['fragments-are-joined'], autobahn: '10.1.1' },
    async (world) => {
      const client = await world.connect()
      await client.echoes(OPCODE.text, fragments(OPCODE.text, slices(filler(65536), 1300)))
    },
  ),
]
