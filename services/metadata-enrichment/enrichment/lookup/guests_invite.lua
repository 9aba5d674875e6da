-- Take others' questions that wait for company.
-- KEYS 1 hash: question's key -> question   ARGV 1 how many   2 … our own, not to be given
-- Gives the questions. HRANDFIELD: no order among them is worth a second structure.

if #ARGV > 1 then redis.call('HDEL', KEYS[1], unpack(ARGV, 2)) end
local most = tonumber(ARGV[1])
if most < 1 then return {} end
local taken, given = redis.call('HRANDFIELD', KEYS[1], most, 'WITHVALUES'), {}
for i = 1, #taken, 2 do
  redis.call('HDEL', KEYS[1], taken[i])
  given[#given + 1] = taken[i + 1]
end
return given
