/** How deep, how long and how large what stands in a frame may be. */
import { expectEqual } from '../actors/expect.ts'
import type { World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const PING = '{"type":"ping","id":"x1","payload":{}}'

/** Exactly the maximum passes, in an ignored field; one more ends the connection. */
const depth = (id: string, title: string, nest: (levels: number) => string) =>
  chatCase(
    id,
    async (world) => {
      const alice = await world.ready('alice')
      const { max_json_depth: max } = alice.welcome.payload.limits
      // The envelope is depth 1, its payload depth 2.
      const ping = (levels: number) => PING.replace('{}', `{"ignored":${nest(levels - 2)}}`)
      alice.sendText(ping(max))
      await alice.until((frame) => frame.type === 'pong' && frame.reply_to === 'x1', `a pong to a ping ${max} deep`)
      alice.sendText(ping(max + 1))
      await alice.closes(4000)
    },
    { of: ['framing/depth-over-maximum-closes-4000'], title },
  )

export const framingBounds: readonly ChatCase[] = [
  depth(
    'framing/deep-arrays-close-4000',
    'Arrays nested deeper than max_json_depth: 4000.',
    (levels) => '['.repeat(levels) + ']'.repeat(levels),
  ),
  depth(
    'framing/deep-objects-close-4000',
    'Objects nested deeper than max_json_depth: 4000.',
    (levels) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`,
  ),

  chatCase('framing/maximum-size-is-accepted', async (world) => {
    const alice = await world.ready('alice')
    alice.sendText(padded(alice.welcome.payload.limits.max_message_bytes))
    await alice.until(
      (frame) => frame.type === 'pong' && frame.reply_to === 'x1',
      'a pong to a ping of the maximum size',
    )
  }),

  ...Object.entries({
    ascii: (octets: number) => padded(octets),
    // Each character is three octets, so a server that counts characters finds a third of them.
    'wide-characters': (octets: number) => {
      const room = octets - PING.length - '"ignored":""'.length
      const wide = '€'.repeat(Math.floor(room / 3)) + 'x'.repeat(room % 3)
      return PING.replace('{}', `{"ignored":"${wide}"}`)
    },
  }).map(([name, ping]) =>
    chatCase(
      `framing/over-maximum-in-${name}-closes-1009`,
      async (world) => {
        const alice = await world.ready('alice')
        const { max_message_bytes: max } = alice.welcome.payload.limits
        alice.sendText(ping(max))
        await alice.until(
          (frame) => frame.type === 'pong' && frame.reply_to === 'x1',
          `a pong to a ping of ${max} octets`,
        )
        alice.sendText(ping(max + 1))
        await alice.closes(1009)
      },
      { of: ['framing/over-maximum-size-closes-1009'], title: `One octet over max_message_bytes, in ${name}: 1009.` },
    ),
  ),

  chatCase(
    'framing/over-maximum-in-fragments-closes-1009',
    async (world) => {
      const alice = await world.ready('alice')
      const octets = Buffer.from(padded(alice.welcome.payload.limits.max_message_bytes + 1))
      const half = octets.length >> 1
      await alice.connection.send({ opcode: 1, fin: false, payload: octets.subarray(0, half) })
      await alice.connection.send({ opcode: 0, fin: true, payload: octets.subarray(half) })
      await alice.closes(1009)
    },
    {
      of: ['framing/over-maximum-size-closes-1009'],
      title: 'One octet over max_message_bytes, in two fragments: 1009.',
    },
  ),

  ...Object.entries({
    metadata: (world: World) => sending(world, '"text":"hi","metadata":{"n":1e400}'),
    'an-ignored-field': (world: World) => sending(world, '"text":"hi","ignored":[-1e999]'),
  }).map(([name, message]) =>
    chatCase(
      `framing/huge-number-in-${name}`,
      async (world) => {
        const alice = await world.member('alice')
        alice.sendText(message(world))
        const outcome = await alice.answerOrEnd('x1')
        if ('kind' in outcome) return void (await alice.closes(4000))
        if (outcome.type === 'ok') throw new Finding('invalid_payload or close 4000', 'ok')
        expectEqual('error.code', outcome.payload.code, 'invalid_payload')
      },
      {
        of: ['framing/huge-number-is-never-relayed'],
        title: `A number that overflows a double, in ${name.replaceAll('-', ' ')}: 4000 or invalid_payload.`,
      },
    ),
  ),
]

/** A ping of exactly this many octets; white space pads it. */
const padded = (octets: number) => PING.replace('{}', `{${' '.repeat(octets - PING.length)}}`)

const sending = (world: World, fields: string) =>
  `{"type":"send_message","id":"x1","payload":{"room":"${world.room()}","client_msg_id":"m1",${fields}}}`
