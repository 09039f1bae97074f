/** How connections end, and what the ends say. */

import { isUtf8 } from 'node:buffer'
import { CLOSE_CODES } from '../../schemas/generated/tables.ts'
import { type Actor, describeEnd, named } from '../actors/actor.ts'
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const close: readonly ChatCase[] = [
  chatCase('close/reason-is-the-name', async (world) => {
    const endings = {
      4000: (await world.ready('vague')).sendingText('[]'),
      4003: (await world.ready('eager')).sending('hello', { client: { name: 'shakedown', version: '1' } }),
      4100: (await world.upgrade('early')).sending('ping', {}),
    }
    for (const [code, actor] of Object.entries(endings)) {
      const { reason } = await actor.closes(Number(code))
      expectEqual('reason', reason?.toString(), named(Number(code)).split(' ')[1])
    }
  }),

  chatCase('close/fatal-error-comes-first', async (world) => {
    const alice = await world.ready('alice')
    const id = alice.send('hello', { client: { name: 'shakedown', version: '1' } })
    const error = await alice.next('error')
    expectEqual(
      'code, fatal and reply_to',
      [error.payload.code, error.payload.fatal, error.reply_to],
      [CLOSE_CODES.duplicate_hello.name, true, id],
    )
    await alice.closes(4003)
  }),

  chatCase('close/client-close-is-answered', async (world) => {
    const alice = await world.ready('alice')
    await alice.connection.close(1000, 'done')
    const end = await alice.connection.end(world.stage.patience)
    if (end === 'timeout') throw new Finding('a Close frame in answer to ours', 'none')
    // A server that never answers ends the connection all the same, once its heartbeat finds us silent.
    const answered = end.kind === 'closed' && end.code !== CLOSE_CODES.heartbeat_timeout.code
    expectTrue('a Close frame in answer to ours', answered, describeEnd(end))
    const gone = await alice.connection.disconnect(world.stage.patience)
    expectTrue('the server to end the TCP connection', gone !== 'timeout', 'an open TCP connection')
  }),

  chatCase('close/reason-fits', async (world) => {
    // Long enough to fill the reason of a server that quotes what it was sent.
    const long = 'wrong €'.repeat(100)
    const { max_message_bytes: max } = (await world.ready('alice')).welcome.payload.limits
    const binary = await world.ready('binary')
    await binary.connection.send({ opcode: 2, payload: Buffer.from(long) })
    const endings = [
      [1003, binary],
      [1009, (await world.ready('large')).sendingText('x'.repeat(max + 1))],
      [4000, (await world.ready('vague')).sendingText(long)],
      [4000, (await world.upgrade('unclear')).sendingText(`{"type":"hello","id":"h1","payload":{"client":"${long}"}}`)],
      [4100, await world.upgrade('forger', { credential: 'subprotocol', token: 'x'.repeat(500) })],
      [4100, (await world.upgrade('early')).sendingText(JSON.stringify({ type: long, id: 'x1', payload: {} }))],
    ] as const
    for (const [code, actor] of endings) {
      const { reason = Buffer.alloc(0) } = await actor.closes(code)
      expectTrue('a reason of at most 123 octets', reason.length <= 123, `${reason.length} octets`)
      expectTrue('a reason in UTF-8', isUtf8(reason), reason.toString('hex'))
    }
  }),

  chatCase('close/code-outruns-data-in-flight', async (world) => {
    const alice = (await world.ready('alice')).flooding()
    const { max_message_bytes: max } = alice.welcome.payload.limits
    const large = `{"type":"ping","id":"x1","payload":{${' '.repeat(max - 38)}}}`
    // More than any buffer between us holds: some of it is in flight when the server closes, whenever that is.
    const flood = (actor: Actor) => {
      for (let n = 0; n < 64; n += 1) actor.sendText(large)
    }
    alice.sendText('[]')
    flood(alice)
    await alice.closes(4000)
    const forger = await world.upgrade('forger', { token: 'not-a-token' })
    flood(forger)
    await forger.closes(4100)
  }),
]
