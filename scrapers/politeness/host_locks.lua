-- Whose turn it is to ask a host: one request at a time in the whole cluster, and none
-- sooner than the delay after the last one ended. All on Redis' own clock, in µs.
-- KEYS[1]: hash of the host: last, holder, held_until, published, blocked_until
-- ARGV[1]: take, give_back, publish, block
-- Returns {what, µs}: go, wait (for so long, then ask again), blocked (for so long), ok.
local WEEK_MS = 7 * 24 * 3600 * 1000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local host = KEYS[1]

local function number(field)
  return tonumber(redis.call('HGET', host, field) or '0') or 0
end

local function keep(...)
  redis.call('HSET', host, ...)
  -- a block of a year outlives what else is known of the host
  local blocked_ms = math.ceil((number('blocked_until') - now) / 1000)
  redis.call('PEXPIRE', host, math.max(WEEK_MS, blocked_ms))
end

-- Lua prints large numbers as 1.7e+15 unless told not to
local function text(us)
  return string.format('%.0f', us)
end

if ARGV[1] == 'take' then
  local holder, delay, hold = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  local blocked_until = number('blocked_until')
  if blocked_until > now then
    return { 'blocked', text(blocked_until - now) }
  end
  delay = math.max(delay, number('published'))
  local held_until = number('held_until')
  if held_until > now then
    -- even if it is given back at once, the delay follows
    return { 'wait', text(math.max(1000, math.min(delay, held_until - now))) }
  end
  local due = number('last') + delay
  if due > now then
    return { 'wait', text(due - now) }
  end
  -- a holder that dies has asked by now, or never
  keep('last', text(now), 'holder', holder, 'held_until', text(now + hold))
  return { 'go', '0' }
elseif ARGV[1] == 'give_back' then
  keep('last', text(now))
  if redis.call('HGET', host, 'holder') == ARGV[2] then
    redis.call('HDEL', host, 'holder', 'held_until')
  end
elseif ARGV[1] == 'publish' then
  keep('published', text(tonumber(ARGV[2])))
elseif ARGV[1] == 'block' then
  keep('blocked_until', text(math.max(number('blocked_until'), now + tonumber(ARGV[2]))))
end
return { 'ok', '0' }
