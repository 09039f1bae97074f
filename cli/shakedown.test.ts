import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { validateConformanceResult } from '../schemas/generated/validators.js'
import { PROGRAM } from './installation.ts'
import { freePort } from './target/free-port.ts'

const SAMPLES = {
  load: join(import.meta.dirname, '../reports/samples/load-valid.json'),
  conformance: join(import.meta.dirname, '../reports/samples/conformance-passing.json'),
}

/** Starts `shakedown` as a user would. */
function start(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, stdout: text(child.stdout), stderr: text(child.stderr), ended }
}

async function run(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { stdout, stderr, ended } = start(args, options)
  return { code: await ended, stdout: await stdout, stderr: await stderr }
}

/** An echo server that is not ours. */
async function echoServer(t: Test) {
  const http = createServer().listen(0, '127.0.0.1')
  const server = new WebSocketServer({ server: http })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  await once(http, 'listening')
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    http.close()
  })
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`
}

t.test('a wrong command line exits with 2 and says what would be right', async (t) => {
  const target = join(t.testdir({ 'one-node.json': JSON.stringify({ exec: 'serve', nodes: 1 }) }), 'one-node.json')
  const rows: [string, string[], RegExp, NodeJS.ProcessEnv?][] = [
    ['an unknown flag', ['conform', '--onyl', 'auth'], /unknown option '--onyl'\n\(Did you mean --only\?\)/],
    ['an unknown command', ['confrom'], /unknown command 'confrom'\n\(Did you mean conform\?\)/],
    ['an unknown pack', ['conform', '--pack', 'chat,wier'], /There is no "wier"; there is chat, cluster, wire/],
    ['an unknown mutant', ['conform', '--mutant', 'nope'], /there is no mutant nope; give one of/],
    ['an unknown workload', ['load', 'fan-in'], /no workload "fan-in": give one of .*fan-out/],
    ['one node for the cluster pack', ['conform', '--pack', 'cluster', '--nodes', '1'], /give --nodes 2 or more/],
    ['and by a file', ['conform', '--pack', 'cluster', '--target', target], /give --nodes 2 or more/],
    ['a report of no known form', ['conform', '--report', 'out.pdf'], /out\.pdf: its name must end in \.json/],
    ['no way to mint tokens', ['conform', '--url', 'ws://127.0.0.1:1'], /add --jwt-secret, --jwt-key FILE or/],
    ['a token without a key', ['token'], /add --jwt-secret or --jwt-key FILE/],
    ['a path without a seed', ['conform', '--pack', 'fuzz', '--path', '1'], /give the --seed that stands beside it/],
    ['a feature that nobody can leave out', ['serve', '--without', 'rooms'], /Give some of history, presence/],
    ['a baseline to be written nowhere', ['conform', '--update-baseline'], /file of --baseline; add that/],
    ['a baseline that is not there', ['conform', '--baseline', 'nowhere.json'], /nowhere\.json cannot be read as JSON/],
    [
      'an SLO of no figure',
      ['load', 'quick', '--search', 'rate', '--slo', 'losst=0'],
      /no figure "losst": give one of/,
    ],
    ['a search without an SLO', ['load', 'quick', '--search', 'rate'], /--search needs --slo to search for/],
    ['a segment beyond the last', ['load', 'quick', '--segment', '4/3'], /Give a part of a whole, such as 1\/3/],
    ['more segments than rooms', ['load', 'quick', '--segment', '4/9'], /segment 4\/9 splits 3 rooms into 9/],
    ['a run to merge that is whole', ['report', '--merge', SAMPLES.load], /a result without a segment is no shard/],
    ['a result file that is not there', ['report', 'nowhere.json'], /nowhere\.json cannot be read/],
    [
      'two brokers',
      ['serve', '--redis', 'redis://127.0.0.1:1'],
      /--redis and CHAT_REDIS_URL name different brokers/,
      { CHAT_REDIS_URL: 'redis://127.0.0.1:2' },
    ],
    ['a result file that is none', ['report', join(import.meta.dirname, '../package.json')], /not a result file/],
  ]
  await Promise.all(
    rows.map(async ([sentence, args, message, env]) => {
      const { code, stderr } = await run(args, { env: { ...process.env, ...env } })
      t.equal(code, 2, sentence)
      t.match(stderr, message, sentence)
    }),
  )
})

t.test('a node whose broker is away exits with 3, and does not say where that is', async (t) => {
  const { code, stderr } = await run(['serve', '--redis', `redis://me:s3cret@127.0.0.1:${await freePort()}`])
  t.equal(code, 3)
  t.match(stderr, /no Redis can be reached at the URL given: .*ECONNREFUSED/)
  t.notMatch(stderr, 's3cret')
})

