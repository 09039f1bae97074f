/** Each field of each message that clients send: every keyword of its schema broken once, and met at its boundary. */
import type { ServerMessage } from '../../schemas/generated/chat.ts'
import type { World } from '../actors/world.ts'
import { Finding } from '../runner/case.ts'
import { type ChatCase, chatCase } from './chat-case.ts'
import { basesOf, constraintsOfType, type Needs, TYPES } from './constraint-messages.ts'
import type { Constraint } from './constraints.ts'

/** The constraints are the same in number and name whatever room and token they are made with. */
const ANY: Needs = { room: 'room', token: 'token' }

type Type = (typeof TYPES)[number]

export const constraints: readonly ChatCase[] = TYPES.flatMap((type) => {
  const fields = [...new Set(constraintsOfType(type, ANY).map(({ field }) => field))]
  const judge = type === 'hello' ? judgeHellos : type === 'pong' ? judgePongs : judgeCommands
  return fields.map((field) =>
    chatCase(
      `constraints/${field}`,
      async (world) => {
        const needs = { room: world.room(), token: await world.token('alice') }
        const own = constraintsOfType(type, needs).filter((one) => one.field === field)
        await judge(world, own, type)
      },
      {
        of: [requirementOf(type, field)],
        title: `${field}: refused by each keyword of its schema, and accepted at it.`,
      },
    ),
  )
})

function requirementOf(type: Type, field: string): string {
  if (type === 'hello') return 'handshake/invalid-hello-closes-4000'
  if (type === 'pong') return 'errors/unanswered-ones-count'
  return field === `${type}-id` ? 'framing/bad-id-is-invalid-payload' : 'framing/schema-error-is-invalid-payload'
}

/** "A first `hello` that breaks its schema MUST be answered with close 4000": each on a connection of its own. */
async function judgeHellos(world: World, constraints: readonly Constraint[]): Promise<void> {
  for (const [n, { id, message, expected }] of constraints.entries()) {
    const brought = JSON.stringify(message).includes('"token":')
    const alice = await world.upgrade(`alice-${n}`, {
      claims: { sub: world.user('alice') },
      ...(brought ? { credential: 'none' } : {}),
    })
    alice.sendJson(message)
    if (expected === 'refused') await naming(id, message, () => alice.closes(4000))
    else await naming(id, message, () => alice.next('welcome'))
  }
}

/** A `pong` is not answered, but one too many that breaks its schema ends the connection. */
async function judgePongs(world: World, constraints: readonly Constraint[]): Promise<void> {
  for (const [n, { id, message, expected }] of constraints.entries()) {
    const alice = await world.ready(`alice-${n}`)
    world.fits(alice.welcome.payload.limits.max_errors + 2, alice.welcome.payload.limits.rate_burst, 'rate_burst')
    for (let sent = 0; sent <= alice.welcome.payload.limits.max_errors; sent += 1) alice.sendJson(message)
    if (expected === 'refused') await naming(id, message, () => alice.closes(4005))
    else await naming(id, message, () => alice.fence())
  }
}

async function judgeCommands(world: World, constraints: readonly Constraint[], type: Type): Promise<void> {
  const room = world.room()
  const alice = await world.member('alice', room)
  world.fits(2 * constraints.length + 6, alice.welcome.payload.limits.rate_burst, 'rate_burst')
  // So that there is a message to be read up to.
  await alice.says(room, 'one')
  const needs = { room, token: await world.token('alice') }
  const controls = basesOf(type, needs).map((message, n) => ({
    id: `${type}-valid-${n}`,
    message,
    expected: 'accepted',
  }))
  for (const { id, message, expected } of [...controls, ...constraints]) {
    alice.sendJson(message)
    const answer = await naming(id, message, () => alice.until((one) => answers(one, message.id), 'an answer'))
    const got = answer.type === 'error' ? `error ${answer.payload.code}` : answer.type
    // Whatever is checked after the schema may refuse it.
    const bySchema = ['error invalid_payload', 'error unknown_type']
    const fits = expected === 'refused' ? got === 'error invalid_payload' : !bySchema.includes(got)
    if (!fits) await naming(id, message, () => Promise.reject(new Finding(`${expected} by the schema`, got)))
    // It begins the count of errors anew.
    await alice.ok(alice.send('unsubscribe', { room: world.room('none') }))
  }
}

/** Whether a frame answers the message with this id, which may be no valid one. */
function answers(frame: ServerMessage, id: unknown): boolean {
  if (frame.type !== 'ok' && frame.type !== 'error' && frame.type !== 'pong') return false
  return frame.reply_to === (typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && !id.endsWith('\n') ? id : undefined)
}

/** A finding that names the message which it is about. */
async function naming<T>(id: string, message: unknown, expectation: () => Promise<T>): Promise<T> {
  try {
    return await expectation()
  } catch (error) {
    if (!(error instanceof Finding)) throw error
    const text = JSON.stringify(message)
    throw new Finding(`${error.expected} (${id}: ${text.length > 200 ? `${text.slice(0, 200)}…` : text})`, error.actual)
  }
}
