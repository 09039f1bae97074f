import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { PROGRAM } from './installation.ts'
import { startRedis, WITHOUT_REDIS } from './target/redis-under-test.ts'

/** Where a node on a broker does anything else than a node alone. */
const SECTIONS = [
  ...['subscription', 'delivery', 'dedupe', 'history', 'resume', 'session', 'presence'],
  ...['ephemeral', 'read', 'notifications', 'revocation', 'refresh'],
]

t.test(
  'a node on Redis keeps the rules of the chat pack like one that is alone',
  { skip: WITHOUT_REDIS },
  async (t) => {
    const { url } = await startRedis(t)
    const target = join(t.testdir(), 'target.json')
    const exec = `exec ${process.execPath} ${PROGRAM} serve --redis ${url}`
    writeFileSync(target, JSON.stringify({ exec, capabilities: { control: true, deflate: true, cluster: true } }))
    const only = SECTIONS.flatMap((section) => ['--only', section])
    const argv = [PROGRAM, 'conform', '--quiet', '--pack', 'chat', '--target', target, ...only]
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [[code], said] = await Promise.all([once(child, 'close'), text(child.stdout)])
    t.equal(code, 0, said)
    t.match(said, / [1-9]\d+ passed/)
    t.notMatch(said, /failed|skipped/, said)
  },
)
