/** What the deflate pack compresses: five corpora of the kinds that people send, made here and the same each time. */
import { OPCODE } from '../socket/frame.ts'
import type { Heard } from './voice.ts'

export interface Corpus {
  readonly name: string
  readonly opcode: Heard['opcode']
  /** All of it; more than any message. */
  readonly octets: () => Buffer
}

const SIZE = 256 * 1024
const WORDS =
  'der die das und ist nicht ein Geist Welt Herz Nacht Licht über Tür für Mühe schön Wasser Feuer Erde Wort Tat Kraft Sinn zu in mit von auf'.split(
    ' ',
  )

/** Numbers below `below`, the same for each seed (xorshift, Marsaglia 2003). */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function filled(part: (n: number) => string | Buffer): Buffer {
  const parts: Buffer[] = []
  for (let [n, length] = [0, 0]; length < SIZE; n += 1) {
    const next = Buffer.from(part(n))
    parts.push(next)
    length += next.length
  }
  return Buffer.concat(parts)
}

/** Readings as an interface lists them: the same names all over, and little that is new in each. */
function json(): Buffer {
  const roll = dice(1)
  const reading = (id: number) => ({
    ...{ id, kind: 'reading', station: { name: `station-${roll(60)}`, country: 'AT', active: true } },
    ...{ unit: 'celsius', value: roll(40), quality: 'checked', remarks: null },
  })
  return filled((id) => `${JSON.stringify(reading(id))},`)
}

/** A picture in shades of grey: what is near is alike, but for the noise of a lens. */
function picture(): Buffer {
  const roll = dice(2)
  const shade = (x: number, y: number) => 128 + 90 * Math.sin(x / 40) * Math.cos(y / 60) + roll(8)
  return filled((y) => Buffer.from(Array.from({ length: 512 }, (_, x) => shade(x, y))))
}

function prose(): Buffer {
  const roll = dice(3)
  const word = () => WORDS[roll(WORDS.length)]
  return filled(() => `${Array.from({ length: 4 + roll(9) }, word).join(' ')}${roll(4) === 0 ? '.\r\n' : ', '}`)
}

function html(): Buffer {
  const roll = dice(4)
  return filled(
    (n) =>
      `<tr class="row-${n % 2}"><td id="c${n}">${roll(1000)}</td><td><a href="/p/${roll(99)}">more</a></td></tr>\n`,
  )
}

/** Pages of text, and between them streams that are compressed already. */
function document(): Buffer {
  const roll = dice(5)
  return filled((n) =>
    n % 2 === 0
      ? `${n} 0 obj << /Type /Page /Parent 1 0 R /Length ${roll(9000)} >> endobj\n`
      : Buffer.from(Array.from({ length: 2000 }, () => roll(256))),
  )
}

const once = (make: () => Buffer) => {
  let made: Buffer | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** In the order of Autobahn's sections 12.1 to 12.5. */
export const JSON_CORPUS: Corpus = { name: 'json', opcode: OPCODE.text, octets: once(json) }
export const CORPORA: readonly Corpus[] = [
  JSON_CORPUS,
  { name: 'picture', opcode: OPCODE.binary, octets: once(picture) },
  { name: 'prose', opcode: OPCODE.binary, octets: once(prose) },
  { name: 'html', opcode: OPCODE.text, octets: once(html) },
  { name: 'document', opcode: OPCODE.binary, octets: once(document) },
]

/** The n-th message of this many octets, beginning again where the corpus ends: whoever goes on sees the same once more. */
export function messageOf({ opcode, octets }: Corpus, size: number, n: number): Heard {
  const whole = octets()
  const at = (n % Math.floor(whole.length / size)) * size
  return { opcode, payload: whole.subarray(at, at + size) }
}
