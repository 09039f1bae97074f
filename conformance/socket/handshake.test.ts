import t from 'tap'
import { acceptFor, buildRequest, judgeResponse, newKey, parseHead } from './handshake.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const RIGHT = {
  'HTTP/1.1 101': 'Switching Protocols',
  Upgrade: 'websocket',
  Connection: 'keep-alive, Upgrade',
  'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
}

function judged(lines: Readonly<Record<string, string>>, offered: readonly string[] = []) {
  const [[status = '', text = ''] = [], ...headers] = Object.entries(lines)
  const head = [`${status} ${text}`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
  const parsed = parseHead(Buffer.from(head))
  if (typeof parsed !== 'object') throw new Error(parsed ?? 'incomplete')
  return judgeResponse(parsed, key, offered)
}

t.test('the accept value is that of the example in RFC 6455 §4.2.2', async (t) => {
  t.equal(acceptFor(key), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  t.equal(Buffer.from(newKey(), 'base64').length, 16)
})

t.test('a request holds what §4.1 asks for, and any header replaces the default of its name', async (t) => {
  const request = buildRequest({ host: 'a:1', path: '/ws?x=1', key, subprotocols: ['chat.v1', 'b'] })
  t.equal(
    request,
    [
      'GET /ws?x=1 HTTP/1.1',
      'Host: a:1',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: chat.v1, b',
      '',
      '',
    ].join('\r\n'),
  )
  const headers = [
    ['sec-websocket-VERSION', '12'],
    ['Origin', 'http://a'],
    ['Origin', 'http://b'],
  ] as const
  const changed = buildRequest({ host: 'a', path: '/', key, headers, method: 'PUT', version: 'HTTP/1.0' })
  t.match(changed, /^PUT \/ HTTP\/1\.0\r\n/)
  t.notMatch(changed, /Version: 13/)
  t.match(changed, /sec-websocket-VERSION: 12\r\nOrigin: http:\/\/a\r\nOrigin: http:\/\/b\r\n\r\n$/)
})

t.test('a head is read once it is whole, and what follows it is kept', async (t) => {
  const octets = Buffer.from('HTTP/1.1 101 \r\nA: 1\r\na:  2 \r\n\r\n\x81\x00', 'latin1')
  for (let length = 0; length < octets.length - 2; length++) t.equal(parseHead(octets.subarray(0, length)), undefined)
  const head = parseHead(octets)
  if (typeof head !== 'object') return t.fail('the head is whole')
  t.strictSame([head.status, head.headers.get('a'), head.rest.toString('hex')], [101, '1, 2', '8100'])
})

t.test('what is no HTTP response head is told in a sentence', async (t) => {
  t.match(parseHead(Buffer.from('SSH-2.0-x\r\n\r\n')), /begins with "SSH-2.0-x"/)
  t.match(parseHead(Buffer.from('HTTP/1.1 101 x\r\nno colon\r\n\r\n')), /line "no colon"/)
  t.match(parseHead(Buffer.alloc(70_000, 'x')), /no end/)
})

t.test('a right response is accepted, whatever the case of its words', async (t) => {
  t.equal(judged(RIGHT).accepted, true)
  t.equal(judged({ ...RIGHT, Upgrade: 'WebSocket', Connection: 'UPGRADE' }).accepted, true)
  const selected = judged({ ...RIGHT, 'Sec-WebSocket-Protocol': 'chat.v1' }, ['chat.v1'])
  t.strictSame([selected.accepted, selected.subprotocol, selected.problem], [true, 'chat.v1', undefined])
})

t.test('a wrong response is not accepted, and the problem says why', async (t) => {
  const { Upgrade: _, ...withoutUpgrade } = RIGHT
  const table: [Readonly<Record<string, string>>, RegExp][] = [
    [{ 'HTTP/1.1 403': 'Forbidden' }, /status 403/],
    [withoutUpgrade, /Upgrade is missing/],
    [{ ...RIGHT, Connection: 'close' }, /Connection is "close"/],
    [{ ...RIGHT, 'Sec-WebSocket-Accept': 'x' }, /Accept is "x", not "?s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/],
    [{ ...RIGHT, 'Sec-WebSocket-Protocol': 'other' }, /subprotocol that was not offered/],
    [{ ...RIGHT, 'Sec-WebSocket-Extensions': 'permessage-deflate' }, /extension that was not offered/],
  ]
  for (const [lines, problem] of table) {
    const response = judged(lines)
    t.equal(response.accepted, false)
    t.match(response.problem, problem)
  }
})
