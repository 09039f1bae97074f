/**
 * A small model of chat.v1: what may become of each message, by PROTOCOL.md. Where the specification leaves a choice
 * the model leaves it too, and then learns from the answer which way the server went.
 */
import type { ClientMessage, Feature, OkPayloads } from '../../schemas/generated/chat.ts'
import type { Limits } from '../../schemas/generated/tables.ts'
import { Finding } from '../runner/case.ts'
import type { Expectation } from './asked.ts'
import type { Attendance } from './attendance.ts'
import type { Line } from './line.ts'
import { expectPage } from './paging.ts'
import type { Outcome, Reading } from './reading.ts'
import { contentOf, Room, type Sent, same } from './room.ts'
import { expectSubscribed } from './subscribing.ts'
import { Subscription } from './subscription.ts'

type Of<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>
type Ok<C extends keyof OkPayloads> = OkPayloads[C]

const FEATURE_OF: Partial<Record<ClientMessage['type'], Feature>> = {
  history: 'history',
  presence_set: 'presence',
  presence_get: 'presence',
  typing: 'typing',
  signal: 'signal',
  mark_read: 'read',
}

const METADATA_OCTETS = { surelyFits: 1536, surelyNot: 3072 }

export class Model {
  readonly limits: Limits
  readonly #features: readonly Feature[]
  readonly #rooms = new Map<string, Room>()
  readonly attendance: Attendance

  constructor(limits: Limits, features: readonly Feature[], attendance: Attendance) {
    this.limits = limits
    this.#features = features
    this.attendance = attendance
  }

  room(name: string): Room {
    const room = this.#rooms.get(name) ?? new Room(name)
    this.#rooms.set(name, room)
    return room
  }

  /**
   * What this text may lead to on this connection now.
   * @param place `any` where others send to the room at the same time.
   */
  expect(line: Line, { message, outcomes }: Reading, place: 'next' | 'any' = 'next'): Expectation {
    if (message === undefined) return { outcomes, isWrong: true }
    const expected =
      message.type === 'send_message' ? this.#send(line, message, place) : this.#expectOther(line, message)
    return { ...expected, outcomes: [...expected.outcomes, ...outcomes] }
  }

  #expectOther(line: Line, message: Exclude<ClientMessage, Of<'send_message'>>): Expectation {
    const feature = FEATURE_OF[message.type]
    if (feature !== undefined && !this.#features.includes(feature)) return unless(message, 'error unsupported')
    switch (message.type) {
      case 'hello':
        return { outcomes: ['close 4003'] }
      case 'auth_refresh':
        return { outcomes: ['error unauthorized'] }
      case 'ping':
        return { outcomes: ['pong'], ok: (pong) => same('nonce of the pong', pong.nonce, message.payload.nonce) }
      case 'pong':
        return { outcomes: ['silence'] }
      case 'subscribe':
        return this.#subscribe(line, message)
      case 'unsubscribe':
        return this.#unsubscribe(line, message)
      case 'typing':
      case 'signal':
        return this.#ephemeral(line, message)
      case 'mark_read':
        return this.#markRead(line, message)
      case 'presence_set':
        return { outcomes: ['ok'], ok: ({ status }) => same('status', status, message.payload.status) }
      case 'presence_get':
        return this.#presenceGet(line, message)
      case 'history':
        return this.#history(line, message)
      default:
        return message satisfies never
    }
  }

