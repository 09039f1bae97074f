/** A message of each type that clients send, with every field somewhere, and the constraints on it. */
import { readFileSync } from 'node:fs'
import type { ClientMessage } from '../../schemas/generated/chat.ts'
import { type Constraint, constraintsOf, type JsonObject, resolved, type Schema } from './constraints.ts'

type Type = ClientMessage['type']

/** What a message needs of the case that sends it. */
export interface Needs {
  /** Granted; at most 120 characters. */
  readonly room: string
  /** Valid, of the user who sends it. */
  readonly token: string
}

const CHAT = new URL('../../schemas/chat.v1/', import.meta.url)
const read = (file: string) => JSON.parse(readFileSync(new URL(file, CHAT), 'utf8'))
const DEFINITIONS = read('common.json').$defs

/** The payloads of each type. Of fields that exclude one another, each has one of its own. */
const PAYLOADS: Readonly<Record<Type, (needs: Needs) => readonly JsonObject[]>> = {
  hello: ({ token }) => [
    {
      client: { name: 'shakedown', version: '1' },
      session: { id: 'none' },
      positions: { lobby: { epoch: 'e', seq: 0 } },
    },
    { client: { name: 'shakedown', version: '1' }, token },
  ],
  auth_refresh: ({ token }) => [{ token }],
  ping: () => [{ nonce: 'n' }],
  pong: () => [{ nonce: 'n' }],
  subscribe: ({ room }) => [{ room, position: { epoch: 'e', seq: 0 }, presence: true }],
  unsubscribe: ({ room }) => [{ room }],
  send_message: ({ room }) => [
    {
      room,
      client_msg_id: 'm1',
      text: 'hi',
      content_type: 'text/plain',
      reply_to_message_id: 'm0',
      metadata: { any: ['thing'] },
    },
  ],
  typing: ({ room }) => [{ room, state: 'start' }],
  signal: ({ room }) => [{ room, name: 'cursor', data: { line: 1 } }],
  mark_read: ({ room }) => [{ room, seq: 1 }],
  presence_set: () => [{ status: 'online' }],
  presence_get: ({ room }) => [{ room }],
  history: ({ room }) => [
    { room, before_seq: 1, limit: 1 },
    { room, after_seq: 1 },
  ],
}

export const TYPES = Object.keys(PAYLOADS) as Type[]

export const schemaOf = (type: Type): Schema => resolved(read(`client/${type}.json`), DEFINITIONS)

/** Boundaries of a schema at which another rule refuses. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  // Beyond any head.
  'mark_read-payload-seq-maximum',
  // Without an id it gets no answer.
  'typing-id-absent',
  'signal-id-absent',
])

/** Messages that fit the schema of the type, complete. */
export const basesOf = (type: Type, needs: Needs): JsonObject[] =>
  PAYLOADS[type](needs).map((payload) => (type === 'pong' ? { type, payload } : { type, id: 'x1', payload }))

/** Every constraint of the type once. */
export function constraintsOfType(type: Type, needs: Needs): Constraint[] {
  const schema = schemaOf(type)
  const all = basesOf(type, needs).flatMap((base) => constraintsOf(schema, base))
  const once = new Map(all.toReversed().map((one) => [one.id, one]))
  return [...once.values()].toReversed().filter(({ id }) => !ELSEWHERE.has(id))
}
