import t from 'tap'
import { redact } from './redact.ts'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const shown = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'alice' })}`
const signature = 'c2lnbmF0dXJl-_c2lnbmF0dXJl'
const jwt = `${shown}.${signature}`

t.test('a JWT keeps its header and claims, and loses its signature', async (t) => {
  const table: [where: string, text: string, expected: string][] = [
    [
      'in Authorization',
      `GET / HTTP/1.1\r\nAuthorization: Bearer ${jwt}\r\nA: b`,
      `GET / HTTP/1.1\r\nAuthorization: Bearer ${shown}.…\r\nA: b`,
    ],
    [
      'in a subprotocol',
      `Sec-WebSocket-Protocol: chat.v1, chat.v1.bearer.${jwt}`,
      `Sec-WebSocket-Protocol: chat.v1, chat.v1.bearer.${shown}.…`,
    ],
    ['between subprotocols', `chat.v1.bearer.${jwt}, chat.v1`, `chat.v1.bearer.${shown}.…, chat.v1`],
    ['in a payload', `{"payload":{"token":"${jwt}","a":1}}`, `{"payload":{"token":"${shown}.…","a":1}}`],
    ['in any other field', `{"text":"see ${jwt}!"}`, `{"text":"see ${shown}.…!"}`],
    ['in a query', `GET /ws?token=${jwt} HTTP/1.1`, `GET /ws?token=${shown}.… HTTP/1.1`],
    ['twice', `${jwt} ${jwt}`, `${shown}.… ${shown}.…`],
  ]
  for (const [where, text, expected] of table) t.equal(redact(text), expected, where)
})

t.test('a credential that is no JWT is hidden where it stands', async (t) => {
  t.equal(redact('Authorization: Bearer opaque-secret'), 'Authorization: Bearer …')
  t.equal(redact('authorization: opaque-secret'), 'authorization: …')
  t.equal(redact('chat.v1.bearer.opaque, chat.v1'), 'chat.v1.bearer.…, chat.v1')
  t.equal(redact('{"token" : "opaque"}'), '{"token" : "…"}')
  t.equal(redact('{"token":"not.json.secret"}'), '{"token":"not.json.…"}')
})

t.test('the values of a query are hidden in a request and in a redirect', async (t) => {
  const rows: [text: string, expected: string][] = [
    ['GET /ws?key=s3cret&v=&s3cret&a=b=c HTTP/1.1\r\nA: b?c=d', 'GET /ws?key=…&v=&…&a=… HTTP/1.1\r\nA: b?c=d'],
    ['GET /ws?token=a.b.s3cret HTTP/1.1', 'GET /ws?token=… HTTP/1.1'],
    ['HTTP/1.1 302 Found\r\nLocation: /ws?key=s3cret\r\nA: b', 'HTTP/1.1 302 Found\r\nLocation: /ws?key=…\r\nA: b'],
    ['{"text":"GET what?a=b"}', '{"text":"GET what?a=b"}'],
  ]
  for (const [text, expected] of rows) t.equal(redact(text), expected, text)
})

t.test('a session id becomes a hash of itself, wherever it stands in the session', async (t) => {
  const id = 'c2Vzc2lvbi1pZA'
  const hash = redact(`{"session":{"id":"${id}"}}`).slice(18, -3)
  t.match(hash, /^sha256:[0-9a-f]{16}$/)
  t.equal(
    redact(`{"session" : { "resumed":true, "id" : "${id}" }}`),
    `{"session" : { "resumed":true, "id" : "${hash}" }}`,
  )
  t.not(redact('{"session":{"id":"other"}}').slice(18, -3), hash)
  t.equal(redact('{"type":"hello","id":"h1"}'), '{"type":"hello","id":"h1"}')
})

t.test('what is no secret stays as it is', async (t) => {
  for (const text of ['example.com.org', 'eyeless.in.gaza', 'chat.v1', '{"token":""}', `${shown}.`, 'see §5.5.1'])
    t.equal(redact(text), text)
})

t.test('a token that is split over fragments stays hidden, wherever it is cut', async (t) => {
  const message = `{"payload":{"token":"${jwt}"}}`
  for (let cut = 0; cut <= message.length; cut++) {
    const [first, second] = [message.slice(0, cut), message.slice(cut)]
    const told = redact(first) + redact(second, first)
    for (let at = 0; at + 8 <= signature.length; at++) {
      if (told.includes(signature.slice(at, at + 8))) t.fail(`cut at ${cut}: ${told}`)
    }
  }
  const octets = [...message].map((octet, n) => redact(octet, message.slice(0, n))).join('')
  t.notMatch(octets, /c2ln/)
  t.match(octets, /"\}\}$/)
})
