/** Addresses without what may be a secret in them: a user, a password, the values of a query. */

const URL_IN_TEXT = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/?#]*@)?([^\s?#]*)(?:\?([^\s#]*))?/gi

/** @param text with any number of URLs in it. */
export const maskUrls = (text: string): string =>
  text.replaceAll(URL_IN_TEXT, (_, scheme: string, userinfo?: string, place?: string, query?: string) =>
    [scheme, userinfo === undefined ? '' : '***@', place, query === undefined ? '' : `?${maskQuery(query)}`].join(''),
  )

const maskQuery = (query: string) => query.split('&').map(maskValue).join('&')

/** `name=***`; what has no name may be a secret as a whole. */
function maskValue(pair: string): string {
  const name = pair.slice(0, pair.indexOf('=') + 1)
  return pair === name ? pair : `${name}***`
}
