/** What a server refuses to take, and says so: more than its limits, which it may have (§10.4), or data of another type. */
import { Skip } from '../runner/case.ts'
import type { End } from '../socket/connection.ts'
import { OPCODE } from '../socket/frame.ts'
import { nameOf } from './seen.ts'
import type { Heard } from './voice.ts'

/** No server has a limit below what any control frame carries, in octets. */
const ANY_TAKES = 125

/** "a message that is too big", or, where a server wants to "hide specific details", one that "violates its policy" (§7.4.1). */
const TOO_LONG = [1009, 1008]
/** "an endpoint that understands only text data MAY send this if it receives a binary message" (§7.4.1). */
const NO_SUCH_TYPE = 1003

/**
 * @param end how the server ended the connection on which it was sent this, in so many fragments.
 * @returns the reason to skip, where its Close frame says that this is what it does not take.
 */
export function refusalOf(end: End | undefined, { opcode, payload }: Heard, fragments: number): Skip | undefined {
  const { code, reason = Buffer.alloc(0) } = end ?? {}
  const isTooLong = code !== undefined && TOO_LONG.includes(code) && payload.length > ANY_TAKES
  const isOfNoType = code === NO_SUCH_TYPE && opcode === OPCODE.binary
  if (!isTooLong && !isOfNoType) return undefined
  const parts = fragments > 1 ? ` in ${fragments} fragments` : ''
  const why = reason.length > 0 ? `: ${JSON.stringify(reason.toString())}` : ''
  const what = isOfNoType ? `a ${nameOf(opcode)} message` : `a message of ${payload.length} octets${parts}`
  return new Skip(`the server refuses ${what} with Close ${code}${why}`)
}

/** How a server that does not take this may say so, as what is expected of it puts it. */
export const orRefusal = (opcode: Heard['opcode'], payload: Buffer): string =>
  [
    ...(payload.length > ANY_TAKES ? [', or Close 1009 or 1008 where it is too long'] : []),
    ...(opcode === OPCODE.binary ? [', or Close 1003 where none is taken'] : []),
  ].join('')
