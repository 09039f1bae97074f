/** All that the nodes share, in Redis. */
import type { Limits } from '../../schemas/generated/tables.ts'
import type { Log } from '../log.ts'
import type { Shared } from '../world.ts'
import { Broker } from './broker.ts'
import { RedisBus } from './bus.ts'
import { RedisPresence } from './presence.ts'
import { Repeated } from './renewal.ts'
import { RedisRevocations } from './revocations.ts'
import { RedisSessions } from './sessions.ts'

/** "Entries of a dead node expire within 3 heartbeats": a lease of two, renewed and looked after every half. */
const LEASE_HEARTBEATS = 2
const RENEW_HEARTBEATS = 0.5

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
  const revocations = new RedisRevocations(broker)
  await revocations.renew()
  const renew = async () => {
    try {
      await Promise.all([revocations.renew(), presence.renew(), sessions.renew()])
    } finally {
      bus.goOn()
    }
    await bus.catchUpAll()
  }
  const renewal = new Repeated(renew, renewMs, log)
  broker.onBack(() => {
    presence.pause()
    // What is read ends connections where Redis has lost all: what they come back to is to be there by then.
    bus.hold()
    renewal.now()
  })
  const close = () => {
    renewal.stop()
    broker.close()
  }
  const lifeline = { isUp: () => broker.isUp, onBack: (action: () => void) => broker.onBack(action), close }
  return { bus, presence, sessions, revocations, broker: lifeline }
}
