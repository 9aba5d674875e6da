-- Replace the bench of one operation if nobody else did since it was read.
--
-- KEYS  1 bench   2 probe of the operation: whatever happened, it is over
-- ARGV  1 operation   2 JSON as read, "" for none   3 JSON to be written

local current = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if current ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('DEL', KEYS[2])
return 1
