-- Take a turn at one provider, or say when: bench, leases, windows, quota, in one step.
--
-- KEYS  1 state        hash: epoch, fresh_at, not_before
--       2 log          sorted set: "<m|b>:<reservation>" by its turn (m fresh, b backlog)
--       3 reservation  string: what this reservation was given, for a repeated call
--       4 quota        hash: "<bucket>:<m|b>" -> calls
--       5 bench        hash: operation ("" for all, "*" for a pause) -> JSON
--       6 probe of the whole provider    7 probe of this operation
--       8 … leases
-- ARGV  1 JSON, see `_question` in rate_budget.py
-- Gives status, wait, turn, paced_by, probe, step, epoch, remaining, owned leases …
--
-- State, log and quota have no lifetime: a Redis that is full evicts what has one.
-- Times are microseconds on Redis' own clock: nobody else's clock is asked.

local ask = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local STATE, LOG, RESERVATION, QUOTA, BENCH = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local PROBES, FIRST_LEASE = { KEYS[6], KEYS[7] }, 8
local quota = ask.quota

-- cjson and tostring keep 14 digits; microseconds of an epoch have 16
local function whole(number) return string.format('%.0f', number) end
local function stated(name) return tonumber(redis.call('HGET', STATE, name) or '0') end

-- What others have written here, and is not ours to read, counts as nothing.
local function read(text, field)
  local well, value = pcall(cjson.decode, text)
  if well and type(value) == 'table' and type(value[field]) == 'number' then
    return value
  end
end

-- A key of another type is damage: with it the budget's past is lost.
local TYPES = { 'hash', 'zset', 'string', 'hash', 'hash' }
local is_damaged = false
for i, key in ipairs(KEYS) do
  local found = redis.call('TYPE', key).ok
  if found ~= 'none' and found ~= (TYPES[i] or 'string') then
    redis.call('DEL', key)
    is_damaged = true
  end
end
if is_damaged then redis.call('DEL', STATE) end

local function hold_until(at)
  redis.call('HSET', STATE, 'not_before', whole(math.max(stated('not_before'), at)))
end

