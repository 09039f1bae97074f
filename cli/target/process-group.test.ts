import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startProcessGroup } from './process-group.ts'

const shell = (line: string) => ['/bin/sh', '-c', line]
const node = (script: string) => [process.execPath, '-e', script]

/** Connects to the port and stays until it is killed, whatever the signal, if it can be ignored. */
const visitor = (port: number) =>
  `process.on('SIGTERM', () => {}); require('net').connect(${port}, '127.0.0.1').on('close', () => process.exit())`

/** A port where whatever a test starts shows that it lives, and by its connection's end that it is gone. */
async function reception(t: Test) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const visit = once(server, 'connection').then(([socket]: Socket[]) => socket as Socket)
  return { port: (server.address() as AddressInfo).port, visit }
}

/** Resolves when the other side is gone; a reset says so as well as an end. */
const gone = (socket: Socket) =>
  new Promise((resolve) =>
    socket
      .on('error', () => {})
      .resume()
      .once('close', resolve),
  )

t.test('output and exit code of a command that ends by itself are kept', async (t) => {
  const group = startProcessGroup(shell('echo out; echo err >&2; exit 7'), process.env)
  t.equal(await group.ended, 'exit code 7')
  t.match(group.output(), /out\n/)
  t.match(group.output(), /err\n/)
})

t.test('only the end of a long output is kept', async (t) => {
  const group = startProcessGroup(node("process.stdout.write('x'.repeat(3e6) + 'the end')"), process.env)
  await group.ended
  t.equal(group.output().length, 1024 * 1024)
  t.ok(group.output().endsWith('xthe end'))
})

t.test('the pid is that of the command itself, not of a shell around it', async (t) => {
  const group = startProcessGroup(node('console.log(process.pid)'), process.env)
  await group.ended
  t.equal(group.output(), `${group.pid}\n`)
})

t.test('stop lets the command end in its own way', async (t) => {
  const { port, visit } = await reception(t)
  const script = `process.once('SIGTERM', () => { console.log('bye'); process.exit(0) })
    require('net').connect(${port}, '127.0.0.1')`
  const group = startProcessGroup(node(script), process.env)
  await visit
  await group.stop()
  t.equal(await group.ended, 'exit code 0')
  t.equal(group.output(), 'bye\n')
})

t.test('what a shell has started has its time to end, though the shell itself ends at once', async (t) => {
  const { port, visit } = await reception(t)
  const script = `const shell = process.ppid
    const bye = () => process.ppid === shell ? setImmediate(bye) : (console.log('bye'), process.exit(0))
    process.once('SIGTERM', bye)
    require('net').connect(${port}, '127.0.0.1')`
  const group = startProcessGroup(shell('"$0" -e "$1" & wait').concat(process.execPath, script), process.env)
  await visit
  await group.stop()
  t.equal(group.output(), 'bye\n')
})

t.test('what the command left behind in its group is gone with it', async (t) => {
  const { port, visit } = await reception(t)
  const group = startProcessGroup(shell(`"${process.execPath}" -e "${visitor(port)}" & wait`), process.env)
  const orphan = gone(await visit)
  await group.stop()
  await orphan
  t.pass('the child that ignores SIGTERM is gone')
})

t.test('nothing outlives us, even when we are killed', async (t) => {
  const { port, visit } = await reception(t)
  const module = JSON.stringify(new URL('./process-group.ts', import.meta.url).href)
  const argv = JSON.stringify(node(visitor(port)))
  const owner = spawn(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '-e'],
    `import { startProcessGroup } from ${module}; startProcessGroup(${argv}, process.env)`,
  ])
  const orphan = gone(await visit)
  owner.kill('SIGKILL')
  await orphan
  t.pass('the command is gone')
})
