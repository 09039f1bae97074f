/** What a published text carries, and how it is found again in a frame without parsing it. */

/** Which message this is, and when it was meant to be sent. */
export interface Stamp {
  readonly publisher: number
  readonly number: number
  /** Intended send time, in ms of the run's clock. */
  readonly due: number
}

const WORD = 'shakedown '
/** As a JSON string: only letters, digits and spaces, so that no server can have a reason to escape any of it. */
export const OPENING = `"${WORD}`
/** As long as the longest text that chat.v1 allows. */
const FILLER = 'x'.repeat(4000)

/** A text of `length` ASCII characters (or the few more that the stamp needs). */
export function stampText({ publisher, number, due }: Stamp, length: number): string {
  return `${WORD}${publisher} ${number} ${Math.round(due * 1000)} `.padEnd(length, FILLER)
}

/** Whether a text claims to be one of ours. */
export function isStamped(text: string): boolean {
  return text.startsWith(WORD)
}

/**
 * The stamp of the text that lies between two places of a source; undefined where the text is not, to the last of its
 * `length` characters, one that was sent with that stamp. It runs for every delivery: in k6 a position costs less than
 * a part, and a part less than a list of them.
 */
export function readText(source: string, begin: number, end: number, length: number): Stamp | undefined {
  const first = begin + WORD.length
  const second = source.indexOf(' ', first) + 1
  const third = source.indexOf(' ', second) + 1
  const filler = source.indexOf(' ', third) + 1
  if (second <= first || third <= second || filler <= third || end !== Math.max(begin + length, filler))
    return undefined
  if (source.slice(filler, end) !== FILLER.slice(0, end - filler)) return undefined
  const publisher = Number(source.slice(first, second - 1))
  const number = Number(source.slice(second, third - 1))
  const us = Number(source.slice(third, filler - 1))
  return isCount(publisher) && isCount(number) && isCount(us) ? { publisher, number, due: us / 1000 } : undefined
}

/** A remainder is a good deal cheaper than `Number.isInteger`. */
const isCount = (value: number) => value >= 0 && value % 1 === 0
