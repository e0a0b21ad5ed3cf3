// Requests against the endpoint, without the HTTP library: each is answered, by a status that is
// known here and by whole messages.
//
//   METHOD PATH\n  NAME: VALUE\n ...  \n  BODY
//
// The value SESSION stands for a session that has begun.
#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <iterator>
#include <string>

#include "base/json.h"
#include "front/http/endpoint.h"
#include "fuzz/check.h"
#include "mcp/tools.h"
#include "wire/sse.h"

using namespace dbops;
using namespace dbops::http;

namespace {

constexpr size_t kBodyBytesMax = 4096;
constexpr std::chrono::seconds kPatience{5};
constexpr std::array kStatuses = {200u, 202u, 204u, 400u, 401u, 403u, 404u, 405u, 406u,
                                  409u, 413u, 415u, 421u, 429u, 431u, 501u, 503u};

struct World {
  World() {
    mcp::Tool echo;
    echo.name = "echo";
    echo.title = "Echo";
    echo.description = "Says that it was called.";
    echo.run = [](mcp::Call& call, Arguments) -> mcp::ToolOutcome {
      call.progress(1, std::nullopt, "halfway");
      return mcp::ToolResult{.text = call.id()};
    };
    echo.input_schema =
        R"({"type":"object","properties":{"text":{"type":"string","x-mcp-header":"Text"}}})";
    mcp::add_tools(server, {std::move(echo)});
  }
  mcp::Server server{{.threads_max = 1, .changing = {mcp::List::tools}, .subscribing = true}};
};

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// Its views point into the input.
Request read_request(std::string_view& text, std::string_view session) {
  Request request;
  std::string_view first = take_line(text);
  request.method = first.substr(0, first.find(' '));
  request.path = first.substr(std::min(first.size(), request.method.size() + 1));
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(line.size(), colon + 1));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    request.headers.take(line.substr(0, colon), value == "SESSION" ? session : value);
  }
  return request;
}

void check_stream(Exchange& exchange) {
  SseDecoder decoder;
  std::array<char, 512> piece;
  for (ssize_t size = 0; (size = exchange.read(piece.data(), piece.size())) > 0;) {
    decoder.feed({piece.data(), static_cast<size_t>(size)});
    for (;;) {
      const auto event = decoder.next();
      check(event.has_value());
      if (!*event) break;
      check((*event)->data.empty() || parse_json((*event)->data).has_value());
    }
  }
}

void check_answer(Exchange& exchange) {
  const auto turn = exchange.settle();
  check(turn != Exchange::Turn::sleeps);
  const Response& response = exchange.response();
  check(std::find(kStatuses.begin(), kStatuses.end(), response.status) != kStatuses.end());
  if (turn == Exchange::Turn::streams) return check_stream(exchange);
  check(response.body.empty() || parse_json(response.body).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  Sessions sessions(4, 4, std::chrono::seconds(60));
  const Gate gate{Settings{}};
  Rates rates(0);
  Passes passes;
  const Endpoint endpoint(world.server, sessions, gate, passes, rates, kBodyBytesMax);
  const auto session =
      sessions.add(std::make_shared<mcp::Client>("somebody"), Sessions::Clock::now());
  check(session.has_value());

  std::string_view body = as_text(data, size);
  Request request = read_request(body, *session);
  const auto calls = std::make_shared<Gauge>();
  const auto answers = std::make_shared<Gauge>();
  const auto exchange = std::make_shared<Exchange>(nullptr, calls, answers);
  auto refused = gate.check(request);
  if (!refused) refused = endpoint.refuse_early(request);
  if (refused)
    exchange->answer(std::move(*refused));
  else
    endpoint.handle(request, body, exchange);
  // What stays open is ended as it is when the server ends.
  world.server.end_subscriptions();
  sessions.end_streams();
  check(calls->wait(Deadline::after(kPatience)));
  check_answer(*exchange);
  exchange->release();
  check(answers->count() == 0);
  return 0;
}
