/** A Redis of our own: a process on a free port, which holds all in memory and never outlives us. */
import { tmpdir } from 'node:os'
import type { Broker } from '../../schemas/target.ts'
import { REDIS, requireProgram } from '../system-programs.ts'
import { freePort } from './free-port.ts'
import { type ProcessGroup, startProcessGroup } from './process-group.ts'
import { ping, untilReady } from './readiness.ts'

export interface RedisProcess extends Broker {
  readonly port: number
}

export interface RedisOptions {
  /** A free one unless given. */
  readonly port?: number
  /** Further options of redis-server. */
  readonly argv?: readonly string[]
}

/** @throws TargetError where redis-server is not installed, or does not get ready; the signal's reason, where that aborts. */
export async function startRedisProcess(signal: AbortSignal, options: RedisOptions = {}): Promise<RedisProcess> {
  requireProgram(REDIS, 'is what the nodes share, unless --redis names one that runs')
  const port = options.port ?? (await freePort())
  const inMemory = ['--save', '', '--appendonly', 'no', '--dir', tmpdir()]
  const argv = ['redis-server', '--bind', '127.0.0.1', '--port', String(port), ...inMemory, ...(options.argv ?? [])]
  const start = async (): Promise<ProcessGroup> => {
    const group = startProcessGroup(argv, process.env)
    try {
      await untilReady(group, ping(port), signal)
    } catch (error) {
      await group.kill()
      throw error
    }
    return group
  }
  let group = await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => group.kill(),
    async start() {
      group = await start()
    },
    // The process alone: the guard of its group has to stay awake.
    standStill: () => void process.kill(group.pid, 'SIGSTOP'),
    goOn: () => void process.kill(group.pid, 'SIGCONT'),
  }
}
