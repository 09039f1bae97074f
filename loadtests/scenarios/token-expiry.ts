/** What a client can read in its own token. */
import { b64decode } from 'k6/encoding'

/** `exp` of a JWT (RFC 7519), in ms since 1970. */
export function expiryOf(token: string): number {
  const [, claims = ''] = token.split('.')
  return JSON.parse(b64decode(claims, 'rawurl', 's')).exp * 1000
}
