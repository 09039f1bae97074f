/** What every frame of a server has in common. */
import { expectEqual, expectTrue } from '../actors/expect.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

export const envelope: readonly ChatCase[] = [
  chatCase('envelope/frames-match-their-schema', async (world) => {
    // Each frame of every case is judged as it arrives; here every kind of this pack arrives at least once.
    const room = world.room()
    const alice = await world.member('alice', room)
    await alice.says(room, 'hello')
    await alice.next('user_message')
    await alice.fence()
    await alice.refused(alice.send('subscribe', { room: 'elsewhere' }), 'forbidden')
    await alice.ok(alice.send('unsubscribe', { room }))
    expectEqual('problems', alice.problems, [])
  }),

  chatCase('envelope/reply-to-names-the-command', async (world) => {
    const room = world.room()
    const alice = await world.ready('alice')
    const ids = ['A', 'z_9-', 'x'.repeat(64)]
    alice.send('subscribe', { room }, ids[0])
    alice.send('ping', {}, ids[1])
    alice.sendJson({ type: 'teleport', id: ids[2], payload: {} })
    alice.sendJson({ type: 'teleport', id: 'not a valid id', payload: {} })
    alice.sendJson({ type: 'teleport', payload: {} })
    await alice.next('error')
    await alice.next('error')
    await alice.next('error')
    const answers = alice.received().filter(({ type }) => type === 'ok' || type === 'pong' || type === 'error')
    const replies = answers.map((answer) => ('reply_to' in answer ? answer.reply_to : undefined))
    expectEqual('reply_to', replies, [...ids, undefined, undefined])
  }),

  chatCase('envelope/one-answer-per-command', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    const ids = [
      alice.send('ping', {}),
      alice.sends(room, 'hello'),
      alice.send('subscribe', { room: 'elsewhere' }),
      alice.send('unsubscribe', { room }),
      alice.send('unsubscribe', { room }),
    ]
    await alice.fence()
    await alice.fence()
    const answers = ids.map((id) => alice.replies().filter((reply) => reply === id).length)
    expectEqual('answers to each command', answers, [1, 1, 1, 1, 1])
  }),

  chatCase('envelope/server-frames-are-bounded', async (world) => {
    const room = world.room()
    const alice = await world.member('alice', room)
    // As long as a valid message can be: six octets for each control character, and metadata to the brim.
    const text = '\u0001'.repeat(4000)
    await alice.ok(
      alice.send('send_message', { room, client_msg_id: 'm1', text, metadata: { fill: 'x'.repeat(1500) } }),
    )
    await alice.next('user_message')
    // And an answer to a message that is as long as may be, and wrong: it need not repeat what was wrong.
    const { max_message_bytes: most } = alice.welcome.payload.limits
    const wrong = { type: 'subscribe', id: 'x1', payload: { room: '' } }
    alice.sendJson({ ...wrong, payload: { room: 'X'.repeat(most - JSON.stringify(wrong).length) } })
    await alice.refused('x1', 'invalid_payload')
    const longest = Math.max(...alice.connection.messages.map(({ payload }) => payload.length))
    const { max_server_frame_bytes: max } = alice.welcome.payload.limits
    expectTrue(`frames of at most ${max} octets`, longest <= max, `one of ${longest}`)
  }),
]
