import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { WITHOUT_REDIS } from '../../reference-server/redis/redis-under-test.ts'
import { Client, HELLO } from '../../reference-server/server-under-test.ts'
import type { LaunchOptions, Target } from '../../schemas/target.ts'
import { openTarget } from './open.ts'

const never = new AbortController().signal
const OPTIONS: LaunchOptions = { profile: 'default', limits: { max_rooms: 7 } }

async function cluster(t: Test, nodes: number): Promise<Target> {
  const target = await openTarget({ kind: 'embedded', cluster: { nodes } }, OPTIONS, never)
  t.teardown(target.stop)
  return target
}

/** A user on one node, who has joined the room. */
async function member({ mint }: Target, url: string, sub: string) {
  const client = new Client({ url }, ['chat.v1', `chat.v1.bearer.${await mint({ sub, rooms: ['lobby'] })}`])
  await client.says(HELLO)
  const { payload } = await client.hears('welcome')
  await client.says({ type: 'subscribe', id: 's', payload: { room: 'lobby' } })
  await client.hears('ok')
  return { client, limits: payload.limits as Record<string, number> }
}

const message = (n: number) => ({
  type: 'send_message',
  id: `send-${n}`,
  payload: { room: 'lobby', client_msg_id: `m${n}`, text: `text ${n}` },
})

/** Resolves when nothing listens at the port of a URL. */
async function refuses(url: string): Promise<void> {
  const { port, hostname: host } = new URL(url)
  const socket = connect({ port: Number(port), host })
  const [error] = await once(socket, 'error')
  if (error.code !== 'ECONNREFUSED') throw error
}

t.test(
  'the nodes share keys, limits and rooms, and one more that joins them is killed without harm',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const target = await cluster(t, 2)
    t.equal(target.urls.length, 2)
    t.strictSame(
      target.nodes?.map(({ urls: [url] }) => url),
      target.urls,
    )
    const third = await target.join?.()
    t.ok(third)
    const urls = [...target.urls, third?.urls[0] ?? '']
    const members = await Promise.all(urls.map((url, n) => member(target, url, `user-${n}`)))
    const hearAll = async (n: number, hearers: typeof members) => {
      await members[0]?.client.says(message(n))
      for (const { client } of hearers) t.match((await client.hears('user_message')).payload, { text: `text ${n}` })
    }
    for (const { limits } of members) t.equal(limits.max_rooms, 7)
    await hearAll(1, members)
    await Promise.all([members[2]?.client.closed, third?.kill?.()])
    await hearAll(2, members.slice(0, 2))
    const [node] = target.nodes ?? []
    t.match(await Promise.race([target.ended, node?.ended, 'neither has ended']), 'neither')
    t.match(target.output(), /"event"/)
  },
)

t.test('a node that ends by itself ends the cluster for who waits on it', { skip: WITHOUT_REDIS }, async (t) => {
  const target = await cluster(t, 2)
  const [, node] = target.nodes ?? []
  process.kill(node?.pid ?? 0, 'SIGKILL')
  t.equal(await target.ended, `SIGKILL, of the node at ${target.urls[1]}`)
})

t.test('another cluster has a broker of its own, which can be taken away', { skip: WITHOUT_REDIS }, async (t) => {
  const target = await cluster(t, 1)
  const other = await target.launchCluster?.(1, OPTIONS)
  t.teardown(() => other?.stop())
  const ready = async ({ urls: [url = ''] }: Target) =>
    (await fetch(`${url.replace('ws', 'http').replace('/ws', '')}/readyz`)).status
  t.ok(other && other.broker?.url !== target.broker?.url)
  if (other === undefined) return
  await other.broker?.kill()
  while ((await ready(other)) !== 503);
  t.equal(await ready(target), 200)
  await other.broker?.start()
  while ((await ready(other)) !== 200);
  await other.stop()
  await refuses(other.broker?.url ?? '')
  await refuses(other.urls[0] ?? '')
  t.pass('nothing of it is left')
})
