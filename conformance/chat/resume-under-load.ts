/** Resuming again and again while others go on publishing: the gap between replay and live, where messages get lost. */
import type { OkPayloads, Position } from '../../schemas/generated/chat.ts'
import { expectEqual } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'

const ROUNDS = 5
/** How often the reader resumes while the messages of one round are sent. */
const RESUMES = 3

/** A reader of one room, who may have come on several connections. */
export interface Reader {
  readonly on: Ready
  readonly room: string
  readonly epoch: string
  /** The seqs of the connections before this one. */
  readonly before: readonly number[]
}

type Answer = Pick<OkPayloads['subscribe'], 'recovered'>

const of = ['resume/loses-nothing-under-load']

export const resumeUnderLoad: readonly ChatCase[] = [
  chatCase(
    'resume/new-connection-under-load',
    (world) =>
      expectNothingLost(world, async (reader) => {
        const position = positionOf(reader)
        reader.on.connection.destroy()
        const on = await world.ready('reader')
        return { on, answer: await on.subscribed(reader.room, position) }
      }),
    { of, title: 'A client that comes again and again on new connections, with its position, gets each message once.' },
  ),

  chatCase(
    'resume/same-connection-under-load',
    (world) =>
      expectNothingLost(world, async (reader) => {
        const { on, room } = reader
        await on.ok(on.send('unsubscribe', { room }))
        return { on, answer: await on.subscribed(room, positionOf(reader)) }
      }),
    { of, title: 'A client that leaves and subscribes from its position again and again gets each message once.' },
  ),

  chatCase(
    'resume/session-under-load',
    (world) =>
      expectNothingLost(world, async (reader) => {
        const position = positionOf(reader)
        reader.on.connection.destroy()
        const on = await world.back(reader.on, { [reader.room]: position })
        const answer = on.welcome.payload.rooms.find(({ room }) => room === reader.room)
        if (answer === undefined || 'code' in answer) throw new Finding(`${reader.room} in welcome.rooms`, 'none')
        return { on, answer }
      }),
    { of, title: 'A client that takes its session up again and again, with positions, gets each message once.' },
  ),
]

/**
 * In each round two speakers talk by turns without a pause, at the pace of their answers, while the reader resumes.
 * @param places where the speakers are, in turn.
 */
export async function expectNothingLost(
  world: World,
  resume: (reader: Reader) => Promise<{ on: Ready; answer: Answer }>,
  places: readonly World[] = [world],
): Promise<void> {
  const room = world.room()
  const on = await world.ready('reader')
  const { limits } = on.welcome.payload
  const each = Math.min(12, Math.floor(limits.replay_max / 2), limits.rate_burst - 4)
  world.fits(4, each, 'replay_max', 'rate_burst')
  world.fits(2 * ROUNDS * RESUMES + 4, limits.rate_burst, 'rate_burst')
  let reader: Reader = { on, room, epoch: (await on.subscribed(room)).epoch, before: [] }
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [a = world, b = a] = [places[round % places.length], places[(round + 1) % places.length]]
    const speakers = [await a.ready(`speaker-${round}a`), await b.ready(`speaker-${round}b`)]
    const term = new Term(limits, 'resume_window_ms')
    const resuming = async () => {
      for (let n = 0; n < RESUMES; n += 1) {
        const next = await resume(reader)
        term.judge(() => expectEqual('recovered', next.answer.recovered, true))
        if (next.on !== reader.on) reader = { ...reader, on: next.on, before: seqsOf(reader) }
      }
    }
    await Promise.all([resuming(), speak(speakers, room, each)])
    const last = round * 2 * each
    if (seqsOf(reader).includes(last)) continue
    await reader.on.until((one) => one.type === 'user_message' && one.payload.seq === last, `seq ${last}`)
  }
  const all = Array.from({ length: ROUNDS * 2 * each }, (_, n) => n + 1)
  expectEqual('the seqs that the reader got, on all its connections', seqsOf(reader), all)
}

/** One after the other, lest they be done before the reader is back. */
async function speak(speakers: readonly Ready[], room: string, each: number): Promise<void> {
  for (let n = 1; n <= each; n += 1) for (const speaker of speakers) await speaker.says(room, `${speaker.name} ${n}`)
}

/** In the order of their arrival. */
function seqsOf({ on, before }: Reader): readonly number[] {
  return [...before, ...on.seen('user_message').map(({ payload }) => payload.seq)]
}

export function positionOf(reader: Reader): Position {
  return { epoch: reader.epoch, seq: seqsOf(reader).at(-1) ?? 0 }
}
