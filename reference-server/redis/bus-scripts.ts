/**
 * What happens to one stream in one step. All its keys share a hash tag, so that Redis Cluster keeps them together:
 * the head with epoch, seq and the run of the Redis in which they began, the log of entries by their seq, and the read
 * marks by `sub`.
 */
import { script } from './broker.ts'

/** KEYS: head, log, marks. ARGV: the epoch to begin with where there is none, and for how many ms an unused stream is kept. */
const STREAM = `
local head, log, marks = KEYS[1], KEYS[2], KEYS[3]

-- "An epoch begins when a room is first used." A Redis that was started again, or a replica that was promoted, may lack
-- the last of what was acknowledged, and then would give the same numbers to others: with its run the epoch ends.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if redis.call('HGET', head, 'run') ~= run then
  redis.call('HSET', head, 'epoch', ARGV[1], 'seq', '0', 'run', run)
  redis.call('DEL', log, marks)
end
for _, key in ipairs(KEYS) do
  if key ~= KEYS[4] then redis.call('PEXPIRE', key, ARGV[2]) end
end
local epoch, seq = unpack(redis.call('HMGET', head, 'epoch', 'seq'))
`

/**
 * KEYS[4]: what was sent under this client_msg_id. ARGV: the channel, how many entries are kept, the draft, and, where
 * repeats are recognised, the digest of the content and the dedupe window in ms.
 * @returns what became of it, and the entry
 */
export const PUBLISH = script(`${STREAM}
local channel, most, draft, content, window = unpack(ARGV, 3)

if content then
  local sent = redis.call('HMGET', KEYS[4], 'epoch', 'content', 'entry')
  if sent[1] == epoch then
    if sent[2] ~= content then return {'conflict'} end
    return {'duplicate', sent[3]}
  end
end

seq = string.format('%.0f', redis.call('HINCRBY', head, 'seq', 1))
local time = redis.call('TIME')
local at = time[1] .. string.format('%03d', math.floor(time[2] / 1000))
local entry = '{"epoch":"' .. epoch .. '","seq":' .. seq .. ',"at":' .. at .. ',"draft":' .. draft .. '}'
redis.call('XADD', log, 'MAXLEN', most, seq .. '-0', 'entry', entry)
redis.call('PEXPIRE', log, ARGV[2])
if content then
  redis.call('HSET', KEYS[4], 'epoch', epoch, 'content', content, 'entry', entry)
  redis.call('PEXPIRE', KEYS[4], window)
end
redis.call('PUBLISH', channel, '{"stored":' .. entry .. '}')
return {'accepted', entry}
`)

/**
 * ARGV: XRANGE or XREVRANGE, from where to where, and how many at most.
 * @returns epoch, seq, entries
 */
export const READ = script(`${STREAM}
local entries = {}
for at, item in ipairs(redis.call(ARGV[3], log, ARGV[4], ARGV[5], 'COUNT', ARGV[6])) do entries[at] = item[2][2] end
return {epoch, seq, entries}
`)

/**
 * ARGV: the user, and the seq to move its mark to.
 * @returns 'ahead', or whether it advanced and where it is
 */
export const MARK = script(`${STREAM}
local sub, wanted = ARGV[3], tonumber(ARGV[4])
if wanted > tonumber(seq) then return {'ahead'} end
local current = redis.call('HGET', marks, sub) or '0'
if wanted <= tonumber(current) then return {'kept', current} end
redis.call('HSET', marks, sub, ARGV[4])
redis.call('PEXPIRE', marks, ARGV[2])
return {'advanced', ARGV[4]}
`)

/** ARGV: the user. */
export const MARK_OF = script(`${STREAM}
return redis.call('HGET', marks, ARGV[3])
`)

/** ARGV: the channel. The epoch given is the next one. */
export const RESET = script(`
redis.call('DEL', KEYS[1])
${STREAM}
redis.call('PUBLISH', ARGV[3], '{"reset":{"epoch":"' .. epoch .. '","seq":0}}')
`)

/** KEYS: any of the stream. ARGV: the channel, and the message. */
export const PASS = script(`redis.call('PUBLISH', ARGV[1], ARGV[2])`)
