import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { PROGRAM } from '../cli/installation.ts'
import { type RedisUnderTest, startRedis, WITHOUT_REDIS } from '../cli/target/redis-under-test.ts'
import type { RunningServer } from './server.ts'
import { Client, ENVIRONMENT, HELLO, mint, start } from './server-under-test.ts'

/** Nobody here answers pings, and what is restored is restored because the broker is back, not because time has passed. */
const LIMITS = {
  rate_per_s: 1000,
  rate_burst: 1000,
  heartbeat_interval_ms: 60_000,
  heartbeat_grace_ms: 60_000,
  resume_window_ms: 60_000,
  presence_grace_ms: 60_000,
}

t.jobs = 3

type Running = Awaited<ReturnType<typeof start>>

async function twoNodes(t: Test): Promise<{ redis: RedisUnderTest; a: Running; b: Running }> {
  const redis = await startRedis(t)
  return { redis, a: await start(t, LIMITS, redis.url), b: await start(t, LIMITS, redis.url) }
}

const subscribe = (room: string, more: object = {}) => ({ type: 'subscribe', id: 's', payload: { room, ...more } })
const send = (n: number, text = `text ${n}`) => ({
  type: 'send_message',
  id: `send-${n}`,
  payload: { room: 'lobby', client_msg_id: `m${n}`, text },
})

/** Says hello and subscribes. */
async function join(
  { server }: { readonly server: Pick<RunningServer, 'url'> },
  sub: string,
  hello: object = {},
  more: object = {},
  claims: object = {},
) {
  const client = new Client(server, ['chat.v1', `chat.v1.bearer.${await mint({ sub, jti: sub, ...claims })}`])
  await client.says({ ...HELLO, payload: { ...HELLO.payload, ...hello } })
  const { payload } = await client.hears('welcome')
  await client.says(subscribe('lobby', more))
  const ok = await client.hears('ok')
  return { client, session: payload.session as { id: string; resumed: boolean }, ok: ok.payload }
}

const ready = async ({ server }: Running) => (await fetch(`http://127.0.0.1:${server.port}/readyz`)).status

t.test(
  'the subscribers of a room hear the same in the same order on every node',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const { a, b } = await twoNodes(t)
    const [alice, bob] = [(await join(a, 'alice')).client, (await join(b, 'bob')).client]
    const count = 20
    await Promise.all([
      alice.says(...Array.from({ length: count / 2 }, (_, n) => send(n))),
      bob.says(...Array.from({ length: count / 2 }, (_, n) => send(n))),
    ])
    const heard: unknown[][] = []
    for (const client of [alice, bob]) {
      const messages: unknown[] = []
      while (messages.length < count) messages.push((await client.hears('user_message')).payload)
      heard.push(messages)
    }
    t.strictSame(heard[0], heard[1])
    t.strictSame(
      heard[0]?.map((payload) => (payload as { seq: number }).seq),
      Array.from({ length: count }, (_, n) => n + 1),
    )
  },
)

t.test('what was accepted before an unsubscribe is heard before its answer', { skip: WITHOUT_REDIS }, async (t) => {
  const { a } = await twoNodes(t)
  const { client: alice } = await join(a, 'alice')
  const leave = { type: 'unsubscribe', id: 'leave', payload: { room: 'lobby' } }
  for (let n = 1; n <= 20; n++) {
    await alice.says(send(n))
    await alice.answers(leave)
    t.equal((await alice.hears('user_message')).payload.seq, n)
    await alice.answers(subscribe('lobby'))
  }
})

t.test(
  'a session is resumed on another node, with what came meanwhile, and the old connection is replaced',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const { a, b } = await twoNodes(t)
    const { client: alice, session, ok } = await join(a, 'alice')
    const { client: bob } = await join(b, 'bob')
    await bob.answers(send(1))
    await alice.hears('user_message')
    const again = new Client(b.server, ['chat.v1', `chat.v1.bearer.${await mint({ sub: 'alice' })}`])
    const positions = { lobby: { epoch: ok.epoch, seq: 0 } }
    await again.says({ ...HELLO, payload: { ...HELLO.payload, session: { id: session.id }, positions } })
    t.match((await again.hears('welcome')).payload, {
      session: { id: session.id, resumed: true },
      rooms: [{ room: '@me' }, { room: 'lobby', recovered: true, replay_count: 1 }],
    })
    t.match((await again.hears('user_message')).payload, { seq: 1, replay: true })
    t.strictSame(await alice.closed, [4104, 'session_replaced'])
    await bob.answers(send(2))
    t.match((await again.hears('user_message')).payload, { seq: 2 })
  },
)