  #reads({ grants }: Line, { payload: { room } }: { payload: { room: string } }): boolean {
    return room !== '@me' && grants.reads(room)
  }

  #writes({ grants }: Line, { payload: { room } }: { payload: { room: string } }): boolean {
    return room !== '@me' && grants.writes(room)
  }

  #subscribe(line: Line, message: Of<'subscribe'>): Expectation {
    const { room: name, position, presence = false } = message.payload
    if (!this.#reads(line, message)) return { outcomes: ['error forbidden'] }
    if (!line.subscriptions.has(name) && line.subscriptions.size >= this.limits.max_rooms)
      return { outcomes: ['error limit_exceeded'] }
    const room = this.room(name)
    this.attendance.tries(line.user, name)
    const watched = presence && this.#features.includes('presence')
    const expected = expectSubscribed(room, line.user, position, this.limits)
    return {
      outcomes: ['ok'],
      ok: (payload) => {
        const opening = payload as unknown as Ok<'subscribe'>
        expected(opening)
        line.subscriptions.set(name, new Subscription(room, opening, presence))
        if (!watched) return
        if (opening.presence === undefined) throw new Finding(`those present in ${name}`, 'none')
        this.attendance.judge(room, opening.presence)
      },
    }
  }

  #presenceGet(line: Line, message: Of<'presence_get'>): Expectation {
    if (!this.#reads(line, message)) return { outcomes: ['error forbidden'] }
    const room = this.room(message.payload.room)
    return {
      outcomes: ['ok'],
      ok: (payload) => this.attendance.judge(room, payload as unknown as Ok<'presence_get'>),
    }
  }

  #unsubscribe(line: Line, { payload: { room: name } }: Of<'unsubscribe'>): Expectation {
    if (name === '@me') return { outcomes: ['error forbidden'] }
    const { head } = this.room(name)
    return {
      outcomes: ['ok'],
      ok: ({ room }) => {
        same('room of the ok to unsubscribe', room, name)
        const subscription = line.subscriptions.get(name)
        if (subscription !== undefined && subscription.next <= head)
          throw new Finding(`seq ${subscription.next} of ${name} before the ok to unsubscribe`, 'none')
        line.subscriptions.delete(name)
        this.attendance.leaves(line, name)
      },
    }
  }

  /** The order of the checks behind the grant is free. */
  #send(line: Line, message: Of<'send_message'>, place: 'next' | 'any'): Expectation {
    const { room: name, client_msg_id, metadata } = message.payload
    if (!this.#writes(line, message)) return { outcomes: ['error forbidden'] }
    const tooLarge = isTooLarge(metadata)
    if (tooLarge === true) return { outcomes: ['error payload_too_large'] }
    const room = this.room(name)
    const sent: Sent = {
      ...{ from: line.user, names: [line.name], client_msg_id },
      ...{ content: contentOf(message.payload), atMs: performance.now() },
    }
    const first = room.repeated(line.user, client_msg_id)
    const seq = place === 'next' ? room.head + 1 : undefined
    const outcomes: Outcome[] = ['ok', ...(tooLarge === undefined ? (['error payload_too_large'] as const) : [])]
    if (first === undefined) return { outcomes, ok: (payload) => accepted(room, sent, payload, seq) }
    const repeats = isSame(first, sent)
    const remembered = performance.now() - first.atMs < this.limits.dedupe_window_ms / 2
    return {
      outcomes: remembered ? [repeats ? 'ok' : 'error conflict'] : ['ok', 'error conflict'],
      ok: (payload) => {
        const duplicate = payload.duplicate === true
        if (duplicate && repeats) return same('the place of a repeat', placeOf(payload), placeOf({ ...first }))
        const inTime = performance.now() - first.atMs < this.limits.dedupe_window_ms
        if (inTime) throw new Finding(`${repeats ? 'duplicate: true' : 'conflict'} for ${client_msg_id}`, show(payload))
        accepted(room, sent, payload, seq)
      },
    }
  }

  #ephemeral(line: Line, message: Of<'typing'> | Of<'signal'>): Expectation {
    if (!this.#writes(line, message)) return unless(message, 'error forbidden')
    if (!line.subscriptions.has(message.payload.room)) return unless(message, 'error not_subscribed')
    const tooLarge = message.type === 'signal' ? isTooLarge(message.payload.data) : false
    if (tooLarge === true) return unless(message, 'error payload_too_large')
    const { type, payload } = message
    if (tooLarge === false) return { ...unless(message, 'ok'), causes: { type, room: payload.room } }
    return unless(message, 'ok', 'error payload_too_large')
  }

  #markRead(line: Line, message: Of<'mark_read'>): Expectation {
    const { room: name, seq } = message.payload
    if (!this.#reads(line, message)) return { outcomes: ['error forbidden'] }
    if (!line.subscriptions.has(name)) return { outcomes: ['error not_subscribed'] }
    const room = this.room(name)
    if (seq > room.head) return { outcomes: ['error invalid_payload'] }
    const before = room.marks.get(line.user) ?? 0
    const mark = Math.max(seq, before)
    return {
      outcomes: ['ok'],
      ...(seq > before && { causes: { type: 'read', room: name } }),
      ok: (payload) => {
        same(`the mark of ${name}`, payload.seq, mark)
        room.marks.set(line.user, mark)
      },
    }
  }

  #history(line: Line, message: Of<'history'>): Expectation {
    const { room: name, before_seq, after_seq } = message.payload
    if (before_seq !== undefined && after_seq !== undefined) return { outcomes: ['error invalid_payload'] }
    // What stands in the stream of a user is for the cases of its own section.
    if (name === '@me') return { outcomes: ['ok', 'error unsupported'] }
    if (!this.#reads(line, message)) return { outcomes: ['error forbidden'] }
    const judge = expectPage(this.room(name), message.payload, this.limits)
    return { outcomes: ['ok'], ok: (payload) => judge(payload as unknown as Ok<'history'>) }
  }
}

/** Without an `id` there is no answer. */
function unless({ type, ...message }: ClientMessage, ...outcomes: Outcome[]): Expectation {
  return { outcomes: 'id' in message && message.id !== undefined ? outcomes : ['silence'] }
}

function accepted(room: Room, sent: Sent, payload: Record<string, unknown>, place: number | undefined): void {
  const { seq, epoch, message_id, ts, duplicate = false } = payload as unknown as Ok<'send_message'>
  if (duplicate) throw new Finding(`no duplicate: true for ${sent.client_msg_id}, which is new in ${room.name}`, 'one')
  room.hasEpoch(epoch)
  if (place !== undefined) same(`the place of ${sent.client_msg_id} in ${room.name}`, seq, place)
  room.took(seq, Object.assign(sent, { message_id, ts }))
}

const placeOf = ({ seq, message_id, ts }: Record<string, unknown>) => ({ seq, message_id, ts })
const isSame = (one: Sent, other: Sent) => JSON.stringify(sorted(one.content)) === JSON.stringify(sorted(other.content))
const show = (value: unknown) => JSON.stringify(value)

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  )
}

/** Undefined where the spelling of numbers and escapes may decide. */
function isTooLarge(object: object | undefined): boolean | undefined {
  if (object === undefined) return false
  const octets = Buffer.byteLength(JSON.stringify(object))
  if (octets <= METADATA_OCTETS.surelyFits) return false
  return octets > METADATA_OCTETS.surelyNot ? true : undefined
}
