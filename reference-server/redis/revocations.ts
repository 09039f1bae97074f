/** The revocations of many nodes: asked of Redis for each token, and told to those who have connections open. */
import type * as Chat from '../../schemas/generated/chat.ts'
import type { Claims } from '../auth.ts'
import type { Revocations } from '../revocations.ts'
import { type Broker, script } from './broker.ts'

const CHANNEL = 'chat:{revocations}'
const KEYS = [`${CHANNEL}:tokens`, `${CHANNEL}:users`]

/** KEYS: the tokens by jti, and the second of the latest revocation by `sub`. ARGV: jti, sub, second; one of both is empty. */
const REVOKE = script(`
if ARGV[1] ~= '' then redis.call('SADD', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
redis.call('PUBLISH', '${CHANNEL}', ARGV[4])
`)

/** @returns whether the jti was revoked, and the second of the revocation of the `sub` */
const FIND = script(`return {redis.call('SISMEMBER', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[2])}`)

export class RedisRevocations implements Revocations {
  private readonly broker: Broker

  constructor(broker: Broker) {
    this.broker = broker
  }

  async revoke(whom: Chat.RevokeBody, now: number): Promise<void> {
    const [jti, sub] = 'jti' in whom ? [whom.jti, ''] : ['', whom.sub]
    await this.broker.run(REVOKE, KEYS, [jti, sub, Math.floor(now / 1000), JSON.stringify(whom)])
  }

  /** "With an `iat` before the second of the revocation, or with none." */
  async covers({ jti = '', sub, iat = Number.NEGATIVE_INFINITY }: Claims): Promise<boolean> {
    const [isToken, second] = (await this.broker.run(FIND, KEYS, [jti, sub])) as [number, string | null]
    return (jti !== '' && isToken === 1) || (second !== null && iat < Number(second))
  }

  async follow(told: (whom: Chat.RevokeBody) => void): Promise<void> {
    await this.broker.listen(CHANNEL, (message) => told(JSON.parse(message)))
  }
}
