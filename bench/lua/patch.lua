-- PATCH of 5 to 7 fields of a random lead, three kinds in turn. The values differ from the stored ones.
package.path = debug.getinfo(1, "S").source:sub(2):match(".*/") .. "?.lua;" .. package.path
local common = require("common")
init, done = common.init, common.done

local random, fill = math.random, string.format
local STAGES = { "NEW", "ACTIVE", "COMPLETE", "LOST" }
local FLAGS = { "true", "false" }
local turn = 0

local SALE = '{"status":"%s","saleValue":%d.%02d,"thermometer":"warm %d","note":"Called again, wants offer %d.",'
  .. '"callDuration":%d,"keyword":"price %d","conversionSteps":{"visited":%s}}'
local PHONE = '{"phoneNumber":"+55119%08d","status":"%s","through":"site %d","callStatus":"answered %d",'
  .. '"callId":"call-%d","utmCampaign":"spring-%d"}'
local EMAIL = '{"email":"lead.%d@example.com","saleValue":%d.%02d,"companyName":"Rocha e Filhos %d",'
  .. '"thermometer":"hot %d","aiData":{"isActive":%s}}'

function request()
  turn = turn % 3 + 1
  local n, m = random(10000000, 99999999), random(1, 99999999)
  local body
  if turn == 1 then
    body = fill(SALE, STAGES[random(4)], m % 100000, n % 100, n, m, n % 900 + 1, m, FLAGS[random(2)])
  elseif turn == 2 then
    body = fill(PHONE, n, STAGES[random(4)], m, n, m, n)
  else
    body = fill(EMAIL, n, m % 100000, n % 100, m, n, FLAGS[random(2)])
  end
  return wrk.format("PATCH", common.path(), nil, body)
end
