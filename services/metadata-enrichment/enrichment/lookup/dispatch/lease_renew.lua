-- Prolong leases that are still ours. KEYS leases; ARGV 1 milliseconds, 2 … owners

for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[i + 1] then redis.call('PEXPIRE', key, ARGV[1]) end
end
