/** Readers of flag values: each gives the value, or refuses the flag with a sentence that says what would be right. */
import { InvalidArgumentError } from 'commander'
import type { Segment } from '../schemas/generated/results.ts'

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** A duration such as `500ms`, `10s`, `5m` or `1h`, in ms. */
export function duration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  if (amount === undefined) throw new InvalidArgumentError('Give a number with a unit, such as 500ms, 10s, 5m or 1h.')
  return Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS])
}

/** A whole number, at least `least`. */
export const wholeNumber = (least: number) => (text: string) => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`Give a whole number, ${least} or more.`)
  return value
}

/** A number above zero. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) throw new InvalidArgumentError('Give a number above 0.')
  return value
}

/** A share such as `10%`, as 0.1. */
export function percentage(text: string): number {
  const [, amount] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
  if (amount === undefined) throw new InvalidArgumentError('Give a percentage, such as 10%.')
  return Number(amount) / 100
}

/** A part of a whole such as `1/3`, from 1/3 to 3/3. */
export function segment(text: string): Segment {
  const [, index, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? []
  if (index === undefined || of === undefined || index < 1 || index > of)
    throw new InvalidArgumentError('Give a part of a whole, such as 1/3, 2/3 or 3/3.')
  return { index, of }
}

/** A comma-separated list of known words, each once. */
export const listOf =
  <Word extends string>(known: readonly Word[]) =>
  (text: string): readonly Word[] => {
    const words = text.split(',').map((word) => word.trim())
    const strange = words.find((word) => !(known as readonly string[]).includes(word))
    if (strange !== undefined) throw new InvalidArgumentError(`There is no "${strange}"; there is ${known.join(', ')}.`)
    return known.filter((word) => words.includes(word))
  }
