/** What a published text carries, and how it is found again in a frame without parsing it. */

/** Which message this is, and when it was meant to be sent. */
export interface Stamp {
  readonly publisher: number
  readonly number: number
  /** Intended send time, in ms of the shared clock. */
  readonly due: number
}

const WORD = 'shakedown '
/** As a JSON string: only letters, digits and spaces, so that no server can have a reason to escape any of it. */
export const OPENING = `"${WORD}`

/** A text of `length` ASCII characters (or the few more that the stamp needs). */
export function stampText({ publisher, number, due }: Stamp, length: number): string {
  return `${WORD}${publisher} ${number} ${Math.round(due * 1000)} `.padEnd(length, 'x')
}

/** Whether a text claims to be one of ours. */
export function isStamped(text: string): boolean {
  return text.startsWith(WORD)
}

/** The stamp of a text of ours; undefined where the text is not, to the character, the one that was sent with it. */
export function readText(text: string, length: number): Stamp | undefined {
  const [publisher = -1, number = -1, us = -1] = text.slice(WORD.length).split(' ', 3).map(Number)
  if (!isCount(publisher) || !isCount(number)) return undefined
  const stamp = { publisher, number, due: us / 1000 }
  return stampText(stamp, length) === text ? stamp : undefined
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0
