/** The revocations of many nodes: in Redis, and in every node as far as that has heard of them, for a Redis may forget. */
import type * as Chat from '../../schemas/generated/chat.ts'
import type { Claims } from '../auth.ts'
import { inTurns } from '../in-turns.ts'
import type { Revocations } from '../revocations.ts'
import { type Broker, script } from './broker.ts'

/** The second is there for a user. */
type Told = Chat.RevokeBody & { readonly second?: number }

const CHANNEL = 'chat:{revocations}'
const KEYS = [`${CHANNEL}:tokens`, `${CHANNEL}:users`]

/** KEYS: the tokens by jti, and the second of the latest revocation by `sub`. ARGV: jti, sub, second; one of both is empty. */
const ADD = `
local jti, sub, second = ARGV[1], ARGV[2], tonumber(ARGV[3])
if jti ~= '' then redis.call('SADD', KEYS[1], jti)
elseif second > tonumber(redis.call('HGET', KEYS[2], sub) or '-1') then redis.call('HSET', KEYS[2], sub, ARGV[3]) end
`
const RESTORE = script(ADD)

/** ARGV[4]: what is told. */
const REVOKE = script(`${ADD}
redis.call('PUBLISH', '${CHANNEL}', ARGV[4])
`)

/** @returns whether the jti was revoked, and the second of the revocation of the `sub` */
const FIND = script(`return {redis.call('SISMEMBER', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[2])}`)

/** @returns how many tokens and users */
const COUNT = script(`return {redis.call('SCARD', KEYS[1]), redis.call('HLEN', KEYS[2])}`)

/** @returns the tokens, and users and seconds in turn */
const ALL = script(`return {redis.call('SMEMBERS', KEYS[1]), redis.call('HGETALL', KEYS[2])}`)

export class RedisRevocations implements Revocations {
  private readonly broker: Broker
  private readonly tokens = new Set<string>()
  private readonly users = new Map<string, number>()

  constructor(broker: Broker) {
    this.broker = broker
  }

  async revoke(whom: Chat.RevokeBody, now: number): Promise<void> {
    const told: Told = 'jti' in whom ? whom : { ...whom, second: Math.floor(now / 1000) }
    await this.broker.run(REVOKE, KEYS, [...argumentsOf(told), JSON.stringify(told)])
    this.note(told)
  }

  /** "With an `iat` before the second of the revocation, or with none." */
  async covers({ jti = '', sub, iat = Number.NEGATIVE_INFINITY }: Claims): Promise<boolean> {
    const [isToken, second] = (await this.broker.run(FIND, KEYS, [jti, sub])) as [number, string | null]
    if (jti !== '' && isToken === 1) this.note({ jti })
    if (second !== null) this.note({ sub, second: Number(second) })
    return this.tokens.has(jti) || iat < (this.users.get(sub) ?? Number.NEGATIVE_INFINITY)
  }

  async follow(told: (whom: Chat.RevokeBody) => void): Promise<void> {
    await this.broker.listen(CHANNEL, (message) => {
      const { second, ...whom } = JSON.parse(message) as Told
      this.note({ ...whom, ...(second !== undefined && { second }) })
      told(whom)
    })
  }

  /**
   * Redis may have been emptied, and this node may have missed what was told: afterwards each knows all that both knew.
   * @throws Unavailable
   */
  async renew(): Promise<void> {
    const [tokens, users] = (await this.broker.run(COUNT, KEYS, [])) as [number, number]
    if (tokens === this.tokens.size && users === this.users.size) return
    const [jtis, seconds] = (await this.broker.run(ALL, KEYS, [])) as [string[], string[]]
    for (const jti of jtis) this.note({ jti })
    for (let at = 0; at < seconds.length; at += 2) {
      this.note({ sub: seconds[at] as string, second: Number(seconds[at + 1]) })
    }
    const known: Told[] = [
      ...[...this.tokens].map((jti) => ({ jti })),
      ...[...this.users].map(([sub, second]) => ({ sub, second })),
    ]
    await inTurns(known, (told) => this.broker.run(RESTORE, KEYS, argumentsOf(told)))
  }

  private note(told: Told): void {
    if ('jti' in told) this.tokens.add(told.jti)
    else this.users.set(told.sub, Math.max(told.second ?? 0, this.users.get(told.sub) ?? Number.NEGATIVE_INFINITY))
  }
}

function argumentsOf(told: Told): [jti: string, sub: string, second: number] {
  return 'jti' in told ? [told.jti, '', 0] : ['', told.sub, told.second ?? 0]
}
