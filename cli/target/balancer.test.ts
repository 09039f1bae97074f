import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Target } from '../../schemas/target.ts'
import { PACKAGE_ROOT } from '../installation.ts'
import { balancerEnvironment, CONFIGURATION, startBalancer } from './balancer.ts'
import { endedOf, hearOfEachOther, type Member, member, WITHOUT_CLUSTER } from './cluster-under-test.ts'
import { openTarget } from './open.ts'

const never = new AbortController().signal
const urls = Array.from({ length: 9 }, (_, n) => `ws://127.0.0.1:${4001 + n}/ws`)

/** The connections of all, or of one user, are closed soon; without a user a node refuses upgrades from here on. */
async function drain(asked: Target | undefined, sub?: string): Promise<void> {
  const url = `${asked?.urls[0]?.replace(/^ws(.*)\/ws$/, 'http$1')}/control/drain`
  const headers = { authorization: `Bearer ${asked?.controlToken}` }
  const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ sub, deadline_ms: 1 }) })
  if (status !== 202) throw new Error(`the drain was answered with ${status}`)
}

t.test('HAProxy takes the configuration for any number of nodes', { skip: WITHOUT_CLUSTER }, async (t) => {
  for (const count of [1, 2, 3, 8]) {
    const env = { ...process.env, ...balancerEnvironment('127.0.0.1:4000', urls.slice(0, count)) }
    const { stdout } = await promisify(execFile)('haproxy', ['-c', '-f', CONFIGURATION], { env })
    t.match(stdout, /valid/, `${count} nodes`)
  }
})

t.test(
  'in containers it has the same configuration, and a node at each place',
  { skip: WITHOUT_CLUSTER },
  async (t) => {
    const compose = readFileSync(`${PACKAGE_ROOT}compose.yaml`, 'utf8')
    t.match(compose, `"./${relative(PACKAGE_ROOT, CONFIGURATION)}:/usr/local/etc/haproxy/haproxy.cfg:ro"`)
    const given = [...compose.matchAll(/^ +(BALANCER_ADDRESS|NODE_\d): (.+)$/gm)].map(([, name, value]) => [
      name,
      value,
    ])
    const env = { ...process.env, ...Object.fromEntries(given) }
    const { stdout } = await promisify(execFile)('haproxy', ['-c', '-f', CONFIGURATION], { env })
    t.match(stdout, /valid/)
    const places = given.filter(([name]) => name?.startsWith('NODE_')).map(([, address]) => address)
    const nodes = [...compose.matchAll(/PORT: (\d+)/g)].map(([, port]) => `127.0.0.1:${port}`)
    t.strictSame(places, nodes)
  },
)

t.test('more nodes than the configuration has places for are refused', async (t) => {
  await t.rejects(startBalancer(urls, never), { name: 'UsageError', message: /for 8 nodes, not for 9; give fewer/ })
})

t.test(
  'a user comes to the same node each time, and to another when that one drains or dies',
  { skip: WITHOUT_CLUSTER },
  async (t) => {
    const choice = { kind: 'embedded', cluster: { nodes: 3, balancer: true } } as const
    const target = await openTarget(choice, { profile: 'default' }, never)
    t.teardown(target.stop)
    const {
      urls: [url = ''],
      nodes = [],
    } = target
    t.match(target.description, { urls: [url], nodes: 3, balancer: /^HAProxy \d/ })
    const comes = (sub: string, session?: string) => member(target, url, sub, session)
    const names = Array.from({ length: 12 }, (_, n) => `user-${n}`)
    const all = await Promise.all([...names, ...names].map((name) => comes(name)))
    await hearOfEachOther(all, 'to all')

    /** Those who are connected, after whose connection has ended came back to the same session. */
    const returned = async (members: readonly Member[]) => {
      const ended = await endedOf(members)
      const rest = members.filter((one) => !ended.includes(one))
      t.ok(ended.length > 0 && rest.length > 0, 'the end was of one node')
      for (const { sub } of ended) t.strictSame(rest.filter((one) => one.sub === sub).length, 0, 'and of all of a user')
      const back = await Promise.all(ended.map(({ sub, session }) => comes(sub, session.id)))
      for (const { session } of back) t.ok(session.resumed)
      return [...rest, ...back]
    }
    await drain(nodes[0])
    const newcomers = await Promise.all(names.map((name) => comes(name)))
    for (const { client } of newcomers) client.ws.terminate()
    await nodes[0]?.stop()
    const present = await returned(all)
    await hearOfEachOther(present, 'after the drain')

    await nodes[1]?.kill?.()
    const last = await returned(present)
    await hearOfEachOther(last, 'after the death')

    await drain(target, 'user-0')
    for (const { sub, client } of last) if (sub === 'user-0') await client.hears('draining')
    for (const { client } of last) client.ws.terminate()
  },
)
