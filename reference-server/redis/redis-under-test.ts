/** A Redis of a test's own: a real process on a free port, which holds nothing on disk and can be killed. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0

/** Why a test that needs a Redis cannot run here; where a push is tested, it must. */
export const WITHOUT_REDIS: string | false =
  isInstalled || process.env.CI !== undefined ? false : 'redis-server is not installed'

/** The part of a test that knows its end. */
interface Test {
  teardown(action: () => unknown): void
}

export interface RedisUnderTest {
  readonly port: number
  readonly url: string
  /** The port refuses connections from here on. */
  kill(): Promise<void>
  /** Again, on the same port, and empty. */
  start(): Promise<void>
  /** It takes connections and commands, and answers none until it goes on. */
  standStill(): void
  goOn(): void
  /** What `redis-cli` prints. */
  cli(...command: string[]): Promise<string>
}

/**
 * The guard reads from a pipe whose other end only this process holds: should this end first, even by SIGKILL, so does
 * the Redis.
 */
const GUARDED = '(read -r _ <&3; kill -KILL 0) & exec "$@" 3<&-'

/** @throws where no redis-server is installed, or it does not start */
export async function startRedis(t: Test, ...options: string[]): Promise<RedisUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'shakedown-redis-'))
  const port = await freePort()
  let server: ChildProcess | undefined
  const kill = async () => {
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    process.kill(-server.pid, 'SIGKILL')
    await gone
  }
  const start = async () => {
    server = await launch(port, folder, options)
  }
  t.teardown(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    standStill: () => void server?.kill('SIGSTOP'),
    goOn: () => void server?.kill('SIGCONT'),
    cli: (...command) => cli(port, command),
  }
}

/** Three masters of a Redis Cluster, then their replicas, where there are any. */
export async function startRedisCluster(t: Test, replicas: 0 | 1 = 0): Promise<readonly RedisUnderTest[]> {
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', replicas > 0 ? '1000' : '5000']
  const nodes = await Promise.all(Array.from({ length: 3 + 3 * replicas }, () => startRedis(t, ...options)))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', `${replicas}`, '--cluster-yes']
  await promisify(execFile)('redis-cli', create)
  // Created is not yet known to all: a node serves once it has heard of all slots, and a replica once it has all data.
  for (const { cli } of nodes) while (!(await cli('cluster', 'info')).includes('cluster_state:ok'));
  for (const { cli } of nodes) while (/master_link_status:down/.test(await cli('info', 'replication')));
  return nodes
}

async function launch(port: number, folder: string, options: readonly string[]): Promise<ChildProcess> {
  const argv = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn('/bin/sh', ['-c', GUARDED, 'redis', 'redis-server', ...argv, ...options], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  await once(server, 'spawn')
  const lines: string[] = []
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    lines.push(line)
    if (line.includes('Ready to accept connections')) return drained(server)
  }
  throw new Error(`redis-server ended before it was ready:\n${lines.join('\n')}`)
}

function drained(server: ChildProcess): ChildProcess {
  server.stdout?.resume()
  return server
}

async function cli(port: number, command: readonly string[]): Promise<string> {
  return (await promisify(execFile)('redis-cli', ['-p', String(port), ...command])).stdout
}

/** One whose port for the cluster's own talk, 10000 above it, is a port too. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port <= 55_535 ? port : freePort()
}
