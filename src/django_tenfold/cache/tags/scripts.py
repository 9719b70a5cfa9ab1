"""What Redis does in one step with tags.

A tag's key holds its version, "<incarnation>.<number>", or while writers are at it "!" and their tokens,
"<deadline in ms>.<random>" each. The clock's key holds "<incarnation>.<number>" too: the number of the newest
version. A number is never given twice in an incarnation, and an incarnation is random: a version that was lost
never comes back.
"""

from __future__ import annotations

ENSURE = """
local clock = redis.call('GET', KEYS[1])
if not clock then clock = ARGV[1] .. '.0' end
local dot = string.find(clock, '.', 1, true)
local incarnation, number = string.sub(clock, 1, dot - 1), tonumber(string.sub(clock, dot + 1))
local told = {}
for i = 2, #KEYS do
    local version = redis.call('GET', KEYS[i])
    if not version or (string.sub(version, 1, 1) ~= '!'
                       and string.sub(version, 1, #incarnation + 1) ~= incarnation .. '.') then
        number = number + 1
        version = incarnation .. '.' .. string.format('%.0f', number)
        redis.call('SET', KEYS[i], version, 'PX', ARGV[2])
    end
    told[i] = version
end
told[1] = incarnation .. '.' .. string.format('%.0f', number)
redis.call('SET', KEYS[1], told[1])
return told
"""
"""KEYS: clock, tags. ARGV: random, ms that a version lasts. Gives every tag a version; returns all, the clock first."""

_TIME = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function writers(held, mine)
    local kept, last = {}, 0
    if held and string.sub(held, 1, 1) == '!' then
        for token in string.gmatch(held, '[^!,]+') do
            local deadline = tonumber(string.match(token, '^%d+'))
            if deadline > now and string.match(token, '%.(.+)$') ~= mine then
                kept[#kept + 1] = token
                last = math.max(last, deadline)
            end
        end
    end
    return kept, last
end
local function close(key, kept, last)
    redis.call('SET', key, '!' .. table.concat(kept, ','), 'PX', string.format('%.0f', last - now))
end
"""
MARK = (
    _TIME
    + """
for i = 1, #KEYS do
    local kept, last = writers(redis.call('GET', KEYS[i]), ARGV[1])
    local deadline = now + ARGV[2]
    kept[#kept + 1] = string.format('%.0f', deadline) .. '.' .. ARGV[1]
    close(KEYS[i], kept, math.max(last, deadline))
end
return #KEYS
"""
)
"""KEYS: tags. ARGV: a writer's token, ms. Closes the tags: nothing cached under them is valid, nothing is kept."""

RELEASE = (
    _TIME
    + """
for i = 1, #KEYS do
    local kept, last = writers(redis.call('GET', KEYS[i]), ARGV[1])
    if tonumber(ARGV[2]) > 0 then
        local deadline = now + ARGV[2]
        kept[#kept + 1] = string.format('%.0f', deadline) .. '.' .. ARGV[1] .. '-'
        last = math.max(last, deadline)
    end
    if #kept > 0 then close(KEYS[i], kept, last) else redis.call('DEL', KEYS[i]) end
end
return #KEYS
"""
)
"""KEYS: tags. ARGV: the writer's token, ms that they stay closed. Without other writers the next reader gives a
new version."""

FREE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
"""KEYS: a lock. ARGV: its holder."""

ADOPT = """
local clock = redis.call('GET', KEYS[1])
local ending = '-' .. ARGV[1] .. '.'
if not clock or not string.find(clock, ending, 1, true) then
    redis.call('SET', KEYS[1], ARGV[2] .. ending .. '0')
end
return 1
"""
"""KEYS: clock. ARGV: the run of the server that answers, random. Another run may have come back with a snapshot
from before the last changes: a new incarnation begins, and all that is older is void."""
