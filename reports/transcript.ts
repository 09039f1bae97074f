/** A transcript as a person reads it. */
import type { TranscriptEntry } from '../schemas/generated/results.ts'
import { characters, hexDump, quotedOctets } from './hex-dump.ts'

/** One entry in words; `payload` may span lines. */
export interface TranscriptLine {
  /** Since the case began, such as `+12.3 ms`. */
  readonly time: string
  readonly connection: string
  readonly direction: 'out' | 'in' | 'none'
  /** What it is, such as `TEXT`, `CLOSE 4003`, `HTTP request` or `TCP reset`. */
  readonly what: string
  /** Remarkable header bits and the length, such as `FIN=0`, `RSV1`, `128 B`. */
  readonly flags: readonly string[]
  readonly payload: string
  /** What a payload in hexadecimal says, as far as it is printable ASCII; undefined where the payload is text. */
  readonly said?: string
  /** Why something is not shown. */
  readonly withheld?: string
}

/** Arrows as the harness sees them: → to the server, ← from it. */
export const ARROWS = { out: '→', in: '←', none: '·' } as const

/** Characters of a quoted payload: enough for a message, too few for a flood. */
const LONGEST = 400

/** RFC 6455 section 5.2 and 11.8. */
const OPCODES: Readonly<Record<number, string>> = {
  0: 'CONTINUATION',
  1: 'TEXT',
  2: 'BINARY',
  8: 'CLOSE',
  9: 'PING',
  10: 'PONG',
}

const KINDS: Readonly<
  Record<TranscriptEntry['kind'], readonly [what: string, direction: TranscriptLine['direction']]>
> = {
  request: ['HTTP request', 'out'],
  response: ['HTTP response', 'in'],
  sent: ['frame', 'out'],
  received: ['frame', 'in'],
  octets: ['octets', 'out'],
  fin: ['TCP end', 'none'],
  reset: ['TCP reset', 'none'],
  note: ['note', 'none'],
}

/** Puts one entry into words. */
export function describeEntry(entry: TranscriptEntry): TranscriptLine {
  const [what, direction] = KINDS[entry.kind]
  const payload = entry.text ?? (entry.hex === undefined ? '' : spaced(entry.hex))
  return {
    time: `+${entry.at_ms.toFixed(1)} ms`,
    connection: entry.connection,
    direction,
    what: entry.opcode === undefined ? what : frameName(entry.opcode, entry.close_code),
    flags: flagsOf(entry),
    payload: entry.truncated ? `${payload} …` : payload,
    ...(entry.text === undefined && entry.hex !== undefined ? { said: characters(Buffer.from(entry.hex, 'hex')) } : {}),
    ...(entry.withheld === undefined ? {} : { withheld: entry.withheld }),
  }
}

/** One entry on one line, the form of terminals and logs. */
export function entryText(entry: TranscriptEntry): string {
  const line = describeEntry(entry)
  const head = [line.time.padStart(11), line.connection, ARROWS[line.direction], line.what, ...line.flags].join(' ')
  const payload = line.payload.trim().replace(/\s*\r?\n\s*/g, ' ⏎ ')
  const cut = payload.length > LONGEST ? `${payload.slice(0, LONGEST)} …` : payload
  const said = line.said === undefined ? '' : `"${line.said}"`
  const withheld = line.withheld === undefined ? '' : `(not shown: ${line.withheld})`
  return [head, cut, said, withheld].filter((part) => part !== '').join('  ')
}

/** Puts octets below the name of the connection. */
const INDENT = ' '.repeat(12)

/** Entries that a report of one line each quotes: what led to a failure stands at the end. */
const TAIL = 12

/** The last entries of a transcript, a line each and its octets below where there are any, and how many stand before them. */
export function transcriptTail(entries: readonly TranscriptEntry[]): {
  readonly left: number
  readonly shown: number
  readonly lines: readonly string[]
} {
  const shown = entries.slice(-TAIL)
  return { left: entries.length - shown.length, shown: shown.length, lines: shown.flatMap(withOctets) }
}

function withOctets(entry: TranscriptEntry): readonly string[] {
  const dump = entry.octets === undefined ? [] : hexDump(quotedOctets(entry.octets))
  return [entryText(entry), ...dump.map((line) => `${INDENT}${line}`)]
}

function frameName(opcode: number, closeCode: number | undefined): string {
  const name = OPCODES[opcode] ?? `RESERVED 0x${opcode.toString(16).toUpperCase()}`
  return closeCode === undefined ? name : `${name} ${closeCode}`
}

function flagsOf({ fin, rsv = 0, masked, kind, length, inflated }: TranscriptEntry): readonly string[] {
  return [
    fin === false ? ['FIN=0'] : [],
    // "RSV1" is the most significant of the three bits.
    rsv & 4 ? ['RSV1'] : [],
    rsv & 2 ? ['RSV2'] : [],
    rsv & 1 ? ['RSV3'] : [],
    // A client masks and a server does not: only the reverse is worth a word.
    kind === 'sent' && masked === false ? ['unmasked'] : [],
    kind === 'received' && masked === true ? ['masked'] : [],
    length === undefined ? [] : [`${length} B`],
    inflated === undefined ? [] : [`inflates to ${inflated} B`],
  ].flat()
}

function spaced(hex: string): string {
  return hex.replace(/(..)(?=.)/g, '$1 ')
}