t.test('a target that cannot be reached exits with 3 and names the address', async (t) => {
  const url = `ws://127.0.0.1:${await freePort()}`
  const { code, stderr } = await run(['conform', '--url', url, '--pack', 'wire'])
  t.equal(code, 3)
  t.match(stderr, `no server answers at ${url}/: connect ECONNREFUSED`)
})

t.test('a command that dies at once exits with 3 and shows its last output', async (t) => {
  const { code, stderr } = await run(['conform', '--exec', 'echo out of luck >&2; exit 9'])
  t.equal(code, 3)
  t.match(stderr, /ended \(exit code 9\) before it was ready\. Its last output:\n {2}out of luck\n/)
})

t.test('a filter that matches nothing exits with 4', async (t) => {
  const { code, stderr } = await run(['conform', '--only', 'nothing-like-this'])
  t.equal(code, 4)
  t.match(stderr, 'no case of the chat pack is left by --only nothing-like-this')
})

t.test('a pack of which every case is skipped exits with 4 and says why', async (t) => {
  const { code, stderr } = await run(['conform', '--pack', 'wire', '--carrier', 'echo', '--only', 'wire-ping'])
  t.equal(code, 4)
  t.match(stderr, /every case was skipped; wire-ping\/\S+: .* it is no echo server/)
})

t.test('what holds exits with 0, and the reports are valid', async (t) => {
  const folder = t.testdir({})
  const files = ['out.json', 'deep/junit.xml', 'out.html']
  const reports = files.flatMap((file) => ['--report', file])
  const { code, stdout } = await run(['conform', '--only', 'handshake/second', '--quiet', ...reports], { cwd: folder })
  t.equal(code, 0)
  t.equal(stdout, '')
  for (const file of files) t.ok(existsSync(join(folder, file)), file)
  const result = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))
  t.ok(validateConformanceResult(result), JSON.stringify(validateConformanceResult.errors))
  t.match(result, { partial: false, target: { kind: 'embedded', profile: 'test' } })
})

t.test('a broken server exits with 1, and each failure says how to run it alone', async (t) => {
  const broken = ['--mutant', 'handshake/second-hello-ignored', '--only', 'handshake/second-hello']
  const { code, stdout } = await run(['conform', ...broken])
  t.equal(code, 1)
  t.match(stdout, /^FAIL handshake\/second-hello-closes-4003/)
  const [, replay = ''] = /replay +npx shakedown (.+)/.exec(stdout) ?? []
  t.match(replay, '--mutant handshake/second-hello-ignored')
  const { stdout: listed } = await run([...replay.split(' '), '--list'])
  t.match(listed, /^handshake\/second-hello-closes-4003 .*\n$/)
})

t.test('an echo server that is not ours is held to RFC 6455 at its own path', async (t) => {
  const { code, stderr } = await run(['conform', '--url', await echoServer(t), '--pack', 'wire', '--only', 'wire-ping'])
  t.equal(code, 0)
  t.match(stderr, /wire: \d+ pass/)
})

t.test('octets are in a result where they are asked for', async (t) => {
  const folder = t.testdir({})
  const one = ['--url', await echoServer(t), '--pack', 'wire', '--only', 'wire-echo/text-of-0']
  for (const [flags, header] of [
    [['--octets'], /^8180[0-9a-f]{8}$/],
    [[], undefined],
  ] as const) {
    const { code } = await run(['conform', ...one, '--quiet', '--report', 'out.json', ...flags], { cwd: folder })
    t.equal(code, 0)
    const [{ transcript }] = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).cases
    t.match(transcript.find((entry: { kind: string }) => entry.kind === 'sent').octets?.header, header)
  }
})

