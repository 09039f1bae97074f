/** The wire pack: RFC 6455 against any server that echoes messages. */
import { type Case, Skip } from '../runner/case.ts'
import { CLOSE } from './close.ts'
import { ECHO } from './echo.ts'
import { FRAGMENTATION } from './fragmentation.ts'
import { MASKING } from './masking.ts'
import { OPCODES } from './opcodes.ts'
import { PING } from './ping.ts'
import { RSV } from './rsv.ts'
import { UTF8 } from './utf8.ts'

export const WIRE_CASES: readonly Case[] = [
  ...ECHO,
  ...PING,
  ...RSV,
  ...OPCODES,
  ...FRAGMENTATION,
  ...UTF8,
  ...CLOSE,
  ...MASKING,
]

/** The cases on a server that no case can be played on, for this reason. */
export function skipped(cases: readonly Case[], reason: string): readonly Case[] {
  return cases.map((one) => ({ ...one, run: () => Promise.reject(new Skip(reason)) }))
}
