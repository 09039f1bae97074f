/** What a server sent, and how it ended, as a finding says it. Pure. */
import type { Connection, Frame } from '../socket/connection.ts'
import { decodeClose, isControl, OPCODE } from '../socket/frame.ts'

const NAMES = new Map<number, string>(Object.entries(OPCODE).map(([name, opcode]) => [opcode, name]))

/** Frames that are told; of more only the last ones. */
const MOST_FRAMES = 6

/** @param openForMs how long the connection was waited for and stayed open; undefined where that does not matter. */
export function seenOn({ frames, disconnected, broken }: Connection, openForMs?: number): string {
  const shownFrames = [...(frames.length > MOST_FRAMES ? ['…'] : []), ...frames.slice(-MOST_FRAMES).map(named)]
  const end = disconnected ? `a TCP ${disconnected.kind === 'fin' ? 'FIN' : 'RST'}` : undefined
  const parts = [...shownFrames, ...(broken ? [broken] : []), ...(end ? [end] : [])]
  const open =
    openForMs === undefined || disconnected ? [] : [`the connection still open after ${Math.round(openForMs)} ms`]
  return [parts.join(', ') || 'nothing', ...open].join(' and ')
}

export function named({ opcode, fin, payload }: Frame): string {
  const { code } = opcode === OPCODE.close ? decodeClose(payload) : {}
  if (code !== undefined)
    return `close ${code}${payload.length > 2 ? ` with the reason ${shown(payload.subarray(2))}` : ''}`
  const name = `${fin || isControl(opcode) ? '' : 'a fragment of '}${nameOf(opcode)}`
  return payload.length === 0 ? `${name} without payload` : `${name} ${shown(payload)}`
}

export const nameOf = (opcode: number): string => NAMES.get(opcode) ?? `opcode ${opcode}`

/** Where what came back ceases to be what was sent: of long messages only their lengths are shown. */
export function differenceOf(sent: Buffer, heard?: Buffer): string {
  if (heard === undefined || Math.min(sent.length, heard.length) <= LONGEST_SHOWN) return ''
  const at = sent.findIndex((octet, n) => octet !== heard[n])
  return at > 0 ? `: not what was sent from octet ${at} on` : ''
}

/** In octets. */
const LONGEST_SHOWN = 40

export function shown(payload: Buffer): string {
  if (payload.length === 0) return 'without payload'
  if (payload.length > LONGEST_SHOWN) return `of ${payload.length} octets`
  return /^[\x20-\x7e]*$/.test(payload.toString('latin1'))
    ? JSON.stringify(payload.toString())
    : payload.toString('hex')
}
