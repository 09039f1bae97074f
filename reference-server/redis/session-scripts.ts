/** What happens to one session in one step. Its holder is a node and a connection, or nobody. */
import { script } from './broker.ts'

/** KEYS: the session. */
const SESSION = `
local session = KEYS[1]
local time = redis.call('TIME')
-- In microseconds, so that what was asked later is told apart.
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local sub, holder = unpack(redis.call('HMGET', session, 'sub', 'holder'))
`

/**
 * ARGV: the user, the holder, the state, and for how many ms it is kept. It is made anew where Redis has lost it.
 * @returns whether the holder has it
 */
export const SAVE = script(`${SESSION}
if sub and (sub ~= ARGV[1] or holder ~= ARGV[2]) then return 0 end
redis.call('HSET', session, 'sub', ARGV[1], 'holder', ARGV[2], 'state', ARGV[3])
redis.call('HSETNX', session, 'since', now)
redis.call('PEXPIRE', session, ARGV[4])
return 1
`)

/**
 * ARGV: the user, the holder, and for how many ms it is kept.
 * @returns the state, the former holder, and since when that had it
 */
export const RESUME = script(`${SESSION}
if sub ~= ARGV[1] then return nil end
local state, since = unpack(redis.call('HMGET', session, 'state', 'since'))
redis.call('HSET', session, 'holder', ARGV[2], 'since', now)
redis.call('PEXPIRE', session, ARGV[3])
return {state, holder, since}
`)

/** ARGV: the holder, and for how many ms it is kept. */
export const RELEASE = script(`${SESSION}
if holder ~= ARGV[1] then return end
redis.call('HSET', session, 'holder', '')
redis.call('PEXPIRE', session, ARGV[2])
`)

/** ARGV: the holder. */
export const END = script(`${SESSION}
if holder == ARGV[1] then redis.call('DEL', session) end
`)

/** ARGV: the channel of the node that has lost a session, and what it is told. */
export const TELL = script(`redis.call('PUBLISH', ARGV[1], ARGV[2])`)

/** KEYS: what was last revoked of a user or a token. ARGV: for how many ms that is of interest. */
export const REVOKE_SESSIONS = script(`
local time = redis.call('TIME')
redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000000 + time[2]), 'PX', ARGV[1])
`)

/** KEYS: as above. @returns when it was revoked. */
export const REVOKED_AT = script(`return redis.call('GET', KEYS[1])`)
