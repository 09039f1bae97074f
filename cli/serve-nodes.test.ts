import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { PROGRAM } from './installation.ts'
import { endedOf, gone, hearOfEachOther, member, WITHOUT_CLUSTER } from './target/cluster-under-test.ts'
import { minterFor } from './target/mint.ts'

const KEYS = { CHAT_JWT_SECRET: 's'.repeat(32), CHAT_JWT_ISSUER: 'me', CHAT_JWT_AUDIENCE: 'chat' }
const mint = minterFor({ by: 'secret', secret: KEYS.CHAT_JWT_SECRET, issuer: 'me', audience: 'chat' })

function serve(t: Test, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const given = { ...process.env, ...KEYS, ...env }
  const child = spawn(process.execPath, [PROGRAM, 'serve', ...args], { env: given, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** The URLs that it prints: of the balancer, of the nodes and of the broker; and the nodes' process ids. */
async function ready(t: Test, child: ChildProcess) {
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    lines.push(line)
    if (line.includes('broker at')) break
  }
  const printed = lines.join('\n')
  t.match(printed, /HAProxy \d[\d.]+ before 2 nodes/)
  const [balancer = '', ...others] = printed.match(/(ws|redis):\/\/[^\s,]+/g) ?? []
  return { balancer, others, pids: [...printed.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid)) }
}

t.test('nodes behind a balancer are one server, of which a part may die', { skip: WITHOUT_CLUSTER }, async (t) => {
  const child = serve(t, ['--nodes', '2'])
  const stderr = text(child.stderr as NodeJS.ReadableStream)
  const { balancer, others, pids } = await ready(t, child)
  t.equal(others.length, 3)
  const names = Array.from({ length: 8 }, (_, n) => `user-${n}`)
  const all = await Promise.all(names.map((name) => member({ mint }, balancer, name)))
  await hearOfEachOther(all, 'to all')

  const [victim = 0] = pids
  process.kill(victim, 'SIGKILL')
  await gone(others[0] ?? '')
  const lost = await endedOf(all)
  t.ok(lost.length > 0 && lost.length < all.length, 'only one of the nodes is gone')
  const back = await Promise.all(lost.map(({ sub, session }) => member({ mint }, balancer, sub, session.id)))
  const present = [...all.filter((one) => !lost.includes(one)), ...back]
  for (const { session } of back) t.ok(session.resumed)
  await hearOfEachOther(present, 'to all who are back')

  child.kill('SIGTERM')
  for (const { client } of present) {
    await client.hears('draining')
    client.ws.close()
  }
  t.strictSame(await once(child, 'exit'), [0, null])
  const said = await stderr
  t.match(said, new RegExp(`node at ${others[0]} ended \\(SIGKILL\\), one of 2`))
  for (const url of others.slice(0, 2)) t.match(said, `{"node":"${new URL(url).host}","event":"listening",`)
  await Promise.all([balancer, ...others].map(gone))
})

t.test('nothing of it outlives a kill', { skip: WITHOUT_CLUSTER }, async (t) => {
  const child = serve(t, ['--nodes', '2', '--profile', 'test'])
  const { balancer, others } = await ready(t, child)
  const client = await member({ mint }, balancer, 'alice')
  const all = [balancer, ...others].map(gone)
  child.kill('SIGKILL')
  await Promise.all([...all, client.client.closed])
  t.pass('balancer, nodes and broker are gone')
})

t.test('what is missing or wrong is said before anything starts', async (t) => {
  const rows: [string, readonly string[], NodeJS.ProcessEnv, number, RegExp][] = [
    [
      'no HAProxy',
      ['--nodes', '2'],
      { PATH: '' },
      3,
      /haproxy is the balancer .* none on the PATH.*apt-get install haproxy/,
    ],
    ['a wrong environment', ['--nodes', '2'], { CHAT_JWT_SECRET: 'short' }, 2, /CHAT_JWT_SECRET has 5 bytes/],
    ['too many nodes', ['--nodes', '9'], {}, 2, /a place for 8 nodes, not for 9/],
    ['no nodes', ['--nodes', '0'], {}, 2, /--nodes.*whole number, 1 or more/],
  ]
  const said = rows.map(async ([sentence, args, env, code, message]) => {
    const child = serve(t, args, env)
    const [stderr, [exit]] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, 'exit')])
    t.match([exit, stderr], [code, message], sentence)
  })
  await Promise.all(said)
})
