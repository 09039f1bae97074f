/**
 * Who is in one room, in one step. A presence is a lease: its node renews it, and where nobody does it lapses. Of a room
 * its keys share a hash tag; what is known of a user in all rooms has one of its own.
 */
import { script } from './broker.ts'

/** For how long Redis remembers a room in which nothing is renewed: an outage that is no longer moves nobody. */
const KEPT_MS = 3_600_000

/**
 * KEYS: by `sub` the user, until when it is present (ms), its status, its connections with the end of their leases, and
 * the rev of its latest event, in which '' has that of the room's; and since when Redis knows of the room (ms).
 * ARGV: the room's channel, and the room.
 */
const ROOM = `
local users, untils, statuses, connections, revs, born = unpack(KEYS)
local channel, room = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Grows over a loss of all data too, for then it begins with the clock, in microseconds.
local function next_rev(sub)
  local last = tonumber(redis.call('HGET', revs, '') or '0')
  local rev = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
  redis.call('HSET', revs, '', rev, sub, rev)
  return rev
end

local function tell(event, sub, cause)
  local rev = next_rev(sub)
  local payload = '{"room":"' .. room .. '","user":' .. redis.call('HGET', users, sub) .. ',"status":"'
    .. redis.call('HGET', statuses, sub) .. '","rev":' .. rev .. ',"event":"' .. event .. '"}'
  local passing = '{"event":{"type":"presence","payload":' .. payload .. '}' .. (cause and ',"cause":"' .. cause .. '"' or '') .. '}'
  redis.call('PUBLISH', channel, '{"passing":' .. passing .. '}')
end

local function leave(sub)
  tell('leave', sub)
  for _, key in ipairs({users, statuses, connections, revs}) do redis.call('HDEL', key, sub) end
  redis.call('ZREM', untils, sub)
end

local function connections_of(sub)
  local open = cjson.decode(redis.call('HGET', connections, sub) or '{}')
  for connection, lapse in pairs(open) do
    if lapse < now - ${KEPT_MS} then open[connection] = nil end
  end
  return open
end

-- A lease that lapsed ends nothing by itself: while the broker is away nobody can renew any.
local function keep(sub, open, present_until)
  redis.call('HSET', connections, sub, cjson.encode(open))
  redis.call('ZADD', untils, present_until, sub)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ${KEPT_MS}) end
end
`

/**
 * ARGV: the user's id, the user, the status, the connection, lease and grace in ms, and 1 where it is a renewal. A room
 * that is younger than a lease was lost before: those who are renewed there have been there all the time.
 * @returns when that was (ms)
 */
export const ENTER = script(`${ROOM}
local sub, user, status, connection, lease, grace, is_renewal = unpack(ARGV, 3)
redis.call('SET', born, now, 'NX')
local quiet = is_renewal == '1' and now - redis.call('GET', born) < tonumber(lease)
local is_new = redis.call('HSET', users, sub, user) == 1
redis.call('HSETNX', statuses, sub, status)
local open = connections_of(sub)
open[connection] = now + lease
keep(sub, open, now + lease + grace)
if is_new and quiet then next_rev(sub) end
if is_new and not quiet then tell('join', sub, connection) end
return now
`)

/**
 * ARGV: the user's id, the connection, grace in ms, `left` or `lost`, and when (ms) a lease that had lapsed by then said
 * that its node was gone.
 * @returns until when the user is present; 1 where it has left, 0 where the connection was not there
 */
export const EXIT = script(`${ROOM}
local sub, connection, grace, how, as_of = unpack(ARGV, 3)
local open = connections_of(sub)
if open[connection] == nil then return 0 end
open[connection] = nil
local last = now
for other, lapse in pairs(open) do
  if lapse <= tonumber(as_of) then open[other] = nil else last = math.max(last, lapse) end
end
if next(open) == nil and how == 'left' then
  leave(sub)
  return 1
end
keep(sub, open, last + grace)
return last + grace
`)

/**
 * ARGV: when (ms) leases were renewed by those who could, for a command may be done late; and the user's id, or none for
 * everybody.
 * @returns who has left, since nobody had renewed the presence by then
 */
export const LAPSE = script(`${ROOM}
local as_of, only, left = math.min(now, tonumber(ARGV[3])), ARGV[4], {}
for _, sub in ipairs(redis.call('ZRANGEBYSCORE', untils, '-inf', as_of)) do
  if only == nil or only == sub then
    leave(sub)
    table.insert(left, sub)
  end
end
return left
`)

/** ARGV: the user's id, and its new status. */
export const UPDATE = script(`${ROOM}
local sub, status = ARGV[3], ARGV[4]
if redis.call('HEXISTS', users, sub) == 0 or redis.call('HGET', statuses, sub) == status then return end
redis.call('HSET', statuses, sub, status)
tell('update', sub)
`)

/** ARGV: how many at most. @returns how many there are, the room's rev, and of each user: who, status and rev */
export const LIST = script(`${ROOM}
local listed = {}
for _, sub in ipairs(redis.call('ZRANGE', untils, 0, ARGV[3] - 1)) do
  table.insert(listed, {redis.call('HGET', users, sub), redis.call('HGET', statuses, sub), redis.call('HGET', revs, sub)})
end
return {redis.call('ZCARD', untils), redis.call('HGET', revs, '') or '0', listed}
`)

/** KEYS: of one user, by room until when it is there (ms), in which '' has the status. No room has an empty name. */
const PERSON = `
local person = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rooms = {}
local entries = redis.call('HGETALL', person)
for at = 1, #entries, 2 do
  local room, there_until = entries[at], tonumber(entries[at + 1])
  if room ~= '' and there_until > now then table.insert(rooms, room) end
  if room ~= '' and there_until <= now then redis.call('HDEL', person, room) end
end
if #rooms == 0 then redis.call('DEL', person) end
`

/** ARGV: the room, the status to begin with, and for how many ms. @returns the status. */
export const BE_IN = script(`${PERSON}
redis.call('HSETNX', person, '', ARGV[2])
redis.call('HSET', person, ARGV[1], now + ARGV[3])
redis.call('PEXPIRE', person, ARGV[3])
return redis.call('HGET', person, '')
`)

/** ARGV: the room. */
export const BE_OUT = script(`${PERSON}
redis.call('HDEL', person, ARGV[1])
if #rooms == 0 or (#rooms == 1 and rooms[1] == ARGV[1]) then redis.call('DEL', person) end
`)

/** @returns the status, where the user is in any room. */
export const STATUS_OF = script(`${PERSON}
return redis.call('HGET', person, '')
`)

/** ARGV: the new status. @returns the former one and the rooms, where there is any. */
export const SET_STATUS = script(`${PERSON}
if #rooms == 0 then return nil end
local former = redis.call('HGET', person, '')
redis.call('HSET', person, '', ARGV[1])
return {former, rooms}
`)