t.test(
  'presence takes both nodes together, and a revocation on one ends connections on the other',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const { redis, a, b } = await twoNodes(t)
    const { client: alice } = await join(a, 'alice', {}, { presence: true })
    const { client: bob, ok } = await join(b, 'bob', {}, { presence: true })
    t.match(ok.presence, { count: 2 })
    t.match((await alice.hears('presence')).payload, { user: { id: 'bob' }, event: 'join' })
    // As another node would tell it.
    await redis.cli('publish', 'chat:{revocations}', '{"jti":"bob"}')
    t.strictSame(await bob.closed, [4103, 'revoked'])
    alice.ws.close(1000)
    await alice.closed
  },
)

t.test(
  'without its broker a node keeps its connections, answers unavailable, and tells no lie afterwards',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const { redis, a, b } = await twoNodes(t)
    const { client: alice, session, ok } = await join(a, 'alice', {}, { presence: true })
    const { client: bob } = await join(b, 'bob', {}, { presence: true })
    await alice.hears('presence')
    await alice.answers(send(1))
    await redis.kill()
    await Promise.all([a, b].map(({ lines }) => lines.saw('broker_lost')))
    for (const message of [send(2), subscribe('attic'), { type: 'history', id: 'h', payload: { room: 'lobby' } }]) {
      const { payload } = await alice.answers(message)
      t.match(payload, { code: 'unavailable', retryable: true, retry_after_ms: Number }, message.type)
    }
    await alice.says({ type: 'ping', id: 'p', payload: {} })
    t.equal((await alice.hears('pong')).reply_to, 'p')
    t.equal(await ready(a), 503)
    const stranger = new Client(a.server, ['chat.v1', `chat.v1.bearer.${await mint()}`])
    t.equal((await stranger.closed)[0], 4201)

    await redis.start()
    // It is empty: whoever counts on the old numbers is told so.
    for (const client of [alice, bob]) t.strictSame(await client.closed, [4302, 'resync_required'])
    const position = { epoch: ok.epoch, seq: 1 }
    const back = await join(a, 'alice', { session: { id: session.id } }, { position, presence: true })
    t.equal(back.session.resumed, true, 'its node has restored the session')
    t.match(back.ok, { recovered: false, gap: { reason: 'epoch' }, head_seq: 0, presence: { count: 2 } })
    t.match((await back.client.answers(send(2))).payload, { seq: 1 })
    t.match((await back.client.hears('user_message')).payload, { seq: 1, text: 'text 2' })
    t.equal(await ready(a), 200)
  },
)

t.test(
  'what was sent while the broker stood still is there once, or is sent again, and nothing is lost',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const { redis, a, b } = await twoNodes(t)
    const { client: alice } = await join(a, 'alice')
    const { client: bob } = await join(b, 'bob')
    await alice.answers(send(1))
    redis.standStill()
    const refused = await alice.answers(send(2))
    t.match(refused.payload, { code: 'unavailable', retry_after_ms: Number })
    redis.goOn()
    await a.lines.saw('broker_back')
    t.match((await alice.answers(send(2))).payload, { seq: 2 })
    t.match((await alice.answers(send(3))).payload, { seq: 3 })
    for (const client of [alice, bob]) {
      const seqs = []
      while (seqs.length < 3) seqs.push((await client.hears('user_message')).payload.seq)
      t.strictSame(seqs, [1, 2, 3])
    }
  },
)

