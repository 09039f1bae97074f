/** The octets of a frame as a person reads them: an offset, sixteen octets, and what they say. */
import type { FrameOctets } from '../schemas/generated/results.ts'

const PER_LINE = 16
/** Octets of a payload that are quoted where room is scarce, and of its end. */
const QUOTED = { beginning: 96, end: 16 } as const

/**
 * The lines of a dump. The header stands apart. Offsets count from the frame's first octet, in hexadecimal. `|` stands
 * before an octet that began a write, where there were several. What a payload says is read without its mask.
 */
export function hexDump(octets: FrameOctets): readonly string[] {
  const header = Buffer.from(octets.header, 'hex')
  const payload = Buffer.from(octets.payload, 'hex')
  const end = Buffer.from(octets.end ?? '', 'hex')
  const { left_out: leftOut = 0, writes = [] } = octets
  const key = keyOf(header)
  const endAt = header.length + payload.length + leftOut
  const width = Math.max(4, (endAt + end.length).toString(16).length)
  const marks = new Set(writes.length > 1 || (writes[0] ?? 0) > 0 ? writes : [])
  const part = (part: Buffer, at: number, said: (octets: Buffer, at: number) => string) =>
    slices(part).map((octets, n) => line(octets, at + n * PER_LINE, { width, marks, said }))
  const says = (octets: Buffer, at: number) => characters(unmasked(octets, key, at - header.length))
  return [
    ...part(header, 0, () => (key === undefined ? 'header' : 'header, masking key')),
    ...part(payload, header.length, says),
    ...(leftOut > 0 ? [`${' '.repeat(width)}  … ${leftOut} octets left out`] : []),
    ...part(end, endAt, says),
  ]
}

/** The same with less of a long payload, for reports that quote many frames. */
export function quotedOctets(octets: FrameOctets): FrameOctets {
  const { payload, left_out: leftOut = 0, end = '' } = octets
  const most = 2 * (QUOTED.beginning + QUOTED.end)
  if (payload.length + end.length <= most) return octets
  const beginning = payload.slice(0, 2 * QUOTED.beginning)
  const last = end === '' && leftOut === 0 ? payload.slice(-2 * QUOTED.end) : end
  const left = leftOut + (payload.length + end.length - beginning.length - last.length) / 2
  return { ...octets, payload: beginning, left_out: left, ...(last === '' ? {} : { end: last }) }
}

/** Printable ASCII as it is, a point for any other octet. */
export function characters(octets: Buffer): string {
  return octets.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
}

interface Shape {
  readonly width: number
  readonly marks: ReadonlySet<number>
  readonly said: (octets: Buffer, at: number) => string
}

function line(octets: Buffer, at: number, { width, marks, said }: Shape): string {
  const hex = [...octets].map((octet, n) => `${marks.has(at + n) ? '|' : ' '}${octet.toString(16).padStart(2, '0')}`)
  return `${at.toString(16).padStart(width, '0')} ${hex.join('').padEnd(3 * PER_LINE)}   ${said(octets, at)}`
}

function slices(octets: Buffer): readonly Buffer[] {
  const count = Math.ceil(octets.length / PER_LINE)
  return Array.from({ length: count }, (_, n) => octets.subarray(n * PER_LINE, (n + 1) * PER_LINE))
}

/** RFC 6455 §5.2: the last four octets of the header of a masked frame; undefined where the header is not whole. */
function keyOf(header: Buffer): Buffer | undefined {
  const [, second = 0] = header
  const extended = { 126: 2, 127: 8 }[second & 0x7f] ?? 0
  return second & 0x80 && header.length === 6 + extended ? header.subarray(-4) : undefined
}

/** @param at where in the payload the octets stand. */
function unmasked(octets: Buffer, key: Buffer | undefined, at: number): Buffer {
  return key === undefined ? octets : Buffer.from(octets.map((octet, n) => octet ^ (key[(at + n) & 3] ?? 0)))
}
