import { once } from 'node:events'
import t from 'tap'
import { Client, HELLO, mint, start } from './server-under-test.ts'

const refusal = async (client: Client) => {
  const [, response] = await once(client.ws, 'unexpected-response')
  client.ws.on('error', () => {})
  client.ws.terminate()
  return response.statusCode
}

t.test('a credential in any of three places opens a connection, and none is echoed', async (t) => {
  const { server, lines } = await start(t)
  const token = await mint({ name: 'Alice' })
  const inHeader = new Client(server, ['chat.v1'], { authorization: `Bearer ${token}` })
  const inProtocol = new Client(server, [`chat.v1.bearer.${token}`, 'chat.v1'])
  const inHello = new Client(server)
  await inHeader.says(HELLO)
  await inProtocol.says(HELLO)
  await inHello.says({ ...HELLO, payload: { ...HELLO.payload, token } })
  for (const client of [inHeader, inProtocol, inHello]) {
    const { payload } = await client.hears('welcome')
    t.strictSame(payload.user, { id: 'alice', name: 'Alice' })
    t.equal(client.ws.protocol, 'chat.v1')
    client.ws.close(1000)
    t.strictSame(await client.closed, [1000, ''])
  }
  t.notMatch(lines.all.join(), token)
})

t.test('a credential that is not valid is told by the close code, without a hello', async (t) => {
  const { server } = await start(t)
  const [good, forged] = [await mint(), `${await mint()}x`]
  const rows: readonly (readonly [string, string[], Record<string, string>, readonly [number, string]])[] = [
    ['forged', [`chat.v1.bearer.${forged}`], {}, [4100, 'unauthorized']],
    ['expired', [`chat.v1.bearer.${await mint({ exp: 1 })}`], {}, [4101, 'token_expired']],
    ['in two places', [`chat.v1.bearer.${good}`], { authorization: `bearer ${good}` }, [4100, 'unauthorized']],
    ['empty', [], { authorization: 'Bearer' }, [4100, 'unauthorized']],
  ]
  for (const [name, protocols, headers, expected] of rows) {
    const client = new Client(server, ['chat.v1', ...protocols], headers)
    t.match(await client.hears('error'), { payload: { code: expected[1], fatal: true } }, name)
    t.strictSame(await client.closed, expected, name)
  }
})

t.test('an upgrade that is not for us is refused over HTTP', async (t) => {
  const { server } = await start(t)
  const elsewhere = { ...server, url: server.url.replace('/ws', '/wss') }
  t.equal(await refusal(new Client(elsewhere)), 404)
  t.equal(await refusal(new Client(server, ['chat.v2'])), 400)
  t.equal(await refusal(new Client(server, ['chat.v1'], { origin: 'https://good.example.evil' })), 403)
  t.equal(await refusal(new Client(server, ['chat.v1'], { origin: 'null' })), 403)
  const good = new Client(server, ['chat.v1'], { origin: 'https://good.example' })
  await once(good.ws, 'open')
  good.ws.terminate()
})

t.test('frames pipelined behind hello are answered in order', async (t) => {
  const { server } = await start(t)
  const client = new Client(server)
  const hello = { ...HELLO, payload: { ...HELLO.payload, token: await mint() } }
  const pings = Array.from({ length: 20 }, (_, n) => ({ type: 'ping', id: `p${n}`, payload: { nonce: `${n}` } }))
  await client.says(hello, { type: 'subscribe', id: 's', payload: { room: 'lobby' } }, ...pings)
  await client.hears('welcome')
  t.equal((await client.hears('ok')).reply_to, 's')
  for (const { id, payload } of pings) t.match(await client.hears('pong'), { reply_to: id, payload })
})

t.test('a refresh takes rooms away, and a position brings back what was missed', async (t) => {
  const { server } = await start(t)
  const client = new Client(server, ['chat.v1', `chat.v1.bearer.${await mint()}`])
  const subscribe = (id: string, position?: unknown) => ({ type: 'subscribe', id, payload: { room: 'a', position } })
  await client.says(HELLO, subscribe('1'))
  const { epoch } = (await client.hears('ok')).payload
  await client.says({ type: 'auth_refresh', id: '2', payload: { token: await mint({ rooms: ['b'] }) } })
  t.strictSame((await client.hears('unsubscribed')).payload, { room: 'a', code: 'forbidden' })
  t.equal((await client.hears('ok')).reply_to, '2')
  const send = { type: 'send_message', id: '4', payload: { room: 'a', client_msg_id: 'm', text: 'missed' } }
  await client.says({ type: 'auth_refresh', id: '3', payload: { token: await mint() } }, send)
  await client.hears('ok')
  t.equal((await client.hears('ok')).reply_to, '4')
  await client.says(subscribe('5', { epoch, seq: 0 }))
  t.match((await client.hears('ok')).payload, { recovered: true, replay_count: 1, head_seq: 1 })
  t.match((await client.hears('user_message')).payload, { seq: 1, text: 'missed', replay: true })
  await client.says({ type: 'auth_refresh', id: '6', payload: { token: await mint({ exp: 1 }) } })
  t.strictSame(await client.closed, [4101, 'token_expired'])
})

