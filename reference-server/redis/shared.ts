/** All that the nodes share, in Redis. */
import { randomBytes } from 'node:crypto'
import type { Limits } from '../../schemas/generated/tables.ts'
import type { Log } from '../log.ts'
import type { Shared } from '../world.ts'
import { Broker, script } from './broker.ts'
import { RedisBus } from './bus.ts'
import { RedisPresence } from './presence.ts'
import { Repeated } from './renewal.ts'
import { RedisRevocations } from './revocations.ts'
import { RedisSessions } from './sessions.ts'

/** "Entries of a dead node expire within 3 heartbeats": a lease of two, renewed and looked after every half. */
const LEASE_HEARTBEATS = 2
const RENEW_HEARTBEATS = 0.5

/** KEYS: the mark that a Redis bears as long as it keeps what it was told. @returns it, ARGV[1] where there was none. */
const MEMORY = script(`
redis.call('SETNX', KEYS[1], ARGV[1])
return redis.call('GET', KEYS[1])
`)

/**
 * @param url of the Redis, or of any node of a Redis Cluster
 * @throws Unavailable where nobody answers there
 */
export async function shareByRedis(url: string, limits: Limits, log: Log): Promise<Shared> {
  const broker = await Broker.connect(url, log)
  const leaseMs = LEASE_HEARTBEATS * limits.heartbeat_interval_ms
  const renewMs = RENEW_HEARTBEATS * limits.heartbeat_interval_ms
  const bus = new RedisBus(broker, limits, renewMs)
  const presence = new RedisPresence(broker, { graceMs: limits.presence_grace_ms, leaseMs })
  const sessions = new RedisSessions(broker, { windowMs: limits.resume_window_ms, leaseMs })
  await sessions.listen()
  const readMemory = async () => (await broker.run(MEMORY, ['chat:{memory}'], [newMark()])) as string
  let memory = await readMemory()

  /** After a loss it is done whole, or once more: only then the new mark counts. */
  const renew = async () => {
    const found = await readMemory()
    await presence.renew(found !== memory)
    await sessions.renew()
    // Last, for it may end connections: what they come back to is there by then.
    await bus.catchUpAll()
    memory = found
  }
  const renewal = new Repeated(renew, renewMs, log)
  broker.onBack(() => {
    presence.pause()
    renewal.now()
  })
  const close = () => {
    renewal.stop()
    broker.close()
  }
  const lifeline = { isUp: () => broker.isUp, onBack: (action: () => void) => broker.onBack(action), close }
  return { bus, presence, sessions, revocations: new RedisRevocations(broker), broker: lifeline }
}

function newMark(): string {
  return randomBytes(9).toString('base64url')
}
