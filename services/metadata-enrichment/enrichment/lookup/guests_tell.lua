-- Tell how much lies ahead of this worker's questions, with the time on Redis' clock.
-- KEYS 1 hash: worker -> "<questions>:<time>"   ARGV 1 worker   2 questions   3 kept, ms

local clock = redis.call('TIME')
local now = string.format('%.0f', tonumber(clock[1]) * 1000000 + tonumber(clock[2]))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. now)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
