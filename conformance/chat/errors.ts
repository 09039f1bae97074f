/** What an `error` says, what it leaves alone, and which of several faults it names. */
import { ERROR_CODES } from '../../schemas/generated/tables.ts'
import { expectEqual } from '../actors/expect.ts'
import type { Ready } from '../actors/world.ts'
import { Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const LARGE = { fill: 'x'.repeat(3072) }

export const errors: readonly ChatCase[] = [
  chatCase('errors/retryable-as-registered', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'teleport', id: 'x1', payload: {} })
    alice.sendJson({ type: 'subscribe', id: 'x2', payload: {} })
    alice.send('subscribe', { room: 'elsewhere' }, 'x3')
    alice.send('send_message', { room, client_msg_id: 'm1', text: 'hi', metadata: LARGE }, 'x4')
    const codes = ['unknown_type', 'invalid_payload', 'forbidden', 'payload_too_large'] as const
    for (const [at, code] of codes.entries()) {
      const { payload } = await alice.refused(`x${at + 1}`, code)
      expectEqual(`retryable of ${code}`, payload.retryable, ERROR_CODES[code].retryable)
    }
  }),

  chatCase('errors/keep-the-connection-open', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    alice.sendJson({ type: 'teleport', id: 'x1', payload: {} })
    await alice.refused('x1', 'unknown_type')
    await alice.refused(alice.send('subscribe', { room: 'elsewhere' }), 'forbidden')
    alice.sendJson({ type: 'subscribe', id: 'x2', payload: {} })
    const { payload } = await alice.refused('x2', 'invalid_payload')
    expectEqual('fatal', payload.fatal ?? false, false)
    await alice.says(room, 'still here')
    expectEqual('text', (await alice.next('user_message')).payload.text, 'still here')
  }),

  chatCase('errors/without-id-no-answer', async (world) => {
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'pong', payload: { nonce: 7 } })
    alice.sendJson({ type: 'typing', payload: { room: world.room(), state: 'sideways' } })
    alice.sendJson({ type: 'signal', payload: {} })
    await alice.fence()
    expectEqual('errors', alice.seen('error').length, 0)
  }),

  chatCase('errors/unanswered-ones-count', async (world) => {
    const alice = await world.ready('alice')
    const { max_errors: max } = alice.welcome.payload.limits
    for (let n = 0; n < max; n += 1) alice.sendJson({ type: 'pong', payload: { nonce: n } })
    await alice.fence()
    alice.sendJson({ type: 'pong', payload: { nonce: 0 } })
    await alice.closes(4005)
  }),

  chatCase('errors/parse-comes-before-rate', async (world) => {
    const alice = (await world.ready('alice')).flooding()
    const { rate_burst: burst } = alice.welcome.payload.limits
    world.bearable(burst)
    for (let n = 0; n < burst + 5; n += 1) alice.send('ping', {})
    alice.sendText('{"type":"ping","id":"x1","payload":')
    await alice.closes(4000)
  }),

  chatCase('errors/rate-comes-before-type', async (world) => {
    const alice = (await world.ready('alice')).flooding()
    const { rate_burst: burst, max_errors: max } = alice.welcome.payload.limits
    world.bearable(2 * burst)
    const bucket = world.bucket(alice.welcome.payload.limits)
    // Pings empty the bucket and drink up what flows into it, short of the refusals that would close the connection.
    const wrong = Array.from({ length: max }, (_, n) => `x${n}`)
    for (let n = 0; n < 2 * burst - max - 1; n += 1) alice.send('ping', {})
    for (const id of wrong) alice.sendJson({ type: 'teleport', id, payload: {} })
    const last = await alice.until((one) => one.type === 'error' && one.reply_to === wrong.at(-1), 'an error to each')
    const looked = alice.seen('error').filter(({ payload }) => payload.code === 'unknown_type').length
    bucket.allows(alice.seen('pong').length + looked, 'pings answered and types looked at', alice.arrivalOf(last))
  }),

  chatCase('errors/type-comes-before-schema', async (world) => {
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'teleport', id: 'x1' })
    await alice.refused('x1', 'unknown_type')
    for (const message of [{ type: 'teleport' }, { type: 'teleport', id: 'not valid', payload: [] }]) {
      alice.sendJson(message)
      const { payload, reply_to } = await alice.next('error')
      expectEqual('code and reply_to', [payload.code, reply_to], ['unknown_type', undefined])
    }
    // The same faults, where the type is known.
    alice.sendJson({ type: 'ping', id: 'x2' })
    await alice.refused('x2', 'invalid_payload')
  }),

  chatCase('errors/schema-comes-before-grant', async (world) => {
    const alice = await world.ready('alice')
    alice.sendJson({ type: 'subscribe', id: 'x1', payload: { room: 'elsewhere', presence: 'yes' } })
    await alice.refused('x1', 'invalid_payload')
    await alice.refused(alice.send('subscribe', { room: 'elsewhere' }), 'forbidden')
  }),

  chatCase('errors/grant-comes-before-the-rest', async (world) => {
    const alice = (await world.ready('alice')).crowding()
    const { max_rooms: max, rate_burst: burst } = alice.welcome.payload.limits
    world.fits(max + 3, burst, 'max_rooms', 'rate_burst')
    for (let n = 1; n <= max; n += 1) await alice.subscribed(world.room(`r${n}`))
    await alice.refused(alice.send('subscribe', { room: 'elsewhere' }), 'forbidden')
    const message = { client_msg_id: 'm1', text: 'hi', metadata: LARGE }
    await alice.refused(alice.send('send_message', { room: 'elsewhere', ...message }), 'forbidden')
    await alice.refused(alice.send('send_message', { room: world.room(), ...message }), 'payload_too_large')
  }),

  chatCase('errors/grant-comes-before-subscription', async (world) => {
    const alice = await world.ready('alice', { claims: { rooms: null, rooms_read: [world.room('read')] } })
    const { features } = alice.welcome.payload
    const unopened = [world.room('read'), 'elsewhere']
    const commands = {
      typing: () => unopened.map((room) => alice.send('typing', { room, state: 'start' })),
      signal: () => unopened.map((room) => alice.send('signal', { room, name: 'cursor', data: {} })),
      read: () => [alice.send('mark_read', { room: 'elsewhere', seq: 1 })],
    }
    const listed = Object.entries(commands).filter(([feature]) => listsFeature(features, feature))
    if (listed.length === 0) throw new Skip('the server lists no feature that needs a subscription')
    for (const [, command] of listed) for (const id of command()) await alice.refused(id, 'forbidden')
  }),

  chatCase('errors/subscription-comes-before-the-rest', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const { features } = alice.welcome.payload
    const commands = {
      signal: () => alice.send('signal', { room, name: 'cursor', data: LARGE }),
      read: () => alice.send('mark_read', { room, seq: 1000 }),
    }
    const listed = Object.entries(commands).filter(([feature]) => listsFeature(features, feature))
    if (listed.length === 0) throw new Skip('the server lists neither signal nor read')
    for (const [, command] of listed) await alice.refused(command(), 'not_subscribed')
    // The same, subscribed: the rest is then what is wrong.
    await alice.subscribed(room)
    const codes = { signal: 'payload_too_large', read: 'invalid_payload' } as const
    for (const [feature, command] of listed) await alice.refused(command(), codes[feature as keyof typeof codes])
  }),

  chatCase('errors/unlisted-feature-is-unsupported', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    for (const command of unlisted(alice)) {
      alice.sendJson({ ...command(room), id: 'x1' })
      await alice.refused('x1', 'unsupported')
    }
  }),

  chatCase('errors/feature-comes-before-grant', async (world) => {
    const alice = await world.ready('alice')
    for (const command of unlisted(alice)) {
      alice.sendJson({ ...command('elsewhere'), id: 'x1' })
      await alice.refused('x1', 'unsupported')
    }
  }),

  chatCase('errors/schema-comes-before-feature', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    for (const command of unlisted(alice)) {
      alice.sendJson({ ...command('Not A Room'), id: 'x1' })
      await alice.refused('x1', 'invalid_payload')
      await alice.ok(alice.send('unsubscribe', { room }))
    }
  }),
]

/** A command of each feature that has one. */
const COMMANDS = {
  history: (room: string) => ({ type: 'history', payload: { room } }),
  presence: (room: string) => ({ type: 'presence_get', payload: { room } }),
  typing: (room: string) => ({ type: 'typing', payload: { room, state: 'start' } }),
  signal: (room: string) => ({ type: 'signal', payload: { room, name: 'cursor', data: {} } }),
  read: (room: string) => ({ type: 'mark_read', payload: { room, seq: 1 } }),
}

const listsFeature = (features: readonly string[], feature: string) => features.includes(feature)

/** The commands of the features that the server does not list. */
function unlisted({ welcome }: Ready) {
  const { features } = welcome.payload
  const commands = Object.entries(COMMANDS).filter(([feature]) => !listsFeature(features, feature))
  if (commands.length === 0) throw new Skip('the server lists every feature that has a command')
  return commands.map(([, command]) => command)
}
