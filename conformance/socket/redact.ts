/**
 * Keeps secrets out of transcripts: a JWT keeps its header and claims, its signature becomes `…`; a session's id becomes
 * a hash, so that it can be told from others and not be used. Pure.
 */
import { createHash } from 'node:crypto'

// The base64url form of a text that begins with `{` begins with `e` and one of these.
const JWT = /(?<![A-Za-z0-9_-])(e[w-z0-9_-][A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*\.([A-Za-z0-9_-]*)/dg
// Where a credential stands by its position, it is hidden even if it is no JWT; group 1 is what may be shown of one.
const PLACES = [
  /^(?:proxy-)?authorization:[ \t]*(?:[A-Za-z]+[ \t]+)?((?:[^.\s]*\.){2})?(\S*)/dgim,
  /chat\.v1\.bearer\.((?:[^.,\s"]*\.){2})?([^,\s"]*)/dg,
  /"token"\s*:\s*"((?:[^."]*\.){2})?([^"]*)/dg,
]

const SESSION = /"session"\s*:\s*\{[^{}]*?"id"\s*:\s*"([^"]*)/dg

interface Secret {
  readonly start: number
  readonly end: number
  /** What stands in its place. */
  readonly shown: string
}

/**
 * Hides every signature, every opaque credential and every session id in a text.
 * @param before what stood before it in the same message, so that a token split over fragments is found
 */
export function redact(text: string, before = ''): string {
  const whole = before + text
  let shown = ''
  let at = before.length
  for (const secret of secretsIn(whole)) {
    if (secret.end <= at) continue
    shown += whole.slice(at, Math.max(at, secret.start)) + secret.shown
    at = secret.end
  }
  return shown + whole.slice(at)
}

function secretsIn(text: string): Secret[] {
  const jwts = [...text.matchAll(JWT)].filter(([, header = '']) => isJson(header))
  const placed = PLACES.flatMap((place) => [...text.matchAll(place)])
  const credentials = [...jwts, ...placed].map((match) => secret(match.indices?.[2], () => '…'))
  const sessions = [...text.matchAll(SESSION)].map((match) => secret(match.indices?.[1], () => hash(match[1] ?? '')))
  return [...credentials, ...sessions].filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start)
}

const secret = ([start, end]: readonly [number, number] = [0, 0], shown: () => string): Secret => ({
  start,
  end,
  shown: start < end ? shown() : '',
})

const hash = (id: string) => `sha256:${createHash('sha256').update(id).digest('hex').slice(0, 16)}`

function isJson(base64url: string): boolean {
  try {
    JSON.parse(Buffer.from(base64url, 'base64url').toString())
    return true
  } catch {
    return false
  }
}
