-- Give back what a reservation took and did not use; a second time changes nothing.
--
-- KEYS  1 reservation   2 log   3 quota   4, 5 probes
-- ARGV  1 reservation id   2 lane (m, b)   3 bucket of its turn, "" without a quota
--       4 "1" when the provider never saw the call, "0" when it refused it

if redis.call('DEL', KEYS[1]) == 0 then return 0 end
local cell = ARGV[3] .. ':' .. ARGV[2]
if ARGV[3] ~= '' and tonumber(redis.call('HGET', KEYS[3], cell) or '0') > 0 then
  redis.call('HINCRBY', KEYS[3], cell, -1)
end
-- a refusal is no spend, but it was a call: it keeps its place among the seconds
if ARGV[4] == '1' then
  redis.call('ZREM', KEYS[2], ARGV[2] .. ':' .. ARGV[1])
  for i = 4, 5 do
    if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
  end
end
return 1
