-- May a call that is not full go? If so, take its questions and lease them, in one step.
--
-- KEYS  1 questions of our lane      hash: digest -> question
--       2 since when they wait       sorted set: digest by time
--       3 what lies ahead of them    hash: worker -> "<questions>:<time>"
--       4, 5 as 1, 2 of the other lane, whose questions may fill our call; or none
-- ARGV  1 JSON, see `look` in guests.py
-- Gives the digests of ours that somebody has taken, and the questions that we took.
--
-- One script decides for all workers: two that find the same few questions waiting would
-- make two calls of them. Times are microseconds on Redis' own clock.

local ask = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

local gone = {}
for _, digest in ipairs(ask.ours) do
  if not redis.call('ZSCORE', KEYS[2], digest) then gone[#gone + 1] = digest end
end

local function ahead()
  local sum, told = 0, redis.call('HGETALL', KEYS[3])
  for i = 1, #told, 2 do
    local questions, at = string.match(told[i + 1], '^(%d+):(%d+)$')
    if now - tonumber(at) > ask.believed then
      redis.call('HDEL', KEYS[3], told[i])
    else
      sum = sum + tonumber(questions)
    end
  end
  return sum
end

local function since(place)
  return tonumber(redis.call('ZRANGE', KEYS[2], place, place, 'WITHSCORES')[2])
end

local function may_go()
  local waiting = redis.call('ZCARD', KEYS[2])
  if waiting == 0 or waiting >= ask.size then return waiting > 0 end
  local waited, questions = now - since(0), ahead()
  if questions >= ask.enough then
    return waited >= math.min(questions * ask.pace, ask.longest)
  end
  return now - since(-1) >= ask.quiet or waited >= ask.linger
end

local taken = {}
if may_go() then
  for lane = 1, #KEYS, 3 do
    while #taken < ask.size do
      local first = redis.call('ZPOPMIN', KEYS[lane + 1])[1]
      if not first then break end
      local question = redis.call('HGET', KEYS[lane], first)
      redis.call('HDEL', KEYS[lane], first)
      -- what is being asked already is left out: whoever offered it sees it gone
      if question and redis.call('SET', ask.lease_prefix .. first, ask.owner,
          'NX', 'PX', ask.lease) then
        taken[#taken + 1] = question
      end
    end
  end
end
return { gone, taken }
