/** A `send_message` on its way through the bus to a `user_message`. */
import type * as Chat from '../schemas/generated/chat.ts'
import type { Claims } from './auth.ts'
import type { Draft, Entry } from './bus.ts'
import { encode } from './messages.ts'

const NAME_CODE_POINTS = 128

/** The user as others see it: "a user's name is cut to 128" code points. */
export function userOf({ sub, name }: Claims): Chat.User {
  return name === undefined ? { id: sub } : { id: sub, name: [...name].slice(0, NAME_CODE_POINTS).join('') }
}

/** "Unknown fields are never relayed": the known ones are picked. */
export function draftOf({ payload }: Chat.SendMessage, claims: Claims): Draft {
  const { client_msg_id, text, content_type, reply_to_message_id, metadata } = payload
  return {
    from: userOf(claims),
    client_msg_id,
    text,
    ...(content_type !== undefined && { content_type }),
    ...(reply_to_message_id !== undefined && { reply_to_message_id }),
    ...(metadata !== undefined && { metadata }),
  }
}

/** The same frame for every subscriber; one that is sent because of a position says so. */
export function encodeEntry({ ts, ...stored }: Entry, replay: boolean): string {
  return encode('user_message', replay ? { ...stored, replay } : stored, undefined, ts)
}
