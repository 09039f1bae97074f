/** A message that was accepted, and what may come of one that is like it. */
import type { ErrorMessage, Ok, OkPayloads, SendMessage } from '../../schemas/generated/chat.ts'
import type { ErrorCode } from '../../schemas/generated/tables.ts'
import { type Actor, describeEnd } from '../actors/actor.ts'
import { expectEqual } from '../actors/expect.ts'
import { Term } from '../actors/term.ts'
import type { Ready, World } from '../actors/world.ts'
import { Finding, Missed } from '../runner/case.ts'

type Message = SendMessage['payload']
type Answer = Ok | ErrorMessage

/** How another message differs from the first one. */
export interface Variation {
  /** Who sends it; the first sender, unless told. */
  readonly by?: Actor
  /** Fields in place of the first ones. */
  readonly with?: Partial<Message>
  /** Fields of the first one that are left out. */
  readonly without?: readonly (keyof Message)[]
  /** What to replace in the JSON text, and by what: the same value in another spelling. */
  readonly spelled?: readonly [string, string]
}

/** Verbs that send a variation of the first message, and judge its answer while the server has to remember. */
export interface Sent {
  readonly room: string
  readonly alice: Ready
  readonly message: Message
  /** Recognised: the ids of the first. */
  isRepeat(variation?: Variation): Promise<void>
  /** Answered `conflict`. */
  isConflict(variation: Variation): Promise<void>
  /** A message of its own, at this place. */
  isNew(seq: number, variation: Variation): Promise<void>
}

/** alice, who is subscribed, has sent one message, which was accepted. */
export async function sentOnce(world: World, fields: Partial<Message> = {}): Promise<Sent> {
  const room = world.room()
  const alice = await world.member('alice', room)
  const message: Message = { room, client_msg_id: 'm1', text: 'hello', ...fields }
  const term = new Term(alice.welcome.payload.limits, 'dedupe_window_ms')
  const first = await alice.ok<'send_message'>(alice.send('send_message', message))
  const answerTo = async ({ by = alice, with: changes = {}, without = [], spelled = ['', ''] }: Variation) => {
    const kept = Object.entries({ ...message, ...changes }).filter(([key]) => !without.includes(key as keyof Message))
    const id = `${by.name}-again-${by.replies().length}`
    const text = JSON.stringify({ type: 'send_message', id, payload: Object.fromEntries(kept) })
    if (!text.includes(spelled[0])) throw new Error(`the message does not hold ${spelled[0]}`)
    by.sendText(text.replace(spelled[0], spelled[1]))
    return answered(by, id)
  }
  return {
    room,
    alice,
    message,
    isRepeat: async (variation = {}) => {
      const answer = await answerTo(variation)
      term.judge(() => expectEqual('the answer to the repeat', gist(answer), { ...first, duplicate: true }))
    },
    isConflict: async (variation) => {
      const answer = await answerTo(variation)
      term.judge(() => expectRefusal(answer, 'conflict'))
    },
    isNew: async (seq, variation) => expectNew(await answerTo(variation), seq),
  }
}

/** The answer to a command of this actor. */
export async function answered(actor: Actor, id: string): Promise<Answer> {
  const answer = await actor.answerOrEnd(id)
  if ('kind' in answer) throw new Missed(`an answer to ${id}`, describeEnd(answer))
  return answer
}

export function expectRefusal(answer: Answer, code: ErrorCode): void {
  expectEqual('the answer', answer.type === 'ok' ? 'ok' : answer.payload.code, code)
}

function expectNew(answer: Answer, seq: number): void {
  if (answer.type === 'error') throw new Finding('ok to a new message', `error ${answer.payload.code}`)
  const { seq: at, duplicate = false } = answer.payload as OkPayloads['send_message']
  expectEqual('seq and duplicate', [at, duplicate], [seq, false])
}

const gist = (answer: Answer) => (answer.type === 'ok' ? answer.payload : `error ${answer.payload.code}`)

/** The seq and text of each message that the actor has heard. */
export const heardBy = (actor: Actor) => actor.seen('user_message').map(({ payload }) => [payload.seq, payload.text])
