// Tools: the methods tools/list and tools/call over a list of declarations.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/arguments.h"
#include "mcp/content.h"
#include "mcp/server.h"

namespace dbops::mcp {

struct ToolResult {
  std::string text = {};        // Compact, for a model.
  std::string structured = {};  // One JSON object, by the tool's output schema; empty: none.
  bool is_error = false;
  std::vector<Content> content = {};  // What follows the text, or stands alone where it is empty.
};
// What a tool answers with: a result (a failed one is a result too, so that the model reads it),
// what the client must answer first, why the request can't be worked on at all, or the work that
// goes on as a task.
struct Background;
using ToolOutcome = std::variant<ToolResult, Questions, Failure, Background>;
// REQUIRES of a tool that answers so: call.can_be_task(), and a server that has tasks.
struct Background {
  std::function<ToolOutcome(Call&)> run;  // As Tool::run, again from its beginning after questions.
};

struct Tool {
  std::string_view name;
  std::string_view title;
  std::string_view description;
  bool reads = true;          // It changes nothing.
  Tier tier = Tier::read;     // The least that a call of it needs on its connection.
  bool destroys = false;      // What it changes may be lost. Said only of one that does not read.
  bool idempotent = false;    // Twice is as once. Said only of one that does not read.
  bool may_run_long = false;  // It goes on as a task where it does and the client can have one.
  std::vector<Argument> arguments = {};
  std::string_view output_schema = {};  // One JSON object; empty: no structured result.
  std::function<ToolOutcome(Call&, Arguments)> run;
  // As Method::light, of one call's arguments. Empty: never.
  std::function<bool(const boost::json::object& arguments)> light = {};
  // One JSON object in the place of `arguments`, for what they can't say: the tool then checks
  // params.arguments itself. Empty: from `arguments`. `x-mcp-header` on a property that is reached
  // by `properties` alone has that HTTP header repeat it.
  std::string_view input_schema = {};
};

// The highest tier that a caller has anywhere.
using TopTier = std::function<Tier(const Context&)>;
// Shows the tools in this order, but for those that need more than `top`; empty: all. A call of one
// that is not shown is refused for what it needs. Names are [A-Za-z0-9_.-]{1,64} and unique.
void add_tools(Server& server, std::vector<Tool> tools, TopTier top = {});

// An error as a tool's result: {"error": {code, message, effect, retryable, hint?, native_code?,
// position?}} and the same as text.
ToolResult error_result(const Error& error);
void write_error(const Error& error, JsonWriter& out);
std::string error_text(const Error& error);
// What was asked for is not to be had here, as opposed to how it fared.
bool lies_in_request(Code code);
// An operation's error as a request's: a message for people, the error itself as its data.
Failure failure_of(const Error& error);

}  // namespace dbops::mcp
