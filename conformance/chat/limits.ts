/** `welcome.limits`, and the rate that they set. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import type { Ready } from '../actors/world.ts'
import { Finding, Skip } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { floods } from './flood.ts'

export const limits: readonly ChatCase[] = [
  chatCase('limits/relations-hold', async (world) => {
    const { limits } = (await world.ready('alice')).welcome.payload
    expectTrue('rate_burst over max_errors', limits.rate_burst > limits.max_errors, `${limits.rate_burst}`)
    expectTrue('auth_leeway_ms of at most 60000', limits.auth_leeway_ms <= 60_000, `${limits.auth_leeway_ms}`)
    for (const name of ['max_message_bytes', 'max_server_frame_bytes'] as const)
      expectTrue(`${name} of at least 65536`, limits[name] >= 65_536, `${limits[name]}`)
  }),

  chatCase('limits/burst-is-accepted', async (world) => {
    const alice = await world.ready('alice')
    // A pong of ours would take a token of the burst.
    alice.answersPings = false
    const { rate_burst: burst } = alice.welcome.payload.limits
    world.bearable(burst)
    const last = atOnce(alice, burst, () => alice.send('ping', {})).at(-1)
    await alice.until((one) => 'reply_to' in one && one.reply_to === last, 'an answer to the last of the burst')
    expectEqual('errors', alice.seen('error').length, 0)
  }),

  chatCase('limits/over-rate-is-rate-limited', async (world) => {
    const room = world.room()
    const alice = (await world.ready('alice')).flooding()
    const { rate_burst: burst, rate_per_s: rate } = alice.welcome.payload.limits
    world.bearable(2 * burst)
    // One millisecond for rounding.
    const longest = Math.ceil(1000 / rate) + 1
    const bucket = world.bucket(alice.welcome.payload.limits)
    const ids = atOnce(alice, 1.5 * burst, (n) => alice.sends(room, `n${n}`))
    let accepted = 0
    for (const id of ids) {
      const answer = await alice.answerOrEnd(id)
      if ('kind' in answer) throw new Finding('ok or rate_limited', 'the end of the connection')
      if (answer.type === 'ok') accepted += 1
      else {
        expectEqual('error.code', answer.payload.code, 'rate_limited')
        const { retry_after_ms: wait } = answer.payload
        expectTrue(`a retry_after_ms of at most ${longest}`, wait !== undefined && wait <= longest, `${wait ?? 'none'}`)
      }
    }
    bucket.allows(accepted, 'messages accepted')
    const bob = await world.ready('bob')
    expectEqual('head_seq, where what was refused was not done', (await bob.subscribed(room)).head_seq, accepted)
  }),

  chatCase('limits/retry-after-suffices', async (world) => {
    const alice = (await world.ready('alice')).flooding()
    alice.answersPings = false
    world.bearable(alice.welcome.payload.limits.rate_burst)
    for (let tries = 0; alice.seen('error').length === 0; tries += 1) {
      if (tries === 10) throw new Skip('the server takes messages more slowly than its rate allows, and refuses none')
      const last = atOnce(alice, 1.5 * alice.welcome.payload.limits.rate_burst, () => alice.send('ping', {})).at(-1)
      await alice.until((one) => 'reply_to' in one && one.reply_to === last, 'an answer to the last')
    }
    const wait = alice.seen('error').at(-1)?.payload.retry_after_ms ?? 0
    if (wait > world.stage.maxWaitMs)
      throw new Skip(`waits retry_after_ms = ${wait} ms, longer than --max-wait ${world.stage.maxWaitMs} ms`)
    await alice.staysOpen(wait)
    await alice.fence()
  }),

  chatCase('limits/every-message-costs', async (world) => {
    const alice = (await world.ready('alice')).flooding()
    const { rate_burst: burst } = alice.welcome.payload.limits
    world.bearable(2 * burst)
    const bucket = world.bucket(alice.welcome.payload.limits)
    const kinds = (n: number) => (n < burst ? 'pong' : 'ping')
    const last = atOnce(alice, 1.5 * burst, (n) => alice.send(kinds(n), {})).at(-1)
    await alice.until((one) => 'reply_to' in one && one.reply_to === last, 'an answer to the last')
    bucket.allows(burst + alice.seen('pong').length, 'pongs and answered pings')
  }),

  chatCase('limits/flood-closes-4202', async (world) => {
    await floods(world, await world.ready('alice'))
  }),

  chatCase('limits/over-rate-without-id-is-dropped', async (world) => {
    const alice = (await world.ready('alice')).flooding()
    const { rate_burst: burst } = alice.welcome.payload.limits
    world.bearable(2 * burst)
    atOnce(alice, 1.5 * burst, () => alice.send('pong', {}))
    const last = alice.send('ping', {})
    await alice.answerOrEnd(last).catch(() => {})
    const unasked = alice.seen('error').filter(({ reply_to }) => reply_to === undefined)
    expectEqual('errors without reply_to', unasked.length, 0)
    expectEqual('the connection', alice.connection.ended ?? 'open', 'open')
  }),
]

/**
 * Sends so many messages in one write: the bucket must not refill while a busy machine comes round to the next.
 * @returns what each `send` returned, in order.
 */
function atOnce(actor: Ready, count: number, send: (n: number) => string): string[] {
  const ids: string[] = []
  actor.connection.together(() => {
    for (let n = 0; n < count; n += 1) ids.push(send(n))
  })
  return ids
}
