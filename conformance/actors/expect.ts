/** Matchers: what they return or throw is a finding, never a verdict. */
import { isDeepStrictEqual } from 'node:util'
import { Finding } from '../runner/case.ts'
import type { Actor } from './actor.ts'

/** Deep equality as JSON values. What is too long to be shown is shown where it differs first. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return
  const isShort = [actual, expected].every((value) => (JSON.stringify(value) ?? '').length <= MOST_SHOWN)
  if (isShort) throw new Finding(`${what} ${show(expected)}`, show(actual))
  const { path, ...there } = difference(actual, expected)
  throw new Finding(`${what}${path && `, at ${path},`} ${show(there.expected)}`, show(there.actual))
}

interface Difference {
  /** Such as `[2].payload.text`. */
  readonly path: string
  readonly actual: unknown
  readonly expected: unknown
}

function difference(actual: unknown, expected: unknown, path = ''): Difference {
  if (Array.isArray(actual) !== Array.isArray(expected) || !isObject(actual) || !isObject(expected))
    return { path, actual, expected }
  const keys = Object.keys({ ...expected, ...actual })
  const key = keys.find((one) => !isDeepStrictEqual(actual[one], expected[one])) ?? ''
  return difference(actual[key], expected[key], path + (Array.isArray(expected) ? `[${key}]` : `.${key}`))
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export function expectTrue(what: string, holds: boolean, actual: string): void {
  if (!holds) throw new Finding(what, actual)
}

/** Timers may fire this much early, by the rounding of their clocks. */
const CLOCK_ROUNDING_MS = 5

/** A lower bound in ms, which holds on any machine; `took` is counted from a moment before the server's own clock began. */
export function expectNotBefore(what: string, took: number, least: number): void {
  if (took < least - CLOCK_ROUNDING_MS) throw new Finding(what, `${Math.round(took)} ms`)
}

/** The handshake was answered by an HTTP status within the bounds, both included. */
export function expectStatus({ connection }: Actor, from: number, to: number): void {
  const { status } = connection.response
  if (status < from || status > to) throw new Finding(`HTTP ${from === to ? from : `${from}–${to}`}`, `HTTP ${status}`)
}

const MOST_SHOWN = 300

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}… (${text.length} characters)`
}
