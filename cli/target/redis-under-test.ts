/** A Redis of a test's own: a real process on a free port, which holds nothing on disk and can be killed. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { REDIS, versionOf } from '../system-programs.ts'
import { freePort, isFree } from './free-port.ts'
import { type RedisProcess, startRedisProcess } from './redis-process.ts'

/** Why a test that needs a Redis cannot run here; where a push is tested, it must. */
export const WITHOUT_REDIS: string | false =
  versionOf(REDIS) !== undefined || process.env.CI !== undefined ? false : 'redis-server is not installed'

/** The part of a test that knows its end. */
interface Test {
  teardown(action: () => unknown): void
}

export interface RedisUnderTest extends RedisProcess {
  /** What `redis-cli` prints. */
  cli(...command: string[]): Promise<string>
}

const never = new AbortController().signal

/** @throws where no redis-server is installed, or it does not start */
export async function startRedis(t: Test, ...options: string[]): Promise<RedisUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'shakedown-redis-'))
  const port = await clusterPort()
  const redis = await startRedisProcess(never, { port, argv: ['--dir', folder, ...options] })
  t.teardown(async () => {
    await redis.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  return { ...redis, cli: (...command) => cli(port, command) }
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

async function cli(port: number, command: readonly string[]): Promise<string> {
  return (await promisify(execFile)('redis-cli', ['-p', String(port), ...command])).stdout
}

/** One whose port for the cluster's own talk, 10000 above it, is none of outgoing connections either, see free-port.ts. */
async function clusterPort(): Promise<number> {
  const port = await freePort()
  return port < 22_768 && (await isFree(port + 10_000)) ? port : clusterPort()
}
