import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { PROGRAM } from './installation.ts'

/** Runs one short case as a user would. */
async function conform(args: readonly string[], cwd: string) {
  const words = [PROGRAM, 'conform', '--only', 'handshake/second', '--quiet', ...args]
  const child = spawn(process.execPath, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

const reports = (...files: string[]) => files.flatMap((file) => ['--report', file])

t.test('a report that could not be written is refused before the run', async (t) => {
  const folder = t.testdir({ 'folder.json': {} })
  const rows: [string, string, RegExp][] = [
    ['a folder', 'folder.json', /--report folder\.json cannot be written: it is a folder; give a file/],
    ['a place where nothing can be', '/proc/nope/out.json', /--report \/proc\/nope\/out\.json cannot be written/],
  ]
  for (const [sentence, file, message] of rows)
    t.match(await conform(reports(file), folder), { code: 2, stderr: message, stdout: '' }, sentence)
  const baseline = ['--baseline', 'folder.json', '--update-baseline']
  t.match(await conform(baseline, folder), { code: 2, stderr: /--baseline folder\.json/ })
})

t.test('a run that runs nothing leaves nothing behind', async (t) => {
  const folder = t.testdir({})
  t.match(await conform([...reports('new/out.json'), '--skip', 'handshake'], folder), { code: 4 })
  t.strictSame(readdirSync(folder), [])
})

t.test(
  'what cannot be written after the run costs no other report, and the summary takes its place',
  {
    skip: !existsSync('/dev/full'),
  },
  async (t: Test) => {
    const folder = t.testdir({ 'full.json': t.fixture('symlink', '/dev/full') })
    const { code, stdout, stderr } = await conform(reports('full.json', 'new/out.json'), folder)
    t.equal(code, 6)
    t.equal(stderr, 'shakedown: --report full.json could not be written: ENOSPC: no space left on device, write\n')
    t.match(stdout, /passed/)
    t.match(JSON.parse(readFileSync(join(folder, 'new/out.json'), 'utf8')), { partial: false })
  },
)
