import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chooseTarget, type TargetFlags } from './options.ts'

const URL = 'ws://127.0.0.1:4000/ws'
const FOUND = { urls: [URL], jwt: { secret: 's', issuer: 'i', audience: 'a', kid: 'k' }, control_token: 'c' }

const written = (t: Test, content: unknown) =>
  join(t.testdir({ 'target.json': typeof content === 'string' ? content : JSON.stringify(content) }), 'target.json')

t.test('a file says all that flags say, and what the server declares', async (t) => {
  const capabilities = { control: true, deflate: false }
  const started = { name: 'A server', exec: 'serve', origin: 'https://a.test', capabilities }
  t.strictSame(chooseTarget({ target: written(t, started) }, 'chat'), {
    ...{ kind: 'exec', command: 'serve', name: 'A server', origin: 'https://a.test', capabilities },
  })
  const nodes = { exec: 'serve', nodes: 3, redis: 'redis://a.test', balancer: true }
  const cluster = { nodes: 3, redis: 'redis://a.test', balancer: true }
  t.match(chooseTarget({ target: written(t, nodes) }, 'chat'), { kind: 'exec', cluster })
  t.match(chooseTarget({ target: written(t, nodes), nodes: 2 }, 'chat'), { cluster: { ...cluster, nodes: 2 } })
  const there = { target: written(t, nodes), url: [URL], jwtSecret: 's' }
  t.notOk('cluster' in chooseTarget(there, 'chat'), 'a server that runs has the nodes that it has')
  t.strictSame(chooseTarget({ target: written(t, FOUND) }, 'chat'), {
    kind: 'url',
    urls: [URL],
    credential: { by: 'secret', secret: 's', issuer: 'i', audience: 'a', kid: 'k' },
    controlToken: 'c',
  })
})

t.test('a key file is found beside the target file, not where the command is run', async (t) => {
  const target = written(t, { urls: [URL], jwt: { key_file: 'key.pem' } })
  t.match(chooseTarget({ target }, 'chat'), { credential: { by: 'key', file: join(target, '../key.pem') } })
})

t.test('flags lie over the file', async (t) => {
  const secret = { by: 'secret', secret: 'other', issuer: 'i', audience: 'a', kid: 'k' }
  const rows: [string, TargetFlags, object][] = [
    ['another address under the same key', { url: ['ws://127.0.0.1:1/x'] }, { urls: ['ws://127.0.0.1:1/x'] }],
    ['another secret for the same issuer', { jwtSecret: 'other' }, { credential: secret, controlToken: 'c' }],
    ['a token command, which knows its issuer', { tokenCommand: 'mint' }, { credential: { by: 'command' } }],
    ['another token of the control paths', { controlToken: 'other' }, { controlToken: 'other' }],
    ['another origin', { origin: 'https://b.test' }, { origin: 'https://b.test' }],
    ['a server to be started', { exec: 'serve' }, { kind: 'exec', command: 'serve' }],
  ]
  for (const [sentence, flags, choice] of rows)
    t.match(chooseTarget({ ...flags, target: written(t, FOUND) }, 'chat'), choice, sentence)
})

t.test('a file that says nothing clear is refused with its name and what would be right', async (t) => {
  const rows: [string, unknown, RegExp][] = [
    ['no JSON', '{', /cannot be read as JSON: .*; give a target file/],
    ['an unknown field', { exec: 'serve', url: URL }, /the root must NOT have additional properties \(url\)/],
    ['a field of another type', { urls: URL }, /\/urls must be array/],
    ['two servers', { exec: 'serve', urls: [URL] }, /give one of them/],
    ['no server', { name: 'A server' }, /names no server; give it exec or urls/],
    ['nodes that are not started', { urls: [URL], nodes: 2 }, /nodes, redis and balancer go with exec/],
    ['a key for a server that gets one of ours', { exec: 'serve', jwt: { secret: 's' } }, /go with urls/],
  ]
  for (const [sentence, content, message] of rows) {
    const target = written(t, content)
    t.throws(() => chooseTarget({ target }, 'chat'), { name: 'UsageError', message }, sentence)
    t.throws(() => chooseTarget({ target }, 'chat'), { message: `--target ${target}` }, `${sentence}: the name`)
  }
  t.throws(() => chooseTarget({ target: 'absent.json' }, 'chat'), { name: 'UsageError', message: /ENOENT/ })
})
