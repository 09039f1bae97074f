/** A message on its way through the bus: from the command to a draft, from the entry to a frame. */
import { createHash } from 'node:crypto'
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import { type Draft, type Entry, ME, type Once } from './bus.ts'

const NAME_CODE_POINTS = 128

/** The user as others see it: "a user's name is cut to 128" code points. */
export function userOf({ sub, name }: Claims): Chat.User {
  return name === undefined ? { id: sub } : { id: sub, name: [...name].slice(0, NAME_CODE_POINTS).join('') }
}

/** "Unknown fields are never relayed": the known ones are picked. */
export function draftOf({ payload }: Chat.SendMessage, claims: Claims): Draft {
  const { client_msg_id, text, content_type, reply_to_message_id, metadata } = payload
  const body = {
    from: userOf(claims),
    client_msg_id,
    text,
    ...(content_type !== undefined && { content_type }),
    ...(reply_to_message_id !== undefined && { reply_to_message_id }),
    ...(metadata !== undefined && { metadata }),
  }
  return { type: 'user_message', body, once: onceOf(payload, claims.sub) }
}

/** The frame as it was delivered; one that is sent because of a position says so. */
export function frameOf({ type, ts, stream, epoch, seq, id, body }: Entry, replay = false): Chat.StoredMessage {
  const place =
    type === 'notification'
      ? { room: ME, epoch, seq, notification_id: id }
      : { room: stream, epoch, seq, message_id: id }
  return { type, ts, payload: { ...place, ...body, ...(replay && { replay }) } } as Chat.StoredMessage
}

/** The same text for every subscriber. */
export function encodeEntry(entry: Entry, replay: boolean): string {
  return JSON.stringify(frameOf(entry, replay))
}

/** "The content is `text`, `content_type`, `reply_to_message_id` and `metadata`, compared as JSON values." */
function onceOf(payload: Chat.SendMessage['payload'], sub: string): Once {
  const { client_msg_id, text, content_type = 'text/plain', reply_to_message_id, metadata } = payload
  const content = canonical([text, content_type, reply_to_message_id ?? null, metadata ?? null])
  // A client_msg_id holds no space, so the pair cannot be read in two ways.
  return { key: `${client_msg_id} ${sub}`, content: createHash('sha256').update(content).digest('base64') }
}

/** JSON with sorted keys: equal texts are equal values. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join()}}`
}
