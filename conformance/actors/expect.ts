/** Matchers: what they return or throw is a finding, never a verdict. */
import { isDeepStrictEqual } from 'node:util'
import { Finding } from '../runner/case.ts'
import type { Actor } from './actor.ts'

/** Deep equality as JSON values. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Finding(`${what} ${show(expected)}`, show(actual))
}

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

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= 300 ? text : `${text.slice(0, 300)}… (${text.length} characters)`
}
