/** The control paths: what a test, or whoever operates the server, asks of it. */
import type * as Chat from '../schemas/generated/chat.ts'
import { controlValidators } from '../schemas/generated/validators.js'
import { ME, streamOf } from './bus.ts'
import { hasOverflow } from './framing.ts'
import { hasLoneSurrogate, isTooLarge } from './messages.ts'
import type { World } from './world.ts'

/** What control does to this node's own connections. */
export interface Controlled {
  readonly world: World
  drain(body: Chat.DrainBody): void
  revoke(whom: Chat.RevokeBody): void
}

export interface Answer {
  readonly status: number
  readonly body: object
}

type Command = keyof typeof controlValidators

const BAD_BODY: Answer = { status: 400, body: { error: 'the body is no JSON, or breaks the schema of this path' } }

export function isControl(command: string): command is Command {
  return Object.hasOwn(controlValidators, command)
}

/** @param text the body of the request */
export async function control(node: Controlled, command: Command, text: string): Promise<Answer> {
  const body = parseBody(text)
  if (hasOverflow(body) || hasLoneSurrogate(body)) return BAD_BODY
  switch (command) {
    case 'notify':
      return controlValidators.notify(body) ? notify(node, body) : BAD_BODY
    case 'revoke':
      return controlValidators.revoke(body) ? revoke(node, body) : BAD_BODY
    case 'reset-epoch':
      return controlValidators['reset-epoch'](body) ? resetEpoch(node, body) : BAD_BODY
    case 'drain':
      return controlValidators.drain(body) ? drain(node, body) : BAD_BODY
    default:
      return command satisfies never
  }
}

async function notify({ world }: Controlled, body: Chat.NotifyBody): Promise<Answer> {
  if ('sub' in body && isTooLarge(body.data)) return BAD_BODY
  const receipt = await ('sub' in body
    ? world.rooms.publish(streamOf(ME, body.sub), { type: 'notification', body: notificationOf(body) })
    : world.rooms.publish(body.room, { type: 'system_message', body: { kind: body.kind, text: body.text } }))
  if (receipt.outcome === 'conflict') return { status: 409, body: {} }
  const { epoch, seq } = receipt.entry
  return { status: 200, body: { epoch, seq } }
}

function notificationOf({ kind, title, body, data }: Chat.NotifyUser) {
  return { kind, title, ...(body !== undefined && { body }), ...(data !== undefined && { data }) }
}

/** First nobody new comes in, then those who are in go, then what they left is ended. */
async function revoke(node: Controlled, whom: Chat.RevokeBody): Promise<Answer> {
  await node.world.revocations.revoke(whom, Date.now())
  node.revoke(whom)
  await node.world.sessions.revoke(whom)
  return { status: 200, body: {} }
}

async function resetEpoch({ world }: Controlled, { room }: Chat.ResetEpochBody): Promise<Answer> {
  const { epoch } = await world.bus.reset(room)
  return { status: 200, body: { epoch } }
}

async function drain(node: Controlled, body: Chat.DrainBody): Promise<Answer> {
  const { reconnect_after: window } = body
  if (window && window.min_ms > window.max_ms) return BAD_BODY
  node.drain(body)
  return { status: 202, body: {} }
}

/** Undefined, which no schema takes, where it is no JSON. */
function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
