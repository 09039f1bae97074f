import t, { type Test } from 'tap'
import type { LaunchOptions, Target } from '../../schemas/target.ts'
import { gone, hearOfEachOther, member, WITHOUT_CLUSTER } from './cluster-under-test.ts'
import { openTarget } from './open.ts'

const never = new AbortController().signal
const OPTIONS: LaunchOptions = { profile: 'default', limits: { max_rooms: 7 } }

async function cluster(t: Test, nodes: number): Promise<Target> {
  const target = await openTarget({ kind: 'embedded', cluster: { nodes } }, OPTIONS, never)
  t.teardown(target.stop)
  return target
}

t.test(
  'the nodes share keys, limits and rooms, and one more that joins them is killed without harm',
  { skip: WITHOUT_CLUSTER },
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
    for (const { limits } of members) t.equal(limits.max_rooms, 7)
    await hearOfEachOther(members, 'to all')
    await Promise.all([members[2]?.client.closed, third?.kill?.()])
    await hearOfEachOther(members.slice(0, 2), 'to the others')
    for (const { client } of members) client.ws.terminate()
    const [node] = target.nodes ?? []
    t.match(await Promise.race([target.ended, node?.ended, 'neither has ended']), 'neither')
    t.match(target.output(), /"event"/)
  },
)

t.test('a node that ends by itself ends the cluster for who waits on it', { skip: WITHOUT_CLUSTER }, async (t) => {
  const target = await cluster(t, 2)
  const [, node] = target.nodes ?? []
  process.kill(node?.pid ?? 0, 'SIGKILL')
  t.equal(await target.ended, `SIGKILL, of the node at ${target.urls[1]}`)
})

t.test('another cluster has a broker of its own, which can be taken away', { skip: WITHOUT_CLUSTER }, async (t) => {
  const target = await cluster(t, 2)
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
  await Promise.all([gone(other.broker?.url ?? ''), gone(other.urls[0] ?? '')])
  t.pass('nothing of it is left')
})
