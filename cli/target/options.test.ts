import { Command } from 'commander'
import t from 'tap'
import { addTargetOptions, type ClusterChoice, chooseTarget, flagsOf, isCluster, type TargetFlags } from './options.ts'

const URL = 'ws://127.0.0.1:4000'

t.test('flags that contradict each other, or lack one, are refused with what would be right', async (t) => {
  const rows: [string, TargetFlags, 'chat' | 'websocket', RegExp][] = [
    ['two servers', { exec: 'server', url: [URL] }, 'chat', /--exec .* --url .* give one/],
    ['a mutant of a foreign server', { mutant: 'm', exec: 'server' }, 'chat', /--mutant .* leave out --exec and --url/],
    ['a secret for a server that gets one of ours', { exec: 'server', jwtSecret: 's' }, 'chat', /^--jwt-secret goes/],
    ['an issuer for the embedded server', { jwtIssuer: 'i' }, 'chat', /^--jwt-issuer goes with --url/],
    ['a control token for a server that gets one of ours', { exec: 'server', controlToken: 't' }, 'chat', /^--control/],
    ['no way to mint', { url: [URL] }, 'chat', /add --jwt-secret, --jwt-key FILE or --token-command/],
    ['two ways to mint', { url: [URL], jwtSecret: 's', jwtKey: 'k' }, 'chat', /several ways .* give one/],
    ['an issuer without a key', { url: [URL], jwtIssuer: 'i' }, 'websocket', /go with --jwt-secret or --jwt-key/],
    [
      'an issuer that a token command would not know of',
      { url: [URL], tokenCommand: 'c', jwtKid: 'k' },
      'chat',
      /go with/,
    ],
    ['a web address', { url: ['http://127.0.0.1'] }, 'websocket', /not a WebSocket address; give one such as ws:/],
    ['no address', { url: ['4000'] }, 'websocket', /not a WebSocket address/],
    ['a password', { url: ['ws://me:s3cret@a.test'] }, 'websocket', /^--url ws:..\*{3}@a\.test has a user or a pass/],
    ['nodes of a server that runs', { url: [URL], jwtSecret: 's', nodes: 2 }, 'chat', /^--nodes .* give one --url for/],
    [
      'a node that is named twice',
      { url: [URL, `${URL}/ws`], jwtSecret: 's' },
      'chat',
      /is given twice; give one --url/,
    ],
    ['its broker', { url: [URL], jwtSecret: 's', redis: 'redis://a.test' }, 'chat', /^--redis is for nodes that are/],
    ['its balancer', { url: [URL], jwtSecret: 's', balancer: true }, 'chat', /^--balancer is for nodes that are/],
    ['a broker that is no Redis', { redis: 'http://me:s3cret@a.test' }, 'chat', /^--redis is no URL of a Redis; give/],
    ['a fragment', { url: [`${URL}/#a`] }, 'websocket', /leave out #a/],
  ]
  for (const [sentence, flags, speaks, message] of rows)
    t.throws(() => chooseTarget(flags, speaks, {}), { name: 'UsageError', message }, sentence)
})

t.test('an address without a path gets /ws where chat.v1 is spoken, and is left alone elsewhere', async (t) => {
  const rows: [string, 'chat' | 'websocket', string][] = [
    [URL, 'chat', `${URL}/ws`],
    [`${URL}/`, 'chat', `${URL}/`],
    [`${URL}/chat?v=1`, 'chat', `${URL}/chat?v=1`],
    [URL, 'websocket', `${URL}/`],
  ]
  for (const [given, speaks, url] of rows)
    t.match(chooseTarget({ url: [given], jwtSecret: 's' }, speaks), { kind: 'url', urls: [url] }, `${given}, ${speaks}`)
})

t.test('CHAT_JWT_SECRET signs for a server that is there, where nothing else does', async (t) => {
  const env = { CHAT_JWT_SECRET: 's' }
  const credentialOf = (flags: TargetFlags) => chooseTarget({ url: [URL], ...flags }, 'chat', env)
  t.match(credentialOf({ jwtIssuer: 'i' }), { credential: { by: 'secret', secret: 's', issuer: 'i' } })
  t.match(credentialOf({ jwtSecret: 'other' }), { credential: { by: 'secret', secret: 'other' } })
  t.match(credentialOf({ jwtKey: 'k' }), { credential: { by: 'key', file: 'k' } })
  t.match(credentialOf({ tokenCommand: 'mint' }), { credential: { by: 'command', command: 'mint' } })
  t.strictSame(chooseTarget({ exec: 'serve' }, 'chat', env), { kind: 'exec', command: 'serve' })
  t.throws(() => chooseTarget({ url: [URL] }, 'chat', { CHAT_JWT_SECRET: '' }), { message: /or set CHAT_JWT_SECRET/ })
})

t.test('what is started is a cluster where it has several nodes, a broker or a balancer', async (t) => {
  const rows: [TargetFlags, object | undefined, boolean][] = [
    [{}, undefined, false],
    [{ nodes: 1 }, { nodes: 1 }, false],
    [{ nodes: 3 }, { nodes: 3 }, true],
    [{ exec: 'serve', redis: 'rediss://a.test' }, { redis: 'rediss://a.test' }, true],
    [{ nodes: 1, balancer: true }, { nodes: 1, balancer: true }, true],
  ]
  for (const [flags, asked, isOne] of rows) {
    const { cluster } = chooseTarget(flags, 'chat') as { cluster?: ClusterChoice }
    t.strictSame(cluster, asked, JSON.stringify(flags))
    t.equal(isCluster(cluster), isOne, JSON.stringify(flags))
  }
})

t.test('flags can be written as a command line that reads as the same again', async (t) => {
  const rows: TargetFlags[] = [
    {},
    { mutant: 'handshake/late' },
    { target: 'server.json', controlToken: 't' },
    { exec: 'python server.py', origin: 'https://a.test' },
    { nodes: 3, redis: 'redis://127.0.0.1:6379', balancer: true },
    { url: [`${URL}/ws`], jwtSecret: 's', jwtIssuer: 'i', jwtAudience: 'a', jwtKid: 'k' },
    { url: [`${URL}/ws`, 'ws://127.0.0.1:4001/ws'], tokenCommand: 'mint' },
  ]
  for (const flags of rows) {
    const command = addTargetOptions(new Command()).exitOverride()
    t.strictSame(command.parse(flagsOf(flags), { from: 'user' }).opts(), flags, JSON.stringify(flags))
  }
})
