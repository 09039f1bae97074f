import t, { type Test } from 'tap'
import { readConfig } from './config.ts'
import { startServer } from './server.ts'

const TOKEN = 'control-token'

async function start(t: Test, env: Record<string, string> = { CHAT_CONTROL_TOKEN: TOKEN }) {
  const lines: string[] = []
  const required = { CHAT_JWT_SECRET: 's'.repeat(32), CHAT_JWT_ISSUER: 'issuer', CHAT_JWT_AUDIENCE: 'chat' }
  const { port, stop } = await startServer(readConfig({ ...required, ...env }), (line) => lines.push(line))
  t.teardown(() => stop(0))
  const ask = async (path: string, body?: unknown, token = TOKEN) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const init = body === undefined ? {} : { method: 'POST', body: text, headers: { authorization: `Bearer ${token}` } }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    return { status: response.status, text: await response.text() }
  }
  return { ask, lines }
}

t.test('without a token there are no control paths', async (t) => {
  const { ask } = await start(t, {})
  t.equal((await ask('/control/revoke', { jti: 'a' })).status, 404)
})

t.test('a request without the token, or with a bad body, is refused and does nothing', async (t) => {
  const { ask, lines } = await start(t)
  const notify = { sub: 'alice', kind: 'mention', title: 'Bob mentioned you' }
  const rows: readonly (readonly [string, string, unknown, string, number])[] = [
    ['another token', '/control/notify', notify, 'another', 401],
    ['an unknown path', '/control/nothing', {}, TOKEN, 404],
    ['no JSON', '/control/notify', '{', TOKEN, 400],
    ['two targets', '/control/notify', { ...notify, room: 'lobby', text: 'x' }, TOKEN, 400],
    ['two revocations', '/control/revoke', { jti: 'a', sub: 'b' }, TOKEN, 400],
    ['data over 2048 bytes', '/control/notify', { ...notify, data: { x: 'x'.repeat(3000) } }, TOKEN, 400],
    ['a lone surrogate', '/control/notify', '{"sub":"alice","kind":"k","title":"\\ud800"}', TOKEN, 400],
    [
      'a number beyond a double',
      '/control/notify',
      '{"sub":"a","kind":"k","title":"t","data":{"n":1e400}}',
      TOKEN,
      400,
    ],
    ['a room that is @me', '/control/reset-epoch', { room: '@me' }, TOKEN, 400],
    ['a window turned round', '/control/drain', { reconnect_after: { min_ms: 2, max_ms: 1 } }, TOKEN, 400],
    ['a body of 100 KB', '/control/notify', { ...notify, body: 'x'.repeat(100_000) }, TOKEN, 400],
  ]
  for (const [name, path, body, token, status] of rows) t.equal((await ask(path, body, token)).status, status, name)
  t.match(await ask('/control/notify', notify), { status: 200, text: /"seq":1}/ }, 'the first that was stored')
  t.equal((await ask('/readyz')).status, 200)
  t.notMatch(lines.join(), TOKEN)
})

t.test('a reset tells the epoch that what follows carries', async (t) => {
  const { ask } = await start(t)
  const told = { room: 'lobby', kind: 'notice', text: 'Hello.' }
  const [first, reset] = [await ask('/control/notify', told), await ask('/control/reset-epoch', { room: 'lobby' })]
  const second = await ask('/control/notify', told)
  t.equal(JSON.parse(second.text).epoch, JSON.parse(reset.text).epoch)
  t.not(JSON.parse(first.text).epoch, JSON.parse(reset.text).epoch)
  t.equal(JSON.parse(second.text).seq, 1)
})

t.test('a drain of one user leaves the node ready, one of the node does not', async (t) => {
  const { ask } = await start(t)
  t.equal((await ask('/control/drain', { sub: 'alice' })).status, 202)
  t.equal((await ask('/readyz')).status, 200)
  t.equal((await ask('/control/drain', {})).status, 202)
  t.strictSame([(await ask('/readyz')).status, (await ask('/healthz')).status], [503, 200])
})

t.test('metrics are in the text form of Prometheus', async (t) => {
  const { ask } = await start(t)
  const { status, text } = await ask('/metrics')
  t.equal(status, 200)
  for (const line of text.trimEnd().split('\n')) {
    t.match(line, /^(# (HELP|TYPE) chat_[a-z_]+ .+|chat_[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+)$/)
  }
})
