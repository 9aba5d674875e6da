-- Lease what nobody else holds. KEYS leases   ARGV 1 owner   2 milliseconds
-- Gives 1 for each that is ours, else 0.

local owned = {}
for i, key in ipairs(KEYS) do
  local is_new = redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2])
  -- whoever wrote it: a lease ends
  if redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, ARGV[2]) end
  owned[i] = (is_new or redis.call('GET', key) == ARGV[1]) and 1 or 0
end
return owned
