-- Give back what is ours and tell everybody, in one message.
--
-- KEYS leases   ARGV 1 owner   2 channel

local freed = {}
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then
    redis.call('DEL', key)
    freed[#freed + 1] = key
  end
end
if #freed > 0 then redis.call('PUBLISH', ARGV[2], table.concat(freed, '\n')) end
return #freed
