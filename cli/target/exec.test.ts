import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Target } from '../../schemas/target.ts'
import { launch, shellCommand } from './exec.ts'

const never = new AbortController().signal
const node = (file: string) => shellCommand(`"${process.execPath}" "${file}"`)

/** A server that answers every GET with its CHAT_* environment. */
const SERVER = `
const { PORT, ...env } = process.env
const chat = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('CHAT_')))
require('http').createServer((_, response) => response.end(JSON.stringify(chat))).listen(PORT, '127.0.0.1')
console.log('listening')`

function script(t: Test, source: string) {
  return join(t.testdir({ 'server.cjs': source }), 'server.cjs')
}

async function environmentOf({ urls: [url = ''] }: Target): Promise<Record<string, string>> {
  const answer = await fetch(url.replace('ws', 'http'))
  return (await answer.json()) as Record<string, string>
}

t.test('a server gets the environment of the launch contract and nothing stale', async (t) => {
  process.env.CHAT_CONTROL_TOKEN = 'stale'
  t.teardown(() => delete process.env.CHAT_CONTROL_TOKEN)
  const target = await launch(node(script(t, SERVER)), { profile: 'test', limits: { max_rooms: 3 } }, never)
  t.teardown(target.stop)
  const [url] = target.urls
  const env = await environmentOf(target)
  t.strictSame(Object.keys(env).sort(), [
    ...[
      'CHAT_ALLOWED_ORIGINS',
      'CHAT_JWT_AUDIENCE',
      'CHAT_JWT_ISSUER',
      'CHAT_JWT_SECRET',
      'CHAT_LIMITS',
      'CHAT_PROFILE',
    ],
  ])
  t.match(env, { CHAT_PROFILE: 'test', CHAT_LIMITS: '{"max_rooms":3}', CHAT_ALLOWED_ORIGINS: target.origin })
  t.ok(Buffer.byteLength(env.CHAT_JWT_SECRET ?? '') >= 32, 'the secret is long enough for HS256')
  t.match(target.description, { kind: 'exec', urls: [url], profile: 'test' })
  t.notMatch(JSON.stringify(target.description), String(env.CHAT_JWT_SECRET), 'the description holds no secret')
  t.match(target.output(), 'listening')
})

t.test('a server that declares control paths is given a token for them', async (t) => {
  const started = { ...node(script(t, SERVER)), capabilities: { control: true } }
  const target = await launch(started, { profile: 'test' }, never)
  t.teardown(target.stop)
  t.match(await environmentOf(target), { CHAT_CONTROL_TOKEN: target.controlToken })
  t.strictSame(target.capabilities, { control: true })
})

t.test('another process of the same server has a key and an environment of its own', async (t) => {
  const target = await launch(
    { ...node(script(t, SERVER)), capabilities: { control: true } },
    { profile: 'test' },
    never,
  )
  t.teardown(target.stop)
  const env = { CHAT_ALLOWED_ORIGINS: undefined, CHAT_CONTROL_TOKEN: undefined, CHAT_JWKS_FILE: 'keys.json' }
  const other = await target.launch?.({ profile: 'default', env })
  t.ok(other)
  if (other === undefined) return
  t.teardown(other.stop)
  const [first, second] = await Promise.all([environmentOf(target), environmentOf(other)])
  t.notMatch(second, { CHAT_JWT_SECRET: first.CHAT_JWT_SECRET })
  t.match(second, { CHAT_PROFILE: 'default', CHAT_JWKS_FILE: 'keys.json' })
  t.notOk('CHAT_ALLOWED_ORIGINS' in second || 'CHAT_CONTROL_TOKEN' in second, 'what is undefined is taken out')
  t.strictSame([other.origin, other.controlToken], [undefined, undefined])
  const keyless = await target.launch?.({ profile: 'test', env: { CHAT_JWT_SECRET: undefined } })
  t.teardown(() => keyless?.stop())
  await t.rejects(async () => keyless?.mint({}), { name: 'TargetError', message: /no CHAT_JWT_SECRET/ })
})

t.test('a server that ends before it is ready is shown with its last output', async (t) => {
  const command = shellCommand('echo no database >&2; exit 9')
  await t.rejects(launch(command, { profile: 'test' }, never), {
    name: 'TargetError',
    ended: 'exit code 9',
    message: /ended \(exit code 9\) before it was ready\. Its last output:\n {2}no database$/,
  })
})

t.test('one that ends without a word is said to have printed nothing', async (t) => {
  await t.rejects(launch(shellCommand('false'), { profile: 'test' }, never), {
    name: 'TargetError',
    message: /exit code 1.* It printed nothing\.$/,
  })
})

t.test('an interruption while it gets ready stops it', async (t) => {
  const interrupted = new AbortController()
  const source = `require('http').createServer((_, response) => {
    response.writeHead(503).end()
  }).listen(process.env.PORT, '127.0.0.1')`
  const launching = launch(node(script(t, source)), { profile: 'test' }, interrupted.signal)
  interrupted.abort(new Error('interrupted by SIGINT'))
  await t.rejects(launching, { message: 'interrupted by SIGINT' })
})