t.test(
  'a target that speaks no WebSocket ends the run at once, with what it did and the exit code for that',
  async (t) => {
    const hostile: readonly [what: string, serve: (socket: Socket) => void, code: number, said: RegExp][] = [
      ['never answers', () => {}, 3, /no server answers at/],
      ['resets at once', (socket) => void socket.resetAndDestroy(), 3, /no server answers at/],
      ['sends garbage', (socket) => void socket.end('\0\x01garbage\r\n\r\n'), 3, /no server answers at/],
      [
        'answers 200',
        (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')),
        4,
        /every case was skipped; \S+: the server answers 200/,
      ],
    ]
    await Promise.all(
      hostile.map(async ([what, serve, code, said]) => {
        const server = net.createServer((socket) => serve(socket.on('error', () => {})))
        await once(server.listen(0, '127.0.0.1'), 'listening')
        t.teardown(() => server.close())
        const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
        const ran = await run(['conform', '--url', url, '--pack', 'wire,deflate'])
        t.equal(ran.code, code, what)
        t.match(ran.stderr, said, what)
      }),
    )
  },
)

t.test('Ctrl-C exits with 130 and leaves what ran, marked as partial', async (t) => {
  const folder = t.testdir({})
  const { child, ended } = start(['conform', '--jobs', '1', '--report', 'out.json'], { cwd: folder })
  for await (const line of createInterface(child.stderr)) if (/^chat: \d+ of \d+ cases/.test(line)) break
  child.kill('SIGINT')
  t.equal(await ended, 130)
  const result = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))
  t.ok(validateConformanceResult(result))
  t.equal(result.partial, true)
  t.ok(result.cases.length > 0, 'some cases had ended')
})

t.test('compare exits with 1 on a regression only', async (t) => {
  const folder = t.testdir({})
  const only = ['conform', '--only', 'handshake/second-hello', '--quiet']
  await run([...only, '--report', 'good.json'], { cwd: folder })
  const bad = JSON.parse(readFileSync(join(folder, 'good.json'), 'utf8'))
  for (const one of bad.cases) one.verdict = 'fail'
  writeFileSync(join(folder, 'bad.json'), JSON.stringify(bad))
  t.equal((await run(['compare', 'good.json', 'bad.json'], { cwd: folder })).code, 1, 'good to bad')
  t.equal((await run(['compare', 'bad.json', 'good.json'], { cwd: folder })).code, 0, 'bad to good')
  t.match(await run(['report', 'bad.json'], { cwd: folder }), { code: 0, stdout: /^FAIL handshake/ }, 'report')
})

t.test('a baseline excuses the failures that it lists, and fails the run once they are mended', async (t) => {
  const folder = t.testdir({})
  const only = ['conform', '--only', 'handshake/second-hello', '--quiet', '--baseline', 'known.json']
  const broken = [...only, '--mutant', 'handshake/second-hello-ignored']
  t.equal((await run([...broken, '--update-baseline'], { cwd: folder })).code, 0, 'written')
  t.equal((await run([...broken, '--bail'], { cwd: folder })).code, 0, 'expected')
  const { code, stdout } = await run(only, { cwd: folder })
  t.equal(code, 1, 'stale')
  t.match(stdout, 'STALE handshake/second-hello-closes-4003 is in the baseline, but its case passes now')
  t.equal((await run([...only, '--update-baseline'], { cwd: folder })).code, 0, 'renewed')
  t.match(JSON.parse(readFileSync(join(folder, 'known.json'), 'utf8')), { cases: {} })
})

t.test('a server that welcomes nobody gets one finding', async (t) => {
  const url = await echoServer(t)
  const flags = ['--jwt-secret', 'a-secret-of-at-least-thirty-two-octets', '--only', 'delivery']
  const { code, stdout } = await run(['conform', '--url', `${url}/ws`, ...flags])
  t.equal(code, 1)
  t.match(stdout, /^FAIL handshake\/token-in-header\n/)
  t.match(stdout, /: 0 passed, 1 failed, \d+ skipped; 1 case in/)
})

t.test('a server that dies in the middle of a run fails it, with its last output told once', async (t) => {
  const server = `createServer((_, answer) => answer.end())
    .on('upgrade', () => { console.error('out of luck'); process.exit(9) })
    .listen(process.env.PORT)`
  const folder = t.testdir({ 'dies.mjs': `import { createServer } from 'node:http'\n${server}` })
  const { code, stderr } = await run([
    'conform',
    '--exec',
    `"${process.execPath}" "${folder}/dies.mjs"`,
    '--only',
    'handshake',
  ])
  t.equal(code, 1)
  t.match(stderr, /the server ended \(exit code 9\) in the middle of the run\. Its last output:\n/)
  t.equal(stderr.split('\n  out of luck\n').length, 2)
})

