/** The wire and deflate packs: RFC 6455 and RFC 7692 against any server that brings messages back. */
import { type Case, Skip } from '../runner/case.ts'
import { CLOSE } from './close.ts'
import { DEFLATE } from './deflate.ts'
import { DEFLATE_ABUSE } from './deflate-abuse.ts'
import { DEFLATE_MESSAGES } from './deflate-messages.ts'
import { ECHO } from './echo.ts'
import { FRAGMENTATION } from './fragmentation.ts'
import { LIMITS } from './limits.ts'
import { MASKING } from './masking.ts'
import { OPCODES } from './opcodes.ts'
import { OPENING } from './opening.ts'
import { PING } from './ping.ts'
import { RSV } from './rsv.ts'
import { UTF8 } from './utf8.ts'
import { UTF8_STRESS } from './utf8-stress.ts'
import { VOLUME } from './volume.ts'
import { carried, type WireCase } from './wire-case.ts'
import type { Terms } from './world.ts'

export const WIRE_CASES: readonly WireCase[] = [
  ...ECHO,
  ...PING,
  ...RSV,
  ...OPCODES,
  ...FRAGMENTATION,
  ...UTF8,
  ...UTF8_STRESS,
  ...CLOSE,
  ...MASKING,
  ...VOLUME,
  ...OPENING,
  ...LIMITS,
]

/** The deflate pack: RFC 7692 against the same servers. */
export const DEFLATE_CASES: readonly WireCase[] = [...DEFLATE, ...DEFLATE_MESSAGES, ...DEFLATE_ABUSE]

/** The cases as these terms have them played. */
export const carriedCases = (pack: 'wire' | 'deflate', terms: Terms): readonly Case[] =>
  carried(pack === 'wire' ? WIRE_CASES : DEFLATE_CASES, terms)

/** The cases on a server that no case can be played on, for this reason. */
export function skipped(cases: readonly Case[], reason: string): readonly Case[] {
  return cases.map((one) => ({ ...one, run: () => Promise.reject(new Skip(reason)) }))
}
