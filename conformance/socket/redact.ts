/** Keeps credentials out of transcripts: a JWT keeps its header and claims, its signature becomes `…`. Pure. */

// The base64url form of a text that begins with `{` begins with `e` and one of these.
const JWT = /(?<![A-Za-z0-9_-])(e[w-z0-9_-][A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*\.([A-Za-z0-9_-]*)/dg
// Where a credential stands by its position, it is hidden even if it is no JWT; group 1 is what may be shown of one.
const PLACES = [
  /^(?:proxy-)?authorization:[ \t]*(?:[A-Za-z]+[ \t]+)?((?:[^.\s]*\.){2})?(\S*)/dgim,
  /chat\.v1\.bearer\.((?:[^.,\s"]*\.){2})?([^,\s"]*)/dg,
  /"token"\s*:\s*"((?:[^."]*\.){2})?([^"]*)/dg,
]

/**
 * Hides every signature and every opaque credential in a text.
 * @param before what stood before it in the same message, so that a token split over fragments is found
 */
export function redact(text: string, before = ''): string {
  const whole = before + text
  let shown = ''
  let at = before.length
  for (const [start, end] of secretsIn(whole)) {
    if (end <= at) continue
    shown += `${whole.slice(at, Math.max(at, start))}…`
    at = end
  }
  return shown + whole.slice(at)
}

function secretsIn(text: string): (readonly [start: number, end: number])[] {
  const jwts = [...text.matchAll(JWT)].filter(([, header = '']) => isJson(header))
  const placed = PLACES.flatMap((place) => [...text.matchAll(place)])
  const ranges = [...jwts, ...placed].map((match) => match.indices?.[2] ?? ([0, 0] as const))
  return ranges.filter(([start, end]) => start < end).sort((a, b) => a[0] - b[0])
}

function isJson(base64url: string): boolean {
  try {
    JSON.parse(Buffer.from(base64url, 'base64url').toString())
    return true
  } catch {
    return false
  }
}