t.test('a node that heard nothing for a while fills the hole before it goes on', { skip: WITHOUT_REDIS }, async (t) => {
  const { redis, a, b } = await twoNodes(t)
  const { client: alice } = await join(a, 'alice')
  const { client: bob } = await join(b, 'bob')
  for (let n = 1; n <= 8; n++) {
    // What is heard of the next messages begins with a hole, and of the last ones nothing is heard at all.
    if (n % 2 === 0) await redis.cli('client', 'kill', 'type', 'pubsub')
    while ((await bob.answers(send(n))).type === 'error') await b.lines.saw('broker_back')
  }
  const seqs = []
  while (seqs.length < 8) seqs.push((await alice.hears('user_message')).payload.seq)
  t.strictSame(seqs, [1, 2, 3, 4, 5, 6, 7, 8])
})

/** A node that is a process, and can be killed as one. */
async function startProcess(t: Test, limits: object, redisUrl: string) {
  const env = { ...process.env, ...ENVIRONMENT, CHAT_LIMITS: JSON.stringify(limits), CHAT_REDIS_URL: redisUrl }
  const child = spawn(process.execPath, [PROGRAM, 'serve'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.teardown(kill)
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /ready at (ws:.*)/.exec(line)?.[1]
    if (url !== undefined) return { server: { url }, kill }
  }
  throw new Error('the node ended before it was ready')
}

t.test(
  'when a node is killed its users leave, but for those who are elsewhere too, or come back there',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const redis = await startRedis(t)
    const limits = { ...LIMITS, heartbeat_interval_ms: 1000, presence_grace_ms: 2000 }
    const [alive, dead] = [await start(t, limits, redis.url), await startProcess(t, limits, redis.url)]
    const { client: walt } = await join(alive, 'walt', {}, { presence: true })
    await join(alive, 'bob')
    await join(dead, 'bob')
    const { client: alice } = await join(dead, 'alice')
    const { client: carol, session, ok } = await join(dead, 'carol')
    await carol.answers(send(1))
    await dead.kill()
    for (const client of [alice, carol]) t.equal((await client.closed)[0], 1006)
    await walt.answers(send(2))
    const back = new Client(alive.server, ['chat.v1', `chat.v1.bearer.${await mint({ sub: 'carol' })}`])
    const positions = { lobby: { epoch: ok.epoch, seq: 1 } }
    await back.says({ ...HELLO, payload: { ...HELLO.payload, session: { id: session.id }, positions } })
    t.match((await back.hears('welcome')).payload, {
      session: { resumed: true },
      rooms: [{ room: '@me' }, { room: 'lobby', recovered: true, replay_count: 1 }],
    })
    const events: unknown[] = []
    while (events.length < 4) {
      const { user, event } = (await walt.hears('presence')).payload as { user: { id: string }; event: string }
      events.push(`${user.id} ${event}`)
    }
    t.strictSame(events, ['bob join', 'alice join', 'carol join', 'alice leave'])
    const who = { type: 'presence_get', id: 'who', payload: { room: 'lobby' } }
    const { payload } = await walt.answers(who)
    t.equal(payload.count, 3)
  },
)

t.test(
  'whoever was revoked stays so, also where Redis forgets it, and nobody else is revoked by it',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const { redis, a, b } = await twoNodes(t)
    const { client: alice } = await join(a, 'alice')
    // As another node would tell it, of alice's token and of what bob had before a second that is over.
    await redis.cli('publish', 'chat:{revocations}', '{"jti":"alice"}')
    await redis.cli('publish', 'chat:{revocations}', '{"sub":"bob","second":1}')
    t.strictSame(await alice.closed, [4103, 'revoked'])
    const { client: bob } = await join(b, 'bob', {}, {}, { iat: 1 })
    await redis.kill()
    await Promise.all([a, b].map(({ lines }) => lines.saw('broker_lost')))
    await redis.start()
    await Promise.all([a, b].map(({ lines }) => lines.saw('broker_back')))
    t.strictSame(await bob.closed, [4302, 'resync_required'])
    const c = await start(t, LIMITS, redis.url)
    for (const node of [a, b, c]) {
      const again = new Client(node.server, ['chat.v1', `chat.v1.bearer.${await mint({ sub: 'alice', jti: 'alice' })}`])
      t.strictSame(await again.closed, [4103, 'revoked'])
    }
    const old = new Client(c.server, ['chat.v1', `chat.v1.bearer.${await mint({ sub: 'bob', iat: 0 })}`])
    t.strictSame(await old.closed, [4103, 'revoked'])
  },
)
