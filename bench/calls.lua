-- For wrk: clients that each read one row by its key through an MCP server's tools/call.
--     wrk ... -s calls.lua URL -- SPECIFICATION
-- Each thread of wrk must have one connection: it is one client. The specification is a Lua file (see calls.py) that returns
-- {keep = whether a session lasts, tool = name, arguments = function(id) -> JSON, keys = number of rows, holds = function(id) -> text}.
local threads = {}
local path = wrk.path

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  spec = dofile(args[1])
  math.randomseed(number * 7919 + 17)
  calls, failures, stage, session, message, key = 0, 0, "initialize", nil, 0, 0
  last = ""
end

local function post(body)
  local headers = {["Content-Type"] = "application/json", ["Accept"] = "application/json, text/event-stream"}
  if session then headers["Mcp-Session-Id"] = session end
  if stage ~= "initialize" then headers["MCP-Protocol-Version"] = "2025-06-18" end
  return wrk.format("POST", path, headers, body)
end

function request()
  message = message + 1
  if stage == "initialize" then
    session = nil
    return post('{"jsonrpc":"2.0","id":' .. message .. ',"method":"initialize","params":{"protocolVersion":"2025-06-18",' ..
                '"capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}')
  elseif stage == "initialized" then
    return post('{"jsonrpc":"2.0","method":"notifications/initialized"}')
  elseif stage == "end" then
    return wrk.format("DELETE", path, {["Mcp-Session-Id"] = session}, nil)
  end
  key = math.random(spec.keys)
  return post('{"jsonrpc":"2.0","id":' .. message .. ',"method":"tools/call","params":{"name":"' .. spec.tool ..
              '","arguments":' .. spec.arguments(key) .. '}}')
end

function response(status, headers, body)
  if stage == "initialize" then
    for name, value in pairs(headers) do
      if name:lower() == "mcp-session-id" then session = value end
    end
    if status ~= 200 then failures, last = failures + 1, body end
    stage = "initialized"
  elseif stage == "initialized" then
    stage = "call"
  elseif stage == "call" then
    calls = calls + 1
    if status ~= 200 or not body:find(spec.holds(key), 1, true) then failures, last = failures + 1, body end
    if not spec.keep then stage = session and "end" or "initialize" end
  else
    stage = "initialize"
  end
end

function done(summary, latency)
  local all, failed, example = 0, 0, ""
  for _, thread in ipairs(threads) do
    all, failed = all + thread:get("calls"), failed + thread:get("failures")
    if thread:get("failures") > 0 then example = thread:get("last") end
  end
  local sockets = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %.0f\n", all, failed, sockets, summary.duration, latency:percentile(99)))
  if failed > 0 then io.write("EXAMPLE " .. example:sub(1, 500) .. "\n") end
end
