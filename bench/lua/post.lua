-- POST of new leads: each line is a body, whose `@@` becomes a number of its own.
package.path = debug.getinfo(1, "S").source:sub(2):match(".*/") .. "?.lua;" .. package.path
local common = require("common")
init, done = common.init, common.done

function request()
  local body = common.line():gsub("@@", tostring(math.random(1, 2000000000)))
  return wrk.format("POST", common.before, nil, body)
end