t.test('what compare cannot hold against each other it refuses', async (t) => {
  const folder = t.testdir({ 'none.json': '[]', empty: {} })
  const rows: [string, string[], string | RegExp][] = [
    ['no results', ['none.json', 'none.json'], 'none.json holds no result; give a result file, or a folder of them'],
    ['an empty folder', ['empty', 'empty'], 'empty holds no result; give a result file, or a folder of them'],
    ['a file and a server', ['none.json', 'embedded'], 'one of none.json and embedded is a server, the other is not'],
    [
      'a number of runs for files',
      ['a.json', 'b.json', '--runs', '3'],
      '--runs goes with two servers; a.json is taken for',
    ],
    [
      'a figure that does not exist',
      [SAMPLES.load, SAMPLES.load, '--figure', 'delivery.count'],
      'have no figure "delivery.count" of which greater is worse: give min, mean, p50, p90, p99, p99_9, max of delivery',
    ],
    [
      'a place for the runs where none can be written',
      ['embedded', 'embedded', '--keep', 'none.json'],
      /^shakedown: --keep none\.json cannot be written to: .*\n$/,
    ],
    ['load and conformance', [SAMPLES.load, SAMPLES.conformance], 'load-valid.json is not one conformance result'],
  ]
  await Promise.all(
    rows.map(async ([sentence, args, message]) => {
      const { code, stderr } = await run(['compare', ...args], { cwd: folder })
      t.equal(code, 2, sentence)
      t.match(stderr, message, sentence)
    }),
  )
})

t.test('compare takes folders of load results, and says that they are too few to tell', async (t) => {
  const sample = readFileSync(SAMPLES.load, 'utf8')
  const folder = t.testdir({ a: { '1.json': sample }, b: { '1.json': sample, '2.json': sample } })
  const { code, stdout } = await run(['compare', 'a', 'b', '--figure', 'delivery.p99'], { cwd: folder })
  t.equal(code, 4)
  t.match(stdout, 'unmeasured   delivery.p99: it takes 6 runs of each that count')
})

t.test('merged segments exit as their load run would', async (t) => {
  const sample = { ...JSON.parse(readFileSync(SAMPLES.load, 'utf8')), segment: { index: 1, of: 1 } }
  const losing = { ...sample, ledger: { ...sample.ledger, lost: 3 } }
  const invalid = { ...losing, validity: { verdict: 'invalid', reasons: ['k6 was slow'] } }
  const files = { 'valid.json': sample, 'losing.json': losing, 'invalid.json': invalid }
  const folder = t.testdir(Object.fromEntries(Object.entries(files).map(([name, one]) => [name, JSON.stringify(one)])))
  const codeOf = async (file: string) => (await run(['report', '--merge', file], { cwd: folder })).code
  t.same(await Promise.all(Object.keys(files).map(codeOf)), [0, 1, 5])
})

t.test('a result file holds no secret of its command line', async (t) => {
  const folder = t.testdir({})
  const secret = 'a-secret-that-nobody-is-to-see-anywhere'
  const flags = ['--pack', 'wire', '--only', 'wire-ping', '--jwt-secret', secret, '--report', 'out.json']
  t.equal((await run(['conform', '--url', await echoServer(t), ...flags], { cwd: folder })).code, 0)
  const written = readFileSync(join(folder, 'out.json'), 'utf8')
  t.notMatch(written, secret)
  t.match(JSON.parse(written).manifest.command, /^CHAT_JWT_SECRET="\$CHAT_JWT_SECRET" npx shakedown conform /)
})

t.test('serve says where it is and how to mint a token for it, and SIGTERM stops it', async (t) => {
  const { child, stdout, ended } = start(['serve'])
  const [first] = await once(child.stdout, 'data')
  t.match(String(first), /^chat\.v1 reference server ready at ws:\/\/127\.0\.0\.1:\d+\/ws\n/)
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  const [, command = ''] = /shakedown (token .+)/.exec(await stdout) ?? []
  t.match(await run(command.split(' ')), { code: 0, stdout: /^[\w-]+\.[\w-]+\.[\w-]+\n$/ })
})

t.test('serve holds to the launch contract as soon as that says anything about tokens', async (t) => {
  const env = { ...process.env, CHAT_JWT_ISSUER: 'me' }
  const { code, stderr } = await run(['serve'], { env })
  t.equal(code, 2)
  t.match(stderr, /CHAT_JWT_SECRET/)
})

t.test('load and doctor exit with 6 where k6 cannot be had', async (t) => {
  const env = { PATH: '', HOME: t.testdir({}) }
  const load = await run(['load', 'quick'], { env })
  t.equal(load.code, 6)
  t.match(load.stderr, /k6 is not here.*install Go/)
  const doctor = await run(['doctor'], { env })
  t.equal(doctor.code, 6)
  t.match(doctor.stdout, /✗ k6 .*\n.*prevents: load tests/)
})
