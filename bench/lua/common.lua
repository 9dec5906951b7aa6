-- Shared by the scripts. Arguments after `--`: the file of lines, the seed, the path with its `*`, the file of bodies
-- (empty for none), then headers.
local common = { lines = {}, bodies = {} }

function common.init(args)
  for line in io.lines(args[1]) do
    common.lines[#common.lines + 1] = line
  end
  if args[4] ~= "" then
    for line in io.lines(args[4]) do
      common.bodies[#common.bodies + 1] = line
    end
  end
  math.randomseed(tonumber(args[2]))
  common.before, common.after = args[3]:match("^([^*]*)%*?(.*)$")
  for n = 5, #args do
    local name, value = args[n]:match("^([^:]+): (.*)$")
    wrk.headers[name] = value
  end
  wrk.headers["Content-Type"] = "application/json"
end

function common.line()
  return common.lines[math.random(#common.lines)]
end

function common.path()
  return common.before .. common.line() .. common.after
end

function common.done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'bench {"requests": %d, "us": %d, "status": %d, "connect": %d, "read": %d, "write": %d, "timeout": %d, '
      .. '"p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration, errors.status, errors.connect, errors.read, errors.write, errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end

return common
