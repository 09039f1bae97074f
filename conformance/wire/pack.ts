/** The wire pack: RFC 6455 against any server that echoes messages. */
import { type Case, Skip } from '../runner/case.ts'
import type { Carrier } from './carrier.ts'
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

/** The cases for what carries them; a chat server echoes no frame as it is, so there each is skipped. */
export function wireCases(carrier: Carrier): readonly Case[] {
  return carrier === 'echo' ? WIRE_CASES : WIRE_CASES.map((one) => ({ ...one, run: noEcho }))
}

async function noEcho(): Promise<never> {
  throw new Skip('the server speaks chat.v1 and echoes no message: point this pack at an echo server')
}
