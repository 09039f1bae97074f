/** What the broken echo server sends for a message. Pure. */
import { encodeFrame, isControl, OPCODE } from '../../socket/frame.ts'
import type { Deflation } from './deflation.ts'
import type { Has, Trait } from './faults.ts'

/** A frame, before it is dressed as the server writes frames. */
export interface Answer {
  readonly opcode: number
  readonly payload: Buffer
}

const CUTS: readonly (readonly [Trait, octets: number])[] = [
  ['cuts messages off at 100 octets', 100],
  ['cuts messages off at 65535 octets', 65535],
  ['cuts messages off at 4 MiB', 4 * 2 ** 20],
]

/**
 * @param last the payload of the message's last frame.
 * @param nth of the connection's messages this is, from 1.
 */
export function echoOf({ opcode, payload }: Answer, last: Buffer, nth: number, has: Has): readonly Answer[] {
  if (nth > 500 && has('stops echoing behind 500 messages')) return []
  if (payload.length === 0 && has('echoes no empty message')) return []
  const [, most = payload.length] = CUTS.find(([cuts]) => has(cuts)) ?? []
  const kind = has('echoes binary as text') ? OPCODE.text : opcode
  const whole = has('exchanges two blocks of a long message') ? exchanged(payload) : payload
  const echo = { opcode: kind, payload: whole.subarray(0, most) }
  const isEnd = last.length < payload.length
  return [
    ...(isEnd && has('sends the end of a message as a message before') ? [{ opcode, payload: last }] : []),
    ...(has('sends garbage before each echo') ? [text('garbage')] : []),
    ...(opcode === OPCODE.binary && has('sends a text before each binary echo') ? [text('*')] : []),
    ...(has('echoes everything twice') ? [echo, echo] : [echo]),
    ...(has('sends a stray fragment behind each echo') ? [{ opcode: OPCODE.continuation, payload }] : []),
  ]
}

const BLOCK = 65536

/** As from a server whose reads overtake one another. */
function exchanged(payload: Buffer): Buffer {
  if (payload.length < 4 * BLOCK) return payload
  const block = (n: number) => payload.subarray(n * BLOCK, (n + 1) * BLOCK)
  return Buffer.concat([block(0), block(2), block(1), payload.subarray(3 * BLOCK)])
}

const text = (word: string): Answer => ({ opcode: OPCODE.text, payload: Buffer.from(word) })

/** The octets of a frame, as this server writes frames. */
export function written({ opcode, payload }: Answer, deflation: Deflation | undefined, has: Has): Buffer {
  const deflated = isControl(opcode) ? undefined : deflation?.deflate(payload)
  const isMarked = deflated !== undefined || (opcode === OPCODE.pong && has('marks its pongs'))
  return encodeFrame({
    opcode,
    payload: deflated ?? payload,
    mask: has('masks its frames') ? 'random' : null,
    lengthForm: has('writes every length in 64 bits') ? 64 : 'minimal',
    rsv: isMarked || has('sets RSV1 in its frames') ? 4 : 0,
  })
}
