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

// What an address carries in its query may be a credential, by whatever name: a request says it, a redirect repeats it.
const QUERY = /^(?:[A-Z]+ [^\s?]*\?(\S*)(?= HTTP\/)|[Ll]ocation:[ \t]*[^\s?]*\?(\S*))/dgm

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

/** Whether octets hold a secret, be they text or not. @param before what stood before them in the same message. */
export function holdsSecret(octets: Buffer, before: Buffer = Buffer.alloc(0)): boolean {
  const [text, whole] = [octets.toString('latin1'), before.toString('latin1')]
  return redact(text, whole) !== text
}

function secretsIn(text: string): Secret[] {
  const jwts = [...text.matchAll(JWT)].filter(([, header = '']) => isJson(header))
  const placed = PLACES.flatMap((place) => [...text.matchAll(place)])
  const credentials = [...jwts, ...placed].map((match) => secret(match.indices?.[2], () => '…'))
  const sessions = [...text.matchAll(SESSION)].map((match) => secret(match.indices?.[1], () => hash(match[1] ?? '')))
  const queries = [...text.matchAll(QUERY)].flatMap(({ indices }) => valuesIn(text, indices?.[1] ?? indices?.[2]))
  return [...credentials, ...queries, ...sessions]
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start)
}

/** The values of a query, and what has no name, save JWTs, of which more may be shown. */
function valuesIn(text: string, [start, end]: readonly [number, number] = [0, 0]): Secret[] {
  const pairs = text.slice(start, end).matchAll(/(?<=^|&)(?:[^=&]*=([^&]*)|([^&]+))/dg)
  return [...pairs].flatMap(({ 1: value, 2: nameless, indices }) => {
    const [from, to] = indices?.[1] ?? indices?.[2] ?? [0, 0]
    return isJwt(value ?? nameless ?? '') ? [] : [secret([start + from, start + to], () => '…')]
  })
}

function isJwt(value: string): boolean {
  const [whole, header = ''] = new RegExp(JWT, 'd').exec(value) ?? []
  return whole === value && isJson(header)
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
