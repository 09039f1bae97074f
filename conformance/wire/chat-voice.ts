/**
 * chat.v1 as a carrier: a text is the `text` of a `send_message`, which comes back as a `user_message`; what is only there
 * for its length is a `ping`, which white space pads. A JSON text can be cut into fragments and writes anywhere.
 */
import { isUtf8 } from 'node:buffer'
import { Finding, Skip } from '../runner/case.ts'
import type { Connection } from '../socket/connection.ts'
import { isControl, OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'
import { cannotCarry, filler, type Heard, isFiller, type Letter, type Voice } from './voice.ts'

/** Code points of a `text`; a server takes 4000. */
const MAX_TEXT = 3000
/** What a raw octet of a JSON string must not be (RFC 8259 §7). */
const isUnsafe = (octet: number) => octet < 0x20 || octet === 0x22 || octet === 0x5c

interface Incoming {
  readonly type?: string
  readonly reply_to?: string
  readonly payload?: { readonly text?: string; readonly code?: string; readonly client_msg_id?: string }
}

export class ChatVoice implements Voice {
  readonly #room: string
  #said = 0

  private constructor(room: string) {
    this.#room = room
  }

  /**
   * Says `hello` on a connection and subscribes to a room, so that what is sent comes back.
   * @param patience for each answer, in ms.
   * @param room of this connection alone.
   * @throws Finding where the server does not let it in.
   */
  static async arrive(connection: Connection, patience: number, room: string): Promise<ChatVoice> {
    const ask = async (type: string, answer: string, payload: object) => {
      void connection.text(JSON.stringify({ type, id: type, payload }))
      const matches = (message: Message) => read(message).reply_to === type
      const found = await connection.nextMessage({ from: 0, matches, withinMs: patience })
      const got = found !== 'timeout' && 'payload' in found ? read(found).type : undefined
      if (got !== answer) throw new Finding(`the answer ${answer} to ${type}`, got ?? 'no answer to it')
    }
    await ask('hello', 'welcome', { client: { name: 'shakedown', version: '1' } })
    await ask('subscribe', 'ok', { room })
    connection.listen((message) => {
      const pong = () => void connection.text(JSON.stringify({ type: 'pong', payload: {} }))
      if (read(message).type === 'ping') connection.answer(pong)
    })
    return new ChatVoice(room)
  }

  dress(frames: readonly OutgoingFrame[]): readonly OutgoingFrame[] {
    const dressed = [...frames]
    for (const { at, isWhole } of messagesOf(frames)) {
      const parts = at.map((n) => frames[n]?.payload ?? Buffer.alloc(0))
      for (const [n, payload] of this.#dressed(parts, isWhole, frames[at[0] ?? 0]?.opcode).entries()) {
        const index = at[n] as number
        dressed[index] = { ...(frames[index] as OutgoingFrame), payload }
      }
    }
    return dressed
  }

  letter({ opcode, payload }: Heard): Letter {
    if (opcode !== OPCODE.text) throw cannotCarry('a binary message')
    const text = [...payload.toString()].slice(0, MAX_TEXT).join('')
    const [before, after] = this.#around()
    const octets = Buffer.from(`${before}${JSON.stringify(text).slice(1, -1)}${after}`)
    const padding = Buffer.alloc(Math.max(0, payload.length - octets.length), ' ')
    return { payload: Buffer.concat([octets, padding]), answer: { opcode, payload: Buffer.from(text) } }
  }

  hear(message: Message): Heard | undefined {
    const { type, reply_to: to = '', payload = {} } = read(message)
    if (type === 'user_message') return { opcode: OPCODE.text, payload: Buffer.from(payload.text ?? '') }
    if (type === 'pong' && to.startsWith('fill-'))
      return { opcode: OPCODE.text, payload: filler(Number(to.split('-')[1])) }
    if (type === 'error' && (payload.code === 'rate_limited' || payload.code === 'unavailable'))
      throw new Skip(`the server answers ${payload.code}: its limits leave this case no room`)
    return type === 'error' ? message : undefined
  }

  isReading(code: number): boolean {
    return code >= 4000
  }

  /** The parts of one message, each where it was, with the JSON around them. */
  #dressed(parts: readonly Buffer[], isWhole: boolean, opcode: number | undefined): readonly Buffer[] {
    if (opcode === OPCODE.binary) throw cannotCarry('a binary message')
    const content = Buffer.concat(parts)
    if (content.length === 0) {
      if (isWhole && (opcode === OPCODE.text || opcode === OPCODE.continuation)) throw cannotCarry('an empty message')
      return parts
    }
    if (content.length > 40 && isFiller(content)) return likeParts(this.#filled(content.length), parts)
    if (content.some(isUnsafe)) throw cannotCarry('octets that a JSON string does not hold as they are')
    const [before, after] = this.#around()
    const filled = parts.flatMap((part, n) => (part.length > 0 ? [n] : []))
    return parts.map((part, n) =>
      Buffer.concat([
        Buffer.from(n === filled[0] ? before : ''),
        part,
        Buffer.from(isWhole && n === filled.at(-1) ? after : ''),
      ]),
    )
  }

  #around(): readonly [before: string, after: string] {
    this.#said += 1
    const id = `m${this.#said}`
    const payload = { room: this.#room, client_msg_id: id, text: '' }
    const empty = JSON.stringify({ type: 'send_message', id, payload })
    return [empty.slice(0, -3), empty.slice(-3)]
  }

  /** @throws Skip where no message is so short. */
  #filled(octets: number): Buffer {
    const ping = JSON.stringify({ type: 'ping', id: `fill-${octets}`, payload: {} })
    if (octets < ping.length) throw cannotCarry(`a message of ${octets} octets`)
    return Buffer.concat([Buffer.from(ping.slice(0, -1)), Buffer.alloc(octets - ping.length, ' '), Buffer.from('}')])
  }
}

function read(message: Message): Incoming {
  if (message.opcode !== OPCODE.text || !isUtf8(message.payload)) return {}
  try {
    const value = JSON.parse(message.payload.toString())
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** Which frames make a message each, a fragment of none too; whole where the last says that it is. */
function messagesOf(frames: readonly OutgoingFrame[]): readonly { at: number[]; isWhole: boolean }[] {
  const messages: { at: number[]; isWhole: boolean }[] = []
  for (const [n, { opcode, fin = true }] of frames.entries()) {
    if (isControl(opcode)) continue
    const last = messages.at(-1)
    if (opcode === OPCODE.continuation && last && !last.isWhole) last.at.push(n)
    else messages.push({ at: [n], isWhole: false })
    const current = messages.at(-1)
    if (fin && current) current.isWhole = true
  }
  return messages
}

/** Octets cut where these parts are cut. */
function likeParts(octets: Buffer, parts: readonly Buffer[]): readonly Buffer[] {
  let at = 0
  return parts.map(({ length }) => {
    at += length
    return octets.subarray(at - length, at)
  })
}
