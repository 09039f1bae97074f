/** What a server refuses because it is more than it takes: a limit, which it may have (§10.4). */
import { Skip } from '../runner/case.ts'
import type { End } from '../socket/connection.ts'

/** No server has a limit below what any control frame carries, in octets. */
const ANY_TAKES = 125
/** More fragments than this may be more than a server takes. */
const MANY_FRAGMENTS = 1000

/** @returns the reason to skip, where a server ended the connection with a code that says so. */
export function refusalOf(end: End | undefined, octets: number, fragments: number): Skip | undefined {
  const { code, reason = Buffer.alloc(0) } = end ?? {}
  const isTooLong = octets > ANY_TAKES && code === 1009
  const isInTooMany = fragments > MANY_FRAGMENTS && (code === 1008 || code === 1009)
  if (!isTooLong && !isInTooMany) return undefined
  const parts = fragments > 1 ? ` in ${fragments} fragments` : ''
  const why = reason.length > 0 ? `: ${JSON.stringify(reason.toString())}` : ''
  return new Skip(`the server refuses a message of ${octets} octets${parts} with Close ${code}${why}`)
}
