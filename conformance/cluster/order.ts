/** One room on all nodes: one epoch, one order, and nothing that is acknowledged before it is there. */
import { expectEqual } from '../actors/expect.ts'
import type { Ready, World } from '../actors/world.ts'
import { type ChatCase, chatCase } from '../chat/chat-case.ts'
import { placesOf } from './nodes.ts'

const of = ['cluster/one-order-on-all-nodes']

/** What each of several publishers sends at once. */
const EACH = 8
const ROUNDS = 5

export const order: readonly ChatCase[] = [
  chatCase(
    'cluster/publishers-on-all-nodes',
    async (world) => {
      const room = world.room()
      const members = await membersOn(placesOf(world), room)
      const sent = members.flatMap((member) =>
        Array.from({ length: EACH }, (_, n) => ({ member, id: member.sends(room, `${member.name} ${n + 1}`) })),
      )
      const places: [seq: number, message_id: string][] = []
      for (const { member, id } of sent) {
        const { seq, message_id } = await member.ok<'send_message'>(id)
        places.push([seq, message_id])
      }
      const last = members.length * EACH
      for (const member of members) await hearsSeq(member, last)
      const [first, ...others] = members.map((member) => ({ member, heard: member.seen('user_message') }))
      expectEqual(
        'the seqs and ids of the answers, in order',
        first?.heard.map(({ payload: { seq, message_id } }) => [seq, message_id]),
        places.toSorted(([one], [other]) => one - other),
      )
      expectEqual(
        'the seqs',
        first?.heard.map(({ payload }) => payload.seq),
        upTo(last),
      )
      for (const { member, heard } of others)
        expectEqual(`what ${member.name} heard, as user-1 did,`, heard, first?.heard)
    },
    { of, title: 'Of publishers on all nodes at once, all subscribers get the same messages in the same order.' },
  ),

  chatCase(
    'cluster/one-epoch-from-the-first-use',
    async (world) => {
      const actors = await Promise.all(placesOf(world).map((place, n) => place.ready(`user-${n + 1}`)))
      for (let round = 1; round <= ROUNDS; round += 1) {
        const room = world.room(`round-${round}`)
        const answers = await Promise.all(actors.map((actor) => actor.subscribed(room)))
        const epochs = new Set(answers.map(({ epoch }) => epoch))
        expectEqual('the number of epochs that a new room is told to have', epochs.size, 1)
        const [one] = actors as [Ready]
        expectEqual('the epoch of its first message', [(await one.says(room, 'first')).epoch], [...epochs])
      }
    },
    { of, title: 'A room that is first used on all nodes at once has one epoch.' },
  ),

  chatCase(
    'cluster/joins-while-others-speak',
    async (world) => {
      const places = placesOf(world)
      const joiners = await Promise.all(places.map((place, n) => place.ready(`joiner-${n + 1}`)))
      const speakers = await Promise.all(places.slice(0, 2).map((place, n) => place.ready(`speaker-${n + 1}`)))
      for (let round = 1; round <= ROUNDS; round += 1) {
        // A new one each time: nobody on any node listens to it yet.
        const room = world.room(`round-${round}`)
        const joining: Promise<{ head_seq: number }>[] = []
        const speak = async (speaker: Ready) => {
          for (const joiner of joiners) {
            await speaker.says(room, speaker.name)
            if (speaker !== speakers[0]) continue
            const joined = joiner.subscribed(room)
            // Awaited below, unless a speaker fails before.
            joined.catch(() => {})
            joining.push(joined)
          }
        }
        await Promise.all(speakers.map(speak))
        const last = speakers.length * joiners.length
        for (const [n, { head_seq }] of (await Promise.all(joining)).entries()) {
          const joiner = joiners[n] as Ready
          if (head_seq < last) await hearsSeq(joiner, last, room)
          expectEqual(
            `the seqs to ${joiner.name} from head_seq ${head_seq} on`,
            seqsOf(joiner, room),
            upTo(last, head_seq),
          )
        }
      }
    },
    { of, title: 'Who subscribes on any node while others speak gets everything after head_seq, without a hole.' },
  ),
]

export const membersOn = (places: readonly World[], room: string): Promise<Ready[]> =>
  Promise.all(places.map((place, n) => place.member(`user-${n + 1}`, room)))

/** What a subscriber has heard of a room, in the order of arrival. */
export const seqsOf = (actor: Ready, room: string): readonly number[] =>
  actor.seen('user_message').flatMap(({ payload }) => (payload.room === room ? payload.seq : []))

export function hearsSeq(actor: Ready, seq: number, room?: string) {
  return actor.until(
    (one) => one.type === 'user_message' && one.payload.seq === seq && (room ?? one.payload.room) === one.payload.room,
    `a user_message of seq ${seq} to ${actor.name}`,
  )
}

/** The whole numbers after one up to another. */
export const upTo = (last: number, after = 0): number[] => Array.from({ length: last - after }, (_, n) => after + n + 1)
