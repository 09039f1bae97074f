import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import t, { type Test } from 'tap'
import { ServerProcesses } from './server-processes.ts'

const skip = !existsSync('/proc/self/stat') && 'needs /proc'

/** Listens, and says where; it has used a good deal of CPU time by then. */
const SERVER = `
const until = process.cpuUsage().user + 100_000
while (process.cpuUsage().user < until);
const server = require('node:net').createServer().listen(+process.argv[1], '127.0.0.1', () => console.log(server.address().port))
`

async function startServer(t: Test, port = 0): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['-e', SERVER, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [told] = await once(child.stdout, 'data')
  return { child, port: Number(told) }
}

t.test('one that takes the place of another is measured, and what that has used is kept', { skip }, async (t) => {
  const { child, port } = await startServer(t)
  const processes = new ServerProcesses(undefined, [port])
  t.same(processes.pids, [child.pid])
  const before = processes.usage()?.cpu_s ?? 0
  t.ok(before >= 0.1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal(processes.usage(), undefined, 'while nobody serves nothing is known')
  const next = await startServer(t, port)
  t.same(processes.pids, [next.child.pid])
  const { cpu_s = 0 } = processes.usage() ?? {}
  t.ok(cpu_s >= before, `${cpu_s} s after ${before} s`)
})

t.test('of a server that was started here nobody else is looked for', { skip }, async (t) => {
  const { child, port } = await startServer(t)
  const processes = new ServerProcesses(process.pid, [port])
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.same(processes.pids, [process.pid])
})
