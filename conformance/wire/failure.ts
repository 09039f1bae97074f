/**
 * Whether a server fails a connection for what it was sent (§7.1.7). One that goes on instead shows it, and need not be
 * waited for until the patience is over.
 */
import type { Connection, End, Frame } from '../socket/connection.ts'
import { isControl, OPCODE, type OutgoingFrame } from '../socket/frame.ts'
import type { Message } from '../socket/message.ts'
import type { Heard } from './voice.ts'

/** What a server was sent that it must fail the connection for, and how its messages are understood. */
export interface Cause {
  readonly frames: readonly OutgoingFrame[]
  /** Index of the first message that came behind it. */
  readonly from: number
  hear(message: Message): Heard | undefined
}

/** How it ended the connection; or that it brought back what it was sent, or answers whatever comes behind it. */
export type Reaction = End | 'answers' | 'reads on' | 'timeout'

/**
 * Pings behind the violation, one after the other. A server may look at a message in another place than the one that
 * answers pings; whoever has answered so many of them, a good part of the patience long, has gone on.
 */
const PROBES = 3
/** The part of the patience that each of them is sent after. */
const PROBE_AFTER = 1 / 5

/** Waits until the server ends the connection or shows that it does not. @throws Skip where its limits stand in the way. */
export async function reactionOf(connection: Connection, cause: Cause, patience: number): Promise<Reaction> {
  const isAnswer = (message: Message) => {
    const heard = cause.hear(message)
    return heard !== undefined && contentsOf(cause.frames).some((content) => content.equals(heard.payload))
  }
  const found = await Promise.race([
    connection.nextMessage({ from: cause.from, matches: isAnswer, withinMs: patience }),
    connection.next({ from: 0, matches: (frame) => isPongTo(cause.frames, frame), withinMs: patience }),
    readsOn(connection, patience),
  ])
  return typeof found === 'object' && 'payload' in found ? 'answers' : found
}

/** Whether this is the answer to a ping among these frames, or to its first fragment. */
export function isPongTo(frames: readonly OutgoingFrame[], { opcode, payload }: Frame): boolean {
  const pings = frames.flatMap((frame) => (frame.opcode === OPCODE.ping && frame.payload?.length ? frame.payload : []))
  return opcode === OPCODE.pong && pings.some((ping) => payload.subarray(0, ping.length).equals(ping))
}

/** What the frames would be if they were taken: each by itself, or all as one message. */
function contentsOf(frames: readonly OutgoingFrame[]): readonly Buffer[] {
  const parts = frames.flatMap(({ opcode, payload }) => (isControl(opcode) || !payload?.length ? [] : payload))
  return parts.length === 0 ? [] : [...parts, Buffer.concat(parts)]
}

async function readsOn(connection: Connection, patience: number): Promise<Reaction> {
  const until = performance.now() + patience
  for (let n = 1; n <= PROBES; n += 1) {
    const end = await connection.end(patience * PROBE_AFTER)
    if (end !== 'timeout') return end
    const probe = Buffer.from(`still reading? (${n})`)
    void connection.ping(probe)
    const matches = ({ opcode, payload }: Frame) => opcode === OPCODE.pong && payload.equals(probe)
    const pong = await connection.next({ from: 0, matches, withinMs: until - performance.now() })
    if (pong === 'timeout' || !('payload' in pong)) return pong
  }
  return connection.ended ?? 'reads on'
}
