-- GET of a path.
package.path = debug.getinfo(1, "S").source:sub(2):match(".*/") .. "?.lua;" .. package.path
local common = require("common")
init, done = common.init, common.done

function request()
  return wrk.format("GET", common.path())
end
