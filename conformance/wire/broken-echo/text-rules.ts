/** What the broken echo server takes for text: RFC 6455 §8.1. Pure. */
import { isUtf8 } from 'node:buffer'
import { OPCODE } from '../../socket/frame.ts'
import type { Answer } from './answers.ts'
import type { Fault, Has } from './faults.ts'

/**
 * Whether a whole message is refused for what it holds.
 * @param last the payload of its last frame.
 */
export function isRefused({ opcode, payload }: Answer, last: Buffer, has: Has): boolean {
  if (last.length === 0 && has('does not check UTF-8 at an empty last fragment')) return false
  const text = opcode === OPCODE.text
  const checked = text ? !has('does not check UTF-8') : has('checks UTF-8 in binary messages')
  return (
    (checked && !isText(payload, has)) ||
    (has('refuses non-characters') && text && payload.includes('\ufffe')) ||
    (has('refuses U+0000') && text && payload.includes(0)) ||
    (has('refuses all but ASCII') && text && payload.some((octet) => octet > 127))
  )
}

export function isText(payload: Buffer, has: Has): boolean {
  if (!has('accepts surrogates')) return isUtf8(payload)
  return isUtf8(Buffer.from(payload.toString('latin1').replace(/\xed[\xa0-\xbf][\x80-\xbf]/g, '?'), 'latin1'))
}

/** Text of so many fragments is looked at in the end. */
const MOST_LOOKS = 100

/** Whether a text cannot be UTF-8 any more, by the fragments so far. */
export function isWrongSoFar(parts: readonly Buffer[], has: Has): boolean {
  if (has('checks UTF-8 frame by frame')) return !isUtf8(parts.at(-1) ?? Buffer.alloc(0))
  if (parts.length > MOST_LOOKS || !looksEarly(has, 'checks UTF-8 only of whole messages')) return false
  return !mayBecomeUtf8(Buffer.concat(parts))
}

/** Whether a server that takes the later fragments of any message for text refuses this one. */
export const isWrongBinary = (parts: readonly Buffer[], has: Has): boolean =>
  parts.length > 1 && has('checks UTF-8 in binary continuations') && !isUtf8(parts.at(-1) ?? Buffer.alloc(0))

/** Whether these octets begin a text, short and in one frame, that cannot be UTF-8 any more. */
export function beginsWrong(octets: Buffer, has: Has): boolean {
  if (!looksEarly(has, 'checks UTF-8 only of whole messages', 'checks UTF-8 only of whole frames')) return false
  const key = octets.subarray(2, 6)
  if (octets.length < 7 || octets.length > 131 || octets[0] !== 0x81 || (octets[1] ?? 0) > 0x80 + 125) return false
  return !mayBecomeUtf8(Buffer.from(octets.subarray(6).map((octet, n) => octet ^ (key[n % 4] ?? 0))))
}

const looksEarly = (has: Has, ...unless: readonly Fault[]) =>
  ![...unless, 'does not check UTF-8' as const, 'accepts surrogates' as const].some(has)

function mayBecomeUtf8(octets: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets, { stream: true })
    return true
  } catch {
    return false
  }
}
