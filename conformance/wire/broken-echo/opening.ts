/** The opening handshake of the broken echo server: strict, save for the faults that it is asked to have. Pure. */
import type { DeflateTerms } from '../../socket/deflate.ts'
import { acceptFor } from '../../socket/handshake.ts'
import type { Fault, Has } from './faults.ts'

export interface Opening {
  /** What is sent, up to the empty line. */
  readonly answer: string
  readonly opens: boolean
  readonly deflate?: DeflateTerms
}

/** Answers a request head. */
export function answerTo(head: string, has: Has): Opening {
  const [line = '', ...rest] = head.split('\r\n')
  const fields = rest.flatMap((field) => {
    const [, name = '', blanks = '', value = '', trailing = ''] = /^([^:]+):([ \t]*)(.*?)([ \t]*)$/.exec(field) ?? []
    if (blanks === '' && has('needs a blank behind each colon')) return []
    if (has('takes the blanks behind a value for part of it')) return [[name.toLowerCase(), value + trailing] as const]
    return name === '' ? [] : [[has('tells names by their case') ? name : name.toLowerCase(), value] as const]
  })
  const all = (name: string) => {
    const asked = has('tells names by their case') ? CANONICAL[name] : name
    return fields.filter(([known]) => known === asked).map(([, value]) => value)
  }
  const refusal = refusalOf(line, all, has) ?? unknownField(fields, has)
  if (refusal !== undefined) return { answer: refusal, opens: false }
  const key = has('answers every key alike') ? 'dGhlIHNhbXBsZSBub25jZQ' : (all('sec-websocket-key')[0] ?? '')
  const version = has('answers as HTTP/1.0') ? 'HTTP/1.0' : 'HTTP/1.1'
  const lines = [`${version} 101 Switching Protocols`, 'Upgrade: websocket', 'Connection: Upgrade']
  if (all('sec-websocket-protocol').length > 0 && has('selects a subprotocol of its own'))
    lines.push('Sec-WebSocket-Protocol: other')
  const extensions = all('sec-websocket-extensions').join(', ')
  const selected = selectedOf(extensions, has)
  if (selected !== undefined) lines.push(`Sec-WebSocket-Extensions: ${selected.answer}`)
  const answer = [...lines, `Sec-WebSocket-Accept: ${acceptFor(key)}`].join('\r\n')
  return { answer, opens: true, ...(selected?.terms && { deflate: selected.terms }) }
}

const CANONICAL: Readonly<Record<string, string>> = {
  host: 'Host',
  upgrade: 'Upgrade',
  connection: 'Connection',
  'sec-websocket-key': 'Sec-WebSocket-Key',
  'sec-websocket-version': 'Sec-WebSocket-Version',
  'sec-websocket-protocol': 'Sec-WebSocket-Protocol',
  'sec-websocket-extensions': 'Sec-WebSocket-Extensions',
}

function refusalOf(line: string, all: (name: string) => readonly string[], has: Has): string | undefined {
  const fold = (value: string) => (has('tells tokens by their case') ? value : value.toLowerCase())
  const connection = all('connection')
    .flatMap((value) => (has('reads Connection as one word') ? [value] : value.split(',')))
    .map((token) => fold(token.trim()))
  const [upgrade, key = '', version] = ['upgrade', 'sec-websocket-key', 'sec-websocket-version'].map(
    (name) => all(name)[0],
  )
  const isWebSocket = (value: string) =>
    has('takes what begins with websocket for it') ? fold(value).startsWith('websocket') : fold(value) === 'websocket'
  const isUpgrade = (token: string) =>
    has('finds upgrade inside other tokens') ? token.endsWith('upgrade') : [fold('Upgrade'), 'Upgrade'].includes(token)
  const wrong: readonly [boolean, Fault][] = [
    [!line.startsWith('GET '), 'takes any method'],
    [line.endsWith(' HTTP/1.0'), 'takes HTTP/1.0'],
    [!/ HTTP\/1\.[01]$/.test(line), 'takes HTTP/0.9'],
    [all('host').length === 0, 'needs no Host'],
    [upgrade === undefined, 'needs no Upgrade'],
    [upgrade !== undefined && !isWebSocket(upgrade), 'takes any Upgrade'],
    [!connection.some(isUpgrade), 'needs no token in Connection'],
    [!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key), 'takes any key'],
  ]
  if (line.startsWith('GET http') && has('refuses absolute URIs')) return 'HTTP/1.1 400 Bad Request'
  if (wrong.some(([is, fault]) => is && !has(fault))) return 'HTTP/1.1 400 Bad Request'
  if (version === '13' || has('takes any version')) return undefined
  const named = has('does not name its version') ? '' : '\r\nSec-WebSocket-Version: 13'
  return `HTTP/1.1 426 Upgrade Required${named}`
}

function unknownField(fields: readonly (readonly [string, string])[], has: Has): string | undefined {
  if (!has('refuses unknown fields')) return undefined
  return fields.some(([name]) => name === 'x-shakedown') ? 'HTTP/1.1 400 Bad Request' : undefined
}

const FLAG = /^(server|client)_no_context_takeover$/
const BITS = /^(server_max_window_bits=(8|9|1[0-5])|client_max_window_bits(=(8|9|1[0-5]))?)$/

/** The first offer of permessage-deflate that is one, and what accepts it. */
function selectedOf(header: string, has: Has): { answer: string; terms?: DeflateTerms } | undefined {
  if (header !== '' && has('selects any extension')) return { answer: header.split(',')[0] ?? '' }
  for (const offer of header.split(',')) {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim())
    if (name !== 'permessage-deflate') continue
    const isRight = parameters.every((one) => FLAG.test(one) || BITS.test(one))
    const isUnique = new Set(parameters.map((one) => one.split('=')[0])).size === parameters.length
    if (!(isRight && isUnique) && !has('accepts wrong offers')) continue
    const answered = has('accepts offers without a word of them') ? [] : parameters
    const kept = answered.filter((one) => FLAG.test(one) || one.startsWith('server_max_window_bits='))
    if (has('sets the window of who did not ask for it')) kept.push('client_max_window_bits=15')
    const bits = Number(answered.find((one) => one.startsWith('server_max'))?.split('=')[1] ?? 15)
    const terms = {
      serverNoContextTakeover: kept.includes('server_no_context_takeover'),
      clientNoContextTakeover: kept.includes('client_no_context_takeover'),
      serverMaxWindowBits: bits,
      clientMaxWindowBits: 15,
    }
    return { answer: [name, ...kept].join('; '), terms }
  }
  return undefined
}