-- What a quota has counted. Buckets are forgotten whole, and late: a span never holds
-- more than its calls. Calls promised for later are in buckets to come.
local function quota_spent()
  local spent, by_backlog, buckets = 0, 0, {}
  local cells = redis.call('HGETALL', QUOTA)
  for c = 1, #cells, 2 do
    local bucket, lane = string.match(cells[c], '^(%d+):(%a)$')
    local calls, leaves = tonumber(cells[c + 1]), (bucket + 1) * quota.bucket + quota.span
    if leaves <= now then
      redis.call('HDEL', QUOTA, cells[c])
    else
      spent = spent + calls
      if lane == 'b' then by_backlog = by_backlog + calls end
      buckets[#buckets + 1] = { leaves = leaves, calls = calls }
    end
  end
  return spent, by_backlog, buckets
end

-- When enough of it has left for one call more.
local function quota_frees_at(spent, buckets)
  table.sort(buckets, function(one, other) return one.leaves < other.leaves end)
  for _, bucket in ipairs(buckets) do
    spent = spent - bucket.calls
    if spent < quota.calls then return bucket.leaves end
  end
end

local function spend(at, lane, calls)
  redis.call('HINCRBY', QUOTA, whole(math.floor(at / quota.bucket)) .. ':' .. lane, calls)
  redis.call('PERSIST', QUOTA)
end

-- A budget whose past is lost: Redis came back empty, or without its last second (an
-- append-only file is written once a second, and the turn we gave then is missing).
-- Who used it brings what is known, and one window passes before the next call.
local epoch = redis.call('HGET', STATE, 'epoch')
if not epoch then
  epoch = whole(now)
  redis.call('HSET', STATE, 'epoch', epoch)
  -- nobody who used it lives: the call ledger says what these days have seen, and each
  -- call may have been as late as its day allows
  if quota and ask.days then
    spend(now, 'm', ask.days.today)
    spend(now - ask.days.since_midnight - 1, 'm', ask.days.yesterday)
  end
end
if is_damaged then hold_until(now + ask.longest_window) end
redis.call('PERSIST', STATE)
local is_other = ask.epoch ~= '' and ask.epoch ~= epoch
local is_cut = ask.last and ask.last_turn > now - ask.longest_window
  and not redis.call('ZSCORE', LOG, ask.last)
if is_other or is_cut then
  hold_until((is_other and tonumber(epoch) or now) + ask.longest_window)
  if quota then
    local missing = ask.spent - quota_spent()
    if missing > 0 then spend(now, 'm', missing) end
  end
  return { 'epoch', 0, 0, '', 0, 0, epoch, 0 }
end

-- The same reservation again: a timed-out call that is repeated counts once.
local given = redis.call('GET', RESERVATION)
local before = given and read(given, 'probe')
if before then
  local owned = {}
  for i = FIRST_LEASE, #KEYS do
    owned[#owned + 1] = redis.call('GET', KEYS[i]) == ask.owner and 1 or 0
  end
  local turn = tonumber(before.turn)
  return { 'granted', math.max(0, turn - now), turn, before.paced_by, before.probe,
    before.step, epoch, before.remaining, unpack(owned) }
end

local step, new_leases = 0, {}
local function refused(wait, paced_by, remaining)
  for _, key in ipairs(new_leases) do redis.call('DEL', key) end
  return { 'refused', math.ceil(wait), 0, paced_by, 0, step, epoch, remaining or -1 }
end

-- Bench: nobody asks before its end, then exactly one asks first.
local probes = {}
if redis.call('HEXISTS', BENCH, '*') == 1 then
  local pause = read(redis.call('HGET', BENCH, '*'), 'step') or { ended = true }
  if not pause.ended then return refused(ask.look_again, 'pause') end
end
for i, operation in ipairs(ask.operation == '' and { '' } or { '', ask.operation }) do
  local bench = redis.call('HGET', BENCH, operation)
  if bench then
    local state = read(bench, 'until') or { step = 0, ended = true }
    step = math.max(step, state.step)
    if not state.ended then
      local left = state['until'] * 1000000 - now
      if left > 0 then return refused(left, 'bench') end
      local lasts = redis.call('PTTL', PROBES[i]) * 1000
      if lasts > 0 then return refused(math.min(lasts, ask.look_again), 'probe') end
      probes[#probes + 1] = PROBES[i]
    end
  end
end

-- Leases: a question that somebody else is asking costs no turn.
local owned, mine = {}, 0
for i = FIRST_LEASE, #KEYS do
  local is_mine = 0
  if redis.call('SET', KEYS[i], ask.owner, 'NX', 'PX', whole(ask.lease / 1000)) then
    new_leases[#new_leases + 1] = KEYS[i]
    is_mine = 1
  elseif redis.call('GET', KEYS[i]) == ask.owner then
    is_mine = 1
  elseif redis.call('PTTL', KEYS[i]) == -1 then
    -- whoever wrote it: a lease ends
    redis.call('PEXPIRE', KEYS[i], whole(ask.lease / 1000))
  end
  owned[#owned + 1] = is_mine
  mine = mine + is_mine
end
if #owned > 0 and mine == 0 then return refused(0, 'leased') end

-- The turns given away, past and to come, oldest first.
redis.call('ZREMRANGEBYSCORE', LOG, '-inf', '(' .. whole(now - ask.memory))
local log = redis.call('ZRANGE', LOG, 0, -1, 'WITHSCORES')
local turns, backlog, fresh = {}, {}, {}
for i = 1, #log, 2 do
  local turn = tonumber(log[i + 1])
  turns[#turns + 1] = turn
  local lane = string.sub(log[i], 1, 1) == 'b' and backlog or fresh
  lane[#lane + 1] = turn
end

-- The earliest turn from `at` on with no `calls + 1` turns within `span`. Holes that
-- were given back are found; turns already promised are never made invalid.
local function fit(slots, calls, span, at)
  local before = 0
  while true do
    while slots[before + 1] and slots[before + 1] <= at do before = before + 1 end
    local moved = false
    for first = math.max(1, before - calls + 1), before + 1 do
      local last = slots[first + calls - 1]
      if not last then break end
      if math.max(last, at) - math.min(slots[first], at) < span then
        -- the last of its run waits until the first has left; any other lets the
        -- whole run go ahead
        at = last <= at and slots[first] + span or last
        moved = true
        break
      end
    end
    if not moved then return at end
  end
end

local function within(slots, from)
  local count = 0
  for _, slot in ipairs(slots) do
    if slot > from then count = count + 1 end
  end
  return count
end

local is_backlog = ask.lane == 'b'
local paced_by = 'none'
local earliest = math.max(now, stated('not_before'))
if earliest > now then paced_by = 'rejoin' end

local function fit_windows(at, with_reserve)
  local tightest = false
  local settled
  repeat
    settled = at
    for _, w in ipairs(ask.windows) do
      local later = fit(turns, w.calls, w.span, at)
      if later > at then at, tightest = later, 'window' end
      if with_reserve then
        -- leave what fresh work has used of late, at most its reserve
        local used = within(fresh, now - w.backlog_span)
        local calls = w.backlog_calls - math.min(w.reserve, used)
        later = fit(backlog, calls, w.backlog_span, at)
        -- a spacing's reserved turn that is due and not asked for is lost otherwise
        if later > at and at > now + w.borrow then at, tightest = later, 'reserve' end
      end
    end
  until at == settled
  return at, tightest
end

local turn, tightest = fit_windows(earliest, is_backlog)
if tightest then paced_by = tightest end

local first = ask.windows[1]
local remaining = math.max(0, first.calls - within(turns, now - first.span))
if quota then
  local spent, by_backlog, buckets = quota_spent()
  remaining = math.max(0, quota.calls - spent)
  -- what fresh work has not asked for all through the span is lent in full
  local idle = math.min(1, math.max(0, now - stated('fresh_at')) / quota.span)
  local held = math.floor(quota.reserve * (1 - idle))
  local frees_at = spent >= quota.calls and quota_frees_at(spent, buckets)
  if is_backlog and by_backlog >= quota.calls - held then
    -- the reserve is lent bit by bit; of a quota that is spent nothing is
    local wait = math.max(quota.bucket, (frees_at or now) - now)
    return refused(wait, frees_at and 'quota' or 'reserve', remaining)
  end
  if frees_at then
    if frees_at > turn then
      turn, paced_by = fit_windows(frees_at, is_backlog), 'quota'
    end
  end
end

if turn - now > ask.max_wait then return refused(turn - now, paced_by, remaining) end

-- Granted: written down as spent; `rate_budget_return.lua` gives back.
redis.call('ZADD', LOG, whole(turn), ask.lane .. ':' .. ask.reservation)
redis.call('PERSIST', LOG)
if quota then spend(turn, ask.lane, 1) end
if not is_backlog then redis.call('HSET', STATE, 'fresh_at', whole(turn)) end
for _, key in ipairs(probes) do
  redis.call('SET', key, ask.reservation, 'PX', whole((turn - now + ask.probe) / 1000))
end
local probe = #probes > 0 and 1 or 0
remaining = math.max(0, remaining - 1)
redis.call('SET', RESERVATION, cjson.encode({
  turn = whole(turn), paced_by = paced_by, probe = probe, step = step,
  remaining = remaining,
}), 'PX', whole((turn - now + ask.settle) / 1000))
return { 'granted', turn - now, turn, paced_by, probe, step, epoch, remaining,
  unpack(owned) }