t.test('a token that expires is announced, and then ends the connection', async (t) => {
  const { server } = await start(t, { auth_warn_ms: 60_000 })
  const exp = Date.now() / 1000 + 0.2
  const client = new Client(server, ['chat.v1', `chat.v1.bearer.${await mint({ exp })}`])
  await client.says(HELLO)
  await client.hears('welcome')
  t.match((await client.hears('auth_expiring')).payload.expires_at, /Z$/)
  t.strictSame(await client.closed, [4101, 'token_expired'])
  t.ok(Date.now() >= exp * 1000)
})

t.test('a client that says nothing is closed: before hello with 4102, after it with 4301', async (t) => {
  const { server: impatient } = await start(t, { auth_timeout_ms: 20 })
  const { server } = await start(t, { heartbeat_interval_ms: 20, heartbeat_grace_ms: 20 })
  const silent = new Client(impatient)
  t.strictSame(await silent.closed, [4102, 'auth_timeout'])
  const mute = new Client(server, ['chat.v1', `chat.v1.bearer.${await mint()}`])
  await mute.says(HELLO)
  await mute.hears('ping')
  t.strictSame(await mute.closed, [4301, 'heartbeat_timeout'])
})

t.test('a stop is announced, answered with 503 meanwhile, and ends with 4300', async (t) => {
  const { server } = await start(t)
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).status
  t.strictSame(await Promise.all(['/healthz', '/readyz', '/ws', '/metrics'].map(get)), [200, 200, 426, 200])
  const client = new Client(server, ['chat.v1', `chat.v1.bearer.${await mint()}`])
  await client.says(HELLO)
  await client.hears('welcome')
  const stopped = server.stop(500)
  t.match((await client.hears('draining')).payload, { deadline_ms: 500, reconnect_after: { min_ms: 0 } })
  t.strictSame(await Promise.all(['/healthz', '/readyz'].map(get)), [200, 503])
  t.equal(await refusal(new Client(server)), 503)
  await client.says({ type: 'ping', id: 'p', payload: {} })
  t.equal((await client.hears('pong')).reply_to, 'p')
  t.strictSame(await client.closed, [4300, 'draining'])
  await stopped
  await t.rejects(get('/healthz'))
})

t.test('a reader that stops reading is cut off, and nobody else notices', async (t) => {
  // A heartbeat would cut the silent reader off for another reason on a machine that is slow at this.
  const patient = { heartbeat_interval_ms: 60_000, heartbeat_grace_ms: 60_000 }
  const rate = { rate_per_s: 100_000, rate_burst: 100_000 }
  const { server } = await start(t, { ...rate, ...patient, send_queue_bytes: 65_536 })
  const join = async () => {
    const client = new Client(server, ['chat.v1', `chat.v1.bearer.${await mint()}`])
    await client.says(HELLO, { type: 'subscribe', id: 's', payload: { room: 'lobby' } })
    await client.hears('ok')
    return client
  }
  const [slow, quick] = [await join(), await join()]
  slow.ws.pause()
  const read: unknown[] = []
  slow.ws.on('message', (data) => read.push(JSON.parse(data.toString()).payload.seq))
  // The kernel swallows some megabytes on loopback before anything waits in user space.
  const text = '\u0001'.repeat(4000)
  for (let seq = 1; seq <= 600; seq++) {
    await quick.says({ type: 'send_message', id: 'm', payload: { room: 'lobby', client_msg_id: `m${seq}`, text } })
    if ((await quick.hears('user_message')).payload.seq !== seq) t.fail(`not ${seq}`)
  }
  slow.ws.resume()
  t.match((await slow.closed)[0], /4203|1006/)
  const seqs = read.filter((seq) => seq !== undefined)
  t.ok(seqs.length < 600)
  t.strictSame(
    seqs,
    seqs.map((_, at) => at + 1),
    'what it read is a gapless prefix',
  )
})
