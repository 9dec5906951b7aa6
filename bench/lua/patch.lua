-- PATCH of a random lead with a random body of the mix (bench/mix.py), whose `@@` becomes a number of its own.
package.path = debug.getinfo(1, "S").source:sub(2):match(".*/") .. "?.lua;" .. package.path
local common = require("common")
init, done = common.init, common.done

local random, bodies = math.random, common.bodies

function request()
  local body = bodies[random(#bodies)]:gsub("@@", tostring(random(10000000, 99999999)))
  return wrk.format("PATCH", common.path(), nil, body)
end
