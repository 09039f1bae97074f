/** Judges what the server sends against the schemas: each frame by its type, each `ok` by the command that it answers. */
import type { ClientMessage, ServerMessage } from '../../schemas/generated/chat.ts'
import { okValidators, validateServerMessage } from '../../schemas/generated/validators.js'

/** A frame as the server sent it, and what is wrong with it, if anything. */
export interface Judged {
  /** Undefined where the frame was no JSON object with a type. */
  readonly message: ServerMessage | undefined
  readonly text: string
  readonly problem: string | undefined
}

/** @param typeOf the type of the command that had this id, for the payload of an `ok` depends on it. */
export function judgeFrame(text: string, typeOf: (id: string) => ClientMessage['type'] | undefined): Judged {
  const value = parse(text)
  if (!isMessage(value)) return { message: undefined, text, problem: 'a text frame that is no JSON object with a type' }
  const { type } = value
  const problem = validateServerMessage(value) ? okProblem(value, typeOf) : describe(type, validateServerMessage.errors)
  return { message: value, text, problem }
}

function okProblem(message: ServerMessage, typeOf: (id: string) => ClientMessage['type'] | undefined) {
  if (message.type !== 'ok') return undefined
  const command = message.reply_to === undefined ? undefined : typeOf(message.reply_to)
  if (command === undefined) return `an ok whose reply_to ${JSON.stringify(message.reply_to)} answers no command`
  const validate = okValidators[command as keyof typeof okValidators]
  if (validate === undefined) return `an ok in answer to ${command}, which is never answered by ok`
  return validate(message.payload) ? undefined : describe(`ok to ${command}`, validate.errors)
}

type Errors = readonly { instancePath: string; message?: string; params: Record<string, unknown> }[] | null | undefined

function describe(what: string, errors: Errors): string {
  const [first] = errors ?? []
  if (first === undefined) return `${what} breaks its schema`
  const where = first.instancePath === '' ? 'the message' : first.instancePath
  return `${what} breaks its schema: ${where} ${first.message ?? 'is wrong'} ${JSON.stringify(first.params)}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isMessage(value: unknown): value is ServerMessage {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
