/** How connections end, and what the ends say. */
import { CLOSE_CODES } from '../../schemas/generated/tables.ts'
import { describeEnd, named } from '../actors/actor.ts'
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
]
