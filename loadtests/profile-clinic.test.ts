import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findClinic, ProfileError, profiled, reportIn, TOOLS } from './profile-clinic.ts'

const quiet = { onProgress() {}, signal: new AbortController().signal }

t.test('every tool starts the server under Clinic, which asks nothing and opens nothing', async (t) => {
  const { execPath: node } = process
  for (const tool of TOOLS) {
    const { argv, env } = profiled(tool, '/clinic/bin.js', ['server.mjs', '--port'], '/there')
    t.same(argv.slice(0, 3), [node, '/clinic/bin.js', tool])
    t.same(argv.slice(argv.indexOf('--')), ['--', node, 'server.mjs', '--port'])
    t.ok(argv.includes('--open=false') && 'NO_INSIGHT' in env)
  }
})

t.test('the page is found beside what it was made of', async (t) => {
  const folder = t.testdir({ '42.clinic-doctor': {}, '42.clinic-doctor.html': '' })
  t.equal(await reportIn(folder), join(folder, '42.clinic-doctor.html'))
  t.equal(await reportIn(join(folder, '42.clinic-doctor')), undefined)
})

t.test('what cannot be installed is said, and leaves nothing half done', async (t) => {
  const cache = t.testdir()
  const bin = join(cache, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho "no network" >&2\nexit 7\n', { mode: 0o755 })
  const env = { HOME: cache, XDG_CACHE_HOME: cache, PATH: `${bin}:/usr/bin:/bin` }
  const failed = await findClinic({ env, ...quiet }).catch(Object)
  t.type(failed, ProfileError)
  t.match(failed.message, 'Clinic.js could not be installed (npm ci ended with 7): no network')
  t.same(readdirSync(join(cache, 'shakedown')), [])
})

t.test('what is installed is in one place of the cache, and is not installed again', async (t) => {
  const cache = t.testdir()
  const bin = join(cache, 'bin')
  mkdirSync(bin)
  const script = '#!/bin/sh\nmkdir -p node_modules/clinic && touch node_modules/clinic/bin.js\n'
  writeFileSync(join(bin, 'npm'), script, { mode: 0o755 })
  const env = { HOME: cache, XDG_CACHE_HOME: cache, PATH: `${bin}:/usr/bin:/bin` }
  const program = await findClinic({ env, ...quiet })
  t.ok(existsSync(program) && program.startsWith(join(cache, 'shakedown')))
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\nexit 7\n')
  t.equal(await findClinic({ env, ...quiet }), program)
})
