/** What a text is by PROTOCOL.md, before any state is looked at: a message, or what may come of it. Pure. */
import type { ClientMessage } from '../../schemas/generated/chat.ts'
import type { ErrorCode, Limits } from '../../schemas/generated/tables.ts'
import { clientValidators } from '../../schemas/generated/validators.js'

/** What a client sees of what became of a message; `end` is an end of any kind. */
export type Outcome = 'ok' | 'pong' | 'silence' | 'end' | `error ${ErrorCode}` | `close ${number}`

export interface Reading {
  /** Undefined where the text is no message that the schemas allow. */
  readonly message?: ClientMessage
  /** What may come of it: all, where there is no message; else beside what the message leads to. */
  readonly outcomes: readonly Outcome[]
  /** The `id` that an answer names. */
  readonly id?: string
  readonly type?: string
}

const ID = /^[A-Za-z0-9_-]{1,64}$/
const NOT_JSON: Reading = { outcomes: ['close 4000'] }
/** "A `pong`, `typing` or `signal` without an `id` MUST NOT be answered." */
const ANSWERLESS = ['pong', 'typing', 'signal']
/** Named fields in which the schemas let any text pass. */
const FREE_TEXT = ['nonce', 'text', 'metadata', 'token', 'name', 'data']

export function read(text: string, { max_json_depth, max_message_bytes }: Limits): Reading {
  if (Buffer.byteLength(text) > max_message_bytes) return { outcomes: ['close 1009'] }
  // A parser MAY ignore a byte order mark (RFC 8259, 8.1).
  if (text.startsWith('\uFEFF')) return { outcomes: ['close 4000', 'end', ...anyAnswer(text.slice(1))] }
  const value = parsed(text)
  if (!isObject(value) || typeof value.type !== 'string' || depthOf(text) > max_json_depth) return NOT_JSON
  const named = { type: value.type, ...(typeof value.id === 'string' && ID.test(value.id) && { id: value.id }) }
  const lenient: Outcome[] = keysOf(text) === keysIn(value) ? [] : ['close 4000']
  const refused = refusal(value)
  if (some(value, isInfinite)) return { ...named, outcomes: ['close 4000', ...refused('invalid_payload'), ...lenient] }
  if (!Object.hasOwn(clientValidators, value.type)) return { ...named, outcomes: ['error unknown_type', ...lenient] }
  const type = value.type as ClientMessage['type']
  if (!clientValidators[type](value) || hasLoneSurrogate(value))
    return { ...named, outcomes: [...refused('invalid_payload'), ...lenient] }
  // In a field that is to be ignored a parser may choke on it all the same.
  if (some(value, isTorn))
    return { ...named, message: value as ClientMessage, outcomes: [...refused('invalid_payload'), 'close 4000'] }
  return { ...named, message: value as ClientMessage, outcomes: lenient }
}

/** What a wrong message of this type and id earns. */
function refusal({ type, id }: Record<string, unknown>) {
  const unanswered = id === undefined && ANSWERLESS.includes(String(type))
  return (code: ErrorCode): Outcome[] => {
    if (unanswered) return ['silence']
    // A `pong` has no `id`; what becomes of one that has is free.
    return type === 'pong' ? [`error ${code}`, 'silence'] : [`error ${code}`]
  }
}

const anyAnswer = (text: string): Outcome[] =>
  isObject(parsed(text)) ? ['ok', 'pong', 'silence', 'error invalid_payload'] : []

function hasLoneSurrogate({ payload }: Record<string, unknown>): boolean {
  const fields = payload as Record<string, unknown>
  return FREE_TEXT.some((name) => some(fields[name], isTorn))
}

const isTorn = (value: unknown) => typeof value === 'string' && /\p{Surrogate}/u.test(value)
const isInfinite = (value: unknown) => typeof value === 'number' && !Number.isFinite(value)

/** Whether anything in a JSON value, keys included, is so. */
function some(value: unknown, is: (value: unknown) => boolean): boolean {
  if (is(value)) return true
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).some(([key, inner]) => is(key) || some(inner, is))
  )
}

/** Of two equal keys a parser keeps one, so that a text with more keys than its value has repeated some. */
const keysOf = (text: string) => text.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length ?? 0

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value).reduce((sum: number, one) => sum + keysIn(one), 0)
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length)
}

/** Brackets outside strings; the envelope is depth 1. */
export function depthOf(text: string): number {
  let [depth, deepest] = [0, 0]
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/g)) {
    if (token === '{' || token === '[') deepest = Math.max(deepest, ++depth)
    else if (token === '}' || token === ']') depth--
  }
  return deepest
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
