/** What the model knows of one room: its messages by their place, and up to where each user has read it. */
import { isDeepStrictEqual } from 'node:util'
import type { ServerMessage } from '../../schemas/generated/chat.ts'
import { Finding } from '../runner/case.ts'

/** What a message holds by which a repeat is told from a conflict. */
export interface Content {
  readonly text: string
  readonly content_type: string
  readonly reply_to_message_id?: string
  readonly metadata?: unknown
}

/** A message that somebody sent, as far as its answers and deliveries have told. */
export interface Sent {
  readonly from: string
  /** That of the token with which it was sent; several, where connections with other tokens sent the same at once. */
  readonly names: readonly (string | undefined)[]
  readonly client_msg_id: string
  readonly content: Content
  /** `performance.now()` before it was sent. */
  readonly atMs: number
  seq?: number
  /** What its first answer said of it. */
  message_id?: unknown
  ts?: unknown
}

export type UserMessage = Extract<ServerMessage, { type: 'user_message' }>

export class Room {
  readonly name: string
  /** The place of the latest message that was accepted. */
  head = 0
  epoch: string | undefined
  /** By user. */
  readonly marks = new Map<string, number>()
  readonly #sent = new Map<number, Sent>()
  readonly #frames = new Map<number, UserMessage>()
  /** By user and client_msg_id. */
  readonly #remembered = new Map<string, Sent>()

  constructor(name: string) {
    this.name = name
  }

  hasEpoch(epoch: string): void {
    this.epoch ??= epoch
    same(`the epoch of ${this.name}`, epoch, this.epoch)
  }

  repeated(from: string, key: string): Sent | undefined {
    return this.#remembered.get(`${from} ${key}`)
  }

  /** A message has its place; several that are sent at once may come here in any order. */
  took(seq: number, sent: Sent): void {
    const other = this.#sent.get(seq)
    if (other !== undefined && other !== sent) throw new Finding(`one message at seq ${seq} of ${this.name}`, 'two')
    sent.seq = seq
    this.#sent.set(seq, sent)
    this.#remembered.set(`${sent.from} ${sent.client_msg_id}`, sent)
    this.head = Math.max(this.head, seq)
    this.#agrees(seq)
  }

  /** Until when everything from this place on has to be stored, by `performance.now()`; undefined where it need not be. */
  storedUntil(seq: number, { replay_max, resume_window_ms }: { replay_max: number; resume_window_ms: number }): number {
    if (this.head - seq >= replay_max) return 0
    return (this.#sent.get(seq)?.atMs ?? 0) + resume_window_ms
  }

  /** A frame of this room was received, live, replayed or in a page of history: it is the same for everybody. */
  showed(frame: UserMessage): void {
    const { replay: _, ...payload } = frame.payload
    const plain = { ...frame, payload }
    this.hasEpoch(payload.epoch)
    const before = this.#frames.get(payload.seq)
    same(`the frame with seq ${payload.seq} of ${this.name}`, plain, before ?? plain)
    this.#frames.set(payload.seq, plain)
    this.#agrees(payload.seq)
  }

  /** The message at this place is the one that was sent, and what its answer said of it. */
  #agrees(seq: number): void {
    const [sent, frame] = [this.#sent.get(seq), this.#frames.get(seq)]
    if (sent === undefined || frame === undefined) return
    const { from, client_msg_id, text, content_type = 'text/plain', reply_to_message_id, metadata } = frame.payload
    const content = contentOf({ text, content_type, reply_to_message_id, metadata })
    const what = `what was delivered with seq ${seq} of ${this.name}`
    same(what, { from: from.id, client_msg_id, content }, pick(sent))
    if (!sent.names.includes(from.name)) same(`the name in ${what}`, from.name, sent.names[0])
    const { message_id, ts } = { ...frame, ...frame.payload }
    if (sent.message_id !== undefined)
      same(`id and time of ${what}`, { message_id, ts }, { message_id: sent.message_id, ts: sent.ts })
  }
}

const pick = ({ from, client_msg_id, content }: Sent) => ({ from, client_msg_id, content })

/** The four fields that count, with the one default that there is. Whether a key `__proto__` is relayed is not compared. */
export function contentOf(payload: {
  readonly text: string
  readonly content_type?: string | undefined
  readonly reply_to_message_id?: string | undefined
  readonly metadata?: object | undefined
}): Content {
  const { text, content_type = 'text/plain', reply_to_message_id, metadata } = payload
  return {
    text,
    content_type,
    ...(reply_to_message_id === undefined ? {} : { reply_to_message_id }),
    ...(metadata === undefined ? {} : { metadata: JSON.parse(JSON.stringify(metadata), withoutProto) }),
  }
}

function withoutProto(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '__proto__')) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== '__proto__'))
}

export function same(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Finding(`${what} to be ${show(expected)}`, show(actual))
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
