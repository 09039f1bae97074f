/** permessage-deflate, for those who offer it, and everything without it for those who do not. */
import { describeEnd } from '../actors/actor.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'
import { Finding, Skip } from '../runner/case.ts'
import { COMPRESSED, type Deflate } from '../socket/deflate.ts'
import { OPCODE } from '../socket/frame.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

/** What browsers offer. */
const OFFER = { clientMaxWindowBits: 'any' } as const
/** How far a bomb inflates; on the wire it is a thousandth of that. */
const BOMB_OCTETS = 4 * 1024 * 1024
/** What any server may find worth compressing. */
const LONG = 'to be compressed by whoever asked for it; '.repeat(90)

type Deflating = Ready & { readonly deflate: Deflate }

export const compression: readonly ChatCase[] = [
  chatCase('compression/works-without', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    await world.ready('bob', { deflate: OFFER })
    for (const text of ['short', LONG]) {
      await alice.says(room, text)
      await alice.hearsText(text)
    }
    const marked = alice.connection.frames.filter(({ rsv }) => rsv !== 0)
    expectEqual('frames with a reserved bit', marked.length, 0)
  }),

  chatCase('compression/may-be-negotiated', async (world) => {
    const { connection } = await world.ready('alice', { deflate: OFFER })
    expectTrue('permessage-deflate to be accepted', connection.deflate !== undefined, 'no extension')
  }),

  chatCase('compression/compressed-messages-are-read', async (world) => {
    const room = world.room()
    const alice = await deflating(world, 'alice')
    const bob = await world.member('bob', room)
    // What comes back is compressed too; that it can be inflated as agreed is looked at like every frame.
    await alice.subscribed(room)
    // Each can refer to what went before, where the context was agreed to be kept.
    const texts = ['compressed', 'compressed, and again', LONG, 'compressed, and again', LONG]
    for (const [n, text] of texts.entries()) {
      alice.sendText(sending(`x${n}`, room, text), compressed(alice))
      await alice.ok(`x${n}`)
    }
    alice.sendText(sending('y1', room, 'not compressed'))
    await alice.ok('y1')
    alice.sendText(sending('y2', room, 'in fragments'), compressed(alice, 7))
    await alice.ok('y2')
    for (const text of [...texts, 'not compressed', 'in fragments'])
      for (const one of [alice, bob]) expectEqual(`text to ${one.name}`, await nextText(one), text)
  }),

  chatCase('compression/bomb-closes-1009', async (world) => {
    const bob = await world.ready('bob')
    for (const name of ['bomb', 'one-octet-more']) {
      const alice = await deflating(world, name)
      const { max_message_bytes: most } = alice.welcome.payload.limits
      if (most >= BOMB_OCTETS) throw new Skip(`max_message_bytes ${most} is more than a bomb of ${BOMB_OCTETS} holds`)
      alice.sendText(padded('x1', most), compressed(alice))
      await alice.until((one) => one.type === 'pong' && one.reply_to === 'x1', `a pong to what inflates to ${most}`)
      alice.sendText(padded('x2', name === 'bomb' ? BOMB_OCTETS : most + 1), compressed(alice))
      const end = await alice.connection.end(world.stage.patience)
      if (end === 'timeout') throw new Finding('close 1009, or an abort', 'an open connection')
      expectTrue('close 1009, or an abort', end.kind !== 'closed' || end.code === 1009, describeEnd(end))
      await bob.fence()
    }
  }),

  chatCase('compression/no-context-takeover', async (world) => {
    const { terms } = (await deflating(world, 'alice')).deflate
    const [server, client] = [terms.serverNoContextTakeover, terms.clientNoContextTakeover]
    expectEqual('no context takeover of the server and of the client', [server, client], [true, true])
  }),

  chatCase('compression/short-messages-are-not-compressed', async (world) => {
    const room = world.room()
    const alice = await deflating(world, 'alice')
    const { compress_threshold_bytes: threshold } = alice.welcome.payload.limits
    await alice.subscribed(room)
    // Up to the threshold and over it: a frame is some 300 octets longer than its text.
    for (const length of [1, threshold - 500, threshold - 300, threshold - 200, threshold]) {
      const text = 'z'.repeat(Math.min(Math.max(length, 1), 4000))
      await alice.says(room, text)
      await nextText(alice)
    }
    const short = alice.connection.messages.filter(({ payload }) => payload.length < threshold)
    const wrong = short.filter((message) => message.compressed).map(({ payload }) => payload.length)
    expectEqual(`lengths of compressed messages, all under ${threshold}`, wrong, [])
  }),
]

/** A welcomed client with which permessage-deflate was negotiated. @throws Skip where the server declines it. */
async function deflating(world: World, name: string): Promise<Deflating> {
  const actor = await world.ready(name, { deflate: OFFER })
  const { deflate } = actor.connection
  if (deflate === undefined) throw new Skip('the server does not accept permessage-deflate')
  return Object.assign(actor, { deflate })
}

/** Puts a text on the wire compressed, in one frame, or in fragments of so many octets. */
const compressed =
  ({ connection, deflate }: Deflating, size = Number.POSITIVE_INFINITY) =>
  (text: string): void => {
    const octets = deflate.compress(Buffer.from(text))
    for (let at = 0; at < octets.length; at += size) {
      const fin = at + size >= octets.length
      // RSV1 stands on the first frame of a message alone (RFC 7692, §6).
      const first = at === 0 ? { opcode: OPCODE.text, rsv: COMPRESSED } : { opcode: OPCODE.continuation }
      void connection.send({ ...first, fin, payload: octets.subarray(at, at + size) })
    }
  }

const nextText = async (actor: Ready) => (await actor.next('user_message')).payload.text

const sending = (id: string, room: string, text: string) =>
  JSON.stringify({ type: 'send_message', id, payload: { room, client_msg_id: id, text } })

/** A ping of exactly this many octets; white space pads it. */
function padded(id: string, octets: number): string {
  const ping = JSON.stringify({ type: 'ping', id, payload: {} })
  return ping.replace('{}', `{${' '.repeat(octets - ping.length)}}`)
}
