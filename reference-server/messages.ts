/** The messages of chat.v1 by their schemas: what a client sent, judged, and what the server says, encoded. */
import type { ClientMessage, ServerMessage } from '../schemas/generated/chat.ts'
import { clientValidators } from '../schemas/generated/validators.js'
import type { Envelope } from './framing.ts'

type Payload<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>['payload']

const ID = /^[A-Za-z0-9_-]{1,64}$/
const METADATA_BYTES = 2048
/** Types whose `id` may be left out, "and then get no answer". */
const ANSWERLESS = ['pong', 'typing', 'signal']
/** Payload fields that hold text which no pattern restrains, alone or somewhere inside. */
const FREE_TEXT = ['token', 'client', 'session', 'positions', 'position', 'nonce', 'text', 'metadata', 'name', 'data']

/** A type that clients send; the server's own types and those off the pattern are not. */
export function isClientType(type: string): type is ClientMessage['type'] {
  return Object.hasOwn(clientValidators, type)
}

/** "What breaks its schema, a missing or malformed `id` included", or holds a lone surrogate, is not a message. */
export function asClientMessage(type: ClientMessage['type'], envelope: Envelope): ClientMessage | undefined {
  if (!clientValidators[type](envelope)) return undefined
  const payload = envelope.payload as Record<string, unknown>
  if (FREE_TEXT.some((field) => hasLoneSurrogate(payload[field]))) return undefined
  return envelope as ClientMessage
}

/** The `id` that an answer names, where the frame had a valid one. */
export function replyTo(envelope: Envelope): string | undefined {
  return typeof envelope.id === 'string' && ID.test(envelope.id) ? envelope.id : undefined
}

/** "A message without `id` (a `pong`, a `typing`) gets no error back." */
export function expectsAnswer(envelope: Envelope): boolean {
  return envelope.id !== undefined || !ANSWERLESS.includes(envelope.type)
}

/** One text frame; `ts` is its creation, RFC 3339. */
export function encode<T extends ServerMessage['type']>(
  type: T,
  payload: Payload<T>,
  reply_to?: string,
  ts: string = new Date().toISOString(),
): string {
  return JSON.stringify({ type, reply_to, ts, payload })
}

/** RFC 3339 with a four-digit year, also for an instant beyond it. @param at milliseconds of the Unix epoch */
export function timestamp(at: number): string {
  return new Date(Math.min(at, Date.UTC(9999, 11, 31, 23, 59, 59, 999))).toISOString()
}

/** "Of at most 2048 bytes, written compactly in UTF-8." */
export function isTooLarge(object: object | undefined): boolean {
  return object !== undefined && Buffer.byteLength(JSON.stringify(object)) > METADATA_BYTES
}

export function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => hasLoneSurrogate(key) || hasLoneSurrogate(inner))
}
