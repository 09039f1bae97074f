import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { defaultCacheDir, findK6, isAtLeast, K6Missing, type ProvisionOptions, withHome } from './provision.ts'

/** A program that prints one line, in a folder of its own under the test's. */
async function program(folder: string, name: string, line: string, more = ''): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${more}\necho '${line}'\n`, { mode: 0o755 })
  return path
}

function finding(t: Test, env: ProvisionOptions['env'], signal = new AbortController().signal) {
  const said: string[] = []
  const cacheDir = join(t.testdirName, 'cache')
  return { said, cacheDir, k6: findK6({ env, cacheDir, onProgress: (line) => said.push(line), signal }) }
}

/** A `go` that knows its version and builds a k6 that knows its own: the last argument but one is the output. */
const GO = 'case "$1" in build) for last; do out=$before; before=$last; done; BUILD; exit;; esac'
const BUILT = GO.replace('BUILD', `printf '#!/bin/sh\\necho k6 v2.2.0 \\\\(go\\\\)\\n' > "$out"; chmod +x "$out"`)

t.test('the k6 that the environment names comes first, then that of PATH', async (t) => {
  const folder = t.testdir()
  const named = await program(join(folder, 'named'), 'mine', 'k6 v1.6.1 (go1.25, linux/amd64)')
  const inPath = await program(join(folder, 'bin'), 'k6', 'k6 v2.0.0 (commit/abc, go1.25)')
  const PATH = join(folder, 'bin')
  t.same(await finding(t, { SHAKEDOWN_K6: named, PATH }).k6, { path: named, version: '1.6.1' })
  t.same(await finding(t, { PATH }).k6, { path: inPath, version: '2.0.0' })
})

t.test('where the one that the environment names will not do, nobody looks further', async (t) => {
  const folder = t.testdir()
  const old = await program(join(folder, 'old'), 'k6', 'k6 v1.5.9 (go1.24)')
  await program(join(folder, 'bin'), 'k6', 'k6 v2.0.0')
  const PATH = join(folder, 'bin')
  for (const [named, fault] of [
    [old, /^SHAKEDOWN_K6 is \S+, which is k6 1\.5\.9, and 1\.6 is needed: set it to .* or unset it$/],
    [join(folder, 'nothing'), /^SHAKEDOWN_K6 is \S+, which is no k6 that runs here: set it/],
  ] as const)
    await t.rejects(finding(t, { SHAKEDOWN_K6: named, PATH }).k6, { name: 'K6Missing', message: fault })
})

t.test('one that is too old, or no k6 at all, is passed over with a word', async (t) => {
  const folder = t.testdir()
  const old = await program(join(folder, 'old'), 'k6', 'k6 v1.5.9 (go1.24)')
  const other = await program(join(folder, 'other'), 'k6', 'hello')
  const good = await program(join(folder, 'good'), 'k6', 'k6 v10.0.0')
  const PATH = ['old', 'other', 'good'].map((name) => join(folder, name)).join(delimiter)
  const { said, k6 } = finding(t, { PATH })
  t.same(await k6, { path: good, version: '10.0.0' })
  t.same(said, [
    `${old} is k6 1.5.9, and 1.6 is needed: looking further`,
    `${other} is no k6 that runs here: looking further`,
  ])
})

t.test('it is built once, even where two build it at the same time', async (t) => {
  const bin = join(t.testdir(), 'bin')
  await program(bin, 'go', 'go1.25.0', BUILT)
  const env = { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) }
  const both = [finding(t, env), finding(t, env)]
  const [one, other] = await Promise.all(both.map(({ k6 }) => k6))
  t.match(one, { version: '2.2.0', path: /cache\/k6-v2\.2\.0-[0-9a-f]{12}\/k6$/ })
  t.same(other, one)
  t.match(both[0]?.said, [/^building k6 v2\.2\.0 with Go, this once: 0 s/])
  const again = finding(t, { PATH: '' })
  t.same(await again.k6, one, 'and found again without Go')
  t.same(again.said, [])
  t.equal((await readdir(again.cacheDir)).length, 1, 'nothing half done is left')
})

t.test('a build that is interrupted leaves nothing behind', async (t) => {
  const bin = join(t.testdir(), 'bin')
  const interruption = new AbortController()
  await program(bin, 'go', 'go1.26.1', GO.replace('BUILD', 'exec sleep 60'))
  const env = { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) }
  const cacheDir = join(t.testdirName, 'cache')
  const onProgress = () => interruption.abort(new Error('enough'))
  await t.rejects(findK6({ env, cacheDir, onProgress, signal: interruption.signal }), { message: 'enough' })
  t.same(await readdir(cacheDir), [])
})

t.test('without Go, with an old one, or where the build fails, the message names the ways out', async (t) => {
  const folder = t.testdir()
  await program(join(folder, 'old'), 'go', 'go1.24.9')
  await program(join(folder, 'failing'), 'go', 'go1.25.0', GO.replace('BUILD', 'echo no network >&2; exit 1'))
  const waysOut = /install Go 1\.25 or later .* or install k6 1\.6 or later, or set SHAKEDOWN_K6/
  for (const [PATH, fault] of [
    ['', /neither is Go to build it/],
    [join(folder, 'old'), /is go1\.24\.9, too old to build it/],
    [join(folder, 'failing'), /could not be built \(go build ended with 1\): no network/],
  ] as const) {
    const error = await finding(t, { PATH }).k6.catch((thrown: Error) => thrown)
    t.type(error, K6Missing)
    t.match((error as Error).message, fault)
    t.match((error as Error).message, waysOut)
  }
})

t.test('the cache is where the XDG specification says', async (t) => {
  t.equal(defaultCacheDir({ XDG_CACHE_HOME: '/x', HOME: '/h' }), '/x/shakedown')
  t.equal(defaultCacheDir({ HOME: '/h' }), '/h/.cache/shakedown')
  t.throws(() => defaultCacheDir({}), {
    name: 'K6Missing',
    message: /HOME is not set and this user has none: set HOME/,
  })
})

t.test('where HOME is not set, the home that the system knows is taken, by Go too', async (t) => {
  t.same(withHome({ HOME: '/h', PATH: 'p' }), { HOME: '/h', PATH: 'p' })
  t.match(withHome({ HOME: '' }), { HOME: homedir() })
  const bin = join(t.testdir(), 'bin')
  await program(bin, 'go', 'go1.25.0', `[ -n "$HOME" ] || exit 1\n${BUILT}`)
  t.match(await finding(t, { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) }).k6, { version: '2.2.0' })
})

t.test('a cache that cannot be written, or a Go that does not run, is named', async (t) => {
  const folder = t.testdir({ cache: 'a file' })
  await program(join(folder, 'fine'), 'go', 'go1.25.0', BUILT)
  await program(join(folder, 'broken'), 'go', '', 'exit 1')
  await t.rejects(finding(t, { PATH: join(folder, 'broken') }).k6, { name: 'K6Missing', message: /go does not run/ })
  const cached = finding(t, { PATH: join(folder, 'fine') })
  await t.rejects(cached.k6, {
    name: 'K6Missing',
    message: /cannot be kept in .*set XDG_CACHE_HOME to a folder of yours/,
  })
})

t.test('versions are compared as numbers', async (t) => {
  for (const version of ['1.25', '1.25.3', '1.100', '2.0.0', '1.26rc1']) t.ok(isAtLeast(version, [1, 25]), version)
  for (const version of ['1.24.9', '1.3', '0.99', 'devel', '']) t.notOk(isAtLeast(version, [1, 25]), version)
})
