/** A text frame in, an envelope out: strict where JSON.parse is lenient, and bounded before it is called. */

/** What every frame must be before its type is looked at. */
export interface Envelope {
  readonly type: string
  readonly id?: unknown
  readonly payload?: unknown
}

/** `fault` is a clause for the fatal error that follows. */
export type Parsed = { readonly ok: true; readonly envelope: Envelope } | { readonly ok: false; readonly fault: string }

/** @param maxDepth the envelope is depth 1; exactly the maximum passes */
export function parseFrame(text: string, maxDepth: number): Parsed {
  if (isDeeperThan(text, maxDepth)) return { ok: false, fault: `the frame is nested deeper than ${maxDepth}` }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, fault: 'the frame is not JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, fault: 'the frame is not a JSON object' }
  }
  if (typeof (value as Partial<Envelope>).type !== 'string') return { ok: false, fault: 'type is missing or no string' }
  if (hasOverflow(value)) return { ok: false, fault: 'a number overflows a double' }
  return { ok: true, envelope: value as Envelope }
}

/** Counts brackets outside strings, so that a deep frame costs neither stack nor objects. */
function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === BACKSLASH) i++
      else if (c === QUOTE) inString = false
    } else if (c === QUOTE) inString = true
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      depth++
      if (depth > maxDepth) return true
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth--
  }
  return false
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

/** "A number overflowing a double, in an ignored field too": JSON.parse reads 1e400 as Infinity. */
export function hasOverflow(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(hasOverflow)
}
