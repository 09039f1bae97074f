/** A message that is sent again on another node, where the first answer may have been lost with its node. */
import type { ErrorMessage, Ok, OkPayloads } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { answered, heardBy } from '../chat/sent-once.ts'
import { nodesOf, ownNode } from './nodes.ts'

const of = ['cluster/dedupe-on-all-nodes']

/** A race is not lost each time. */
const ROUNDS = 6

export const dedupe: readonly ChatCase[] = [
  chatCase(
    'cluster/repeat-on-another-node',
    async (world) => {
      const room = world.room()
      const [alice, ...elsewhere] = await devicesOf(world)
      const bob = await nodesOf(world)[2].member('bob', room)
      const term = new Term(bob.welcome.payload.limits, 'dedupe_window_ms')
      const message = { room, client_msg_id: 'm1', text: 'hello' }
      const first = await alice.ok<'send_message'>(alice.send('send_message', message))
      const answers: (Ok | ErrorMessage)[] = []
      for (const device of elsewhere) {
        answers.push(await answered(device, device.send('send_message', message)))
        answers.push(await answered(device, device.send('send_message', { ...message, text: 'other content' })))
      }
      const next = await elsewhere[0].says(room, 'next')
      await bob.hearsText('next')
      const repeat = { ...first, duplicate: true }
      term.judge(() => {
        expectEqual('the answers to a repeat and to other content', answers.map(gist), [
          ...[repeat, 'error conflict'],
          ...[repeat, 'error conflict'],
        ])
        expectEqual('seq of the next message', next.seq, 2)
        expectEqual('seq and text to bob', heardBy(bob), [
          [1, 'hello'],
          [2, 'next'],
        ])
      })
    },
    { of, title: 'A repeat on another node is answered with the ids of the first, and other content with conflict.' },
  ),

  chatCase(
    'cluster/repeats-on-all-nodes-at-once',
    async (world) => {
      const room = world.room()
      const devices = await devicesOf(world)
      const bob = await nodesOf(world)[1].member('bob', room)
      for (let round = 1; round <= ROUNDS; round += 1) {
        const text = `once ${round}`
        const term = new Term(bob.welcome.payload.limits, 'dedupe_window_ms')
        const message = { room, client_msg_id: `m${round}`, text }
        const ids = devices.map((device) => device.send('send_message', message))
        const answers = await Promise.all(devices.map((device, n) => device.ok<'send_message'>(ids[n] ?? '')))
        await bob.hearsText(text)
        const [original, ...others] = answers.filter(({ duplicate }) => duplicate !== true)
        term.judge(() => {
          expectEqual('further answers without duplicate: true', others, [])
          const place = answers.map((answer) => ({ ...answer, duplicate: true }))
          expectEqual(
            'the answers, but for the mark',
            place,
            place.map(() => ({ ...original, duplicate: true })),
          )
        })
      }
      const last = await devices[0].says(room, 'last')
      await bob.hearsText('last')
      expectEqual('seq of the last message', last.seq, ROUNDS + 1)
      expectEqual(
        'the texts to bob',
        heardBy(bob).map(([, text]) => text),
        [...Array.from({ length: ROUNDS }, (_, n) => `once ${n + 1}`), 'last'],
      )
    },
    {
      of,
      title: 'Of equal messages that one user sends on all nodes at once, one is delivered, and all are told which.',
    },
  ),

  chatCase(
    'cluster/others-on-two-nodes-at-once-conflict',
    async (world) => {
      const room = world.room()
      const [one, other] = await devicesOf(world)
      for (let round = 1; round <= ROUNDS; round += 1) {
        const term = new Term(one.welcome.payload.limits, 'dedupe_window_ms')
        const sent = [one, other].map((device) => ({
          device,
          id: device.send('send_message', { room, client_msg_id: `m${round}`, text: `from ${device.name}` }),
        }))
        const answers = await Promise.all(sent.map(({ device, id }) => answered(device, id)))
        const outcomes = answers.map((answer) => (answer.type === 'ok' ? 'ok' : answer.payload.code)).sort()
        term.judge(() => expectEqual('the two answers', outcomes, ['conflict', 'ok']))
      }
    },
    {
      of,
      title:
        'Of two messages with one client_msg_id and other content on two nodes at once, one is accepted and one not.',
    },
  ),

  chatCase(
    'cluster/repeat-after-the-death-of-a-node',
    async (world) => {
      const room = world.room()
      const { there, kill } = await ownNode(world)
      const bob = await world.member('bob', room)
      const alice = await there.ready('alice')
      const term = new Term(bob.welcome.payload.limits, 'dedupe_window_ms')
      const answeredOne = { room, client_msg_id: 'm1', text: 'answered' }
      const unanswered = { room, client_msg_id: 'm2', text: 'perhaps unanswered' }
      const first = await alice.ok<'send_message'>(alice.send('send_message', answeredOne))
      alice.send('send_message', unanswered)
      await kill()
      const again = await world.ready('alice')
      const second = await again.ok<'send_message'>(again.send('send_message', answeredOne))
      await again.ok(again.send('send_message', unanswered))
      await again.says(room, 'next')
      await bob.hearsText('next')
      term.judge(() => {
        expectEqual('the answer to the repeat', second, { ...first, duplicate: true })
        expectEqual('seq and text to bob', heardBy(bob), [
          [1, 'answered'],
          [2, 'perhaps unanswered'],
          [3, 'next'],
        ])
      })
    },
    { of, title: 'What is sent again after the death of its node is there once, whether it was answered or not.' },
  ),
]

/** One user on three nodes. */
async function devicesOf(world: World): Promise<[Ready, Ready, Ready]> {
  const claims = { sub: world.user('alice') }
  const [a, b, c] = nodesOf(world)
  return Promise.all([a.ready('phone', { claims }), b.ready('laptop', { claims }), c.ready('tablet', { claims })])
}

const gist = (answer: Ok | ErrorMessage): OkPayloads['send_message'] | string =>
  answer.type === 'ok' ? (answer.payload as OkPayloads['send_message']) : `error ${answer.payload.code}`
