-- PATCH as in patch.lua, each with an Idempotency-Key of its own, as long as a UUID.
dofile(debug.getinfo(1, "S").source:sub(2):match(".*/") .. "patch.lua")

local begin, plain = init, request
local prefix, count = "", 0

function init(args)
  begin(args)
  prefix = string.format("%08x-0000-4000-8000-", tonumber(args[2]))
end

function request()
  count = count + 1
  wrk.headers["Idempotency-Key"] = string.format("%s%012x", prefix, count)
  return plain()
end
