#include "mcp/confirm.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"
#include "base/time.h"
#include "base/value_text.h"
#include "ops/confirmations.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr std::string_view kKey = "confirm";  // of the question, and of its one field
constexpr size_t kActionBytes = 1000;         // of the statement that the person is shown
constexpr size_t kValueBytes = 200;           // of a value, and of its name, that they are shown
constexpr size_t kParametersShown = 20;
constexpr size_t kParametersBytes = 2000;  // of all of them; what goes beyond it is the last

// Without control characters, and with its size where it is cut.
std::string shown(std::string_view text, size_t bytes_max) {
  std::string out = escape_control(shorten(text, bytes_max));
  if (text.size() > bytes_max)
    out += " (" + format_count(static_cast<int64_t>(text.size())) + " bytes)";
  return out;
}

// As JSON writes it, but numbers and documents as they stand.
std::string shown(const Value& value) {
  std::string text;
  if (value.kind() == Kind::integer || value.kind() == Kind::decimal || value.kind() == Kind::json)
    append_text(text, value);
  else
    JsonWriter(text).value(value);
  return shown(text, kValueBytes);
}

std::string describe(const Action& action) {
  std::string text = shown(action.text, kActionBytes) + "\n";
  for (const std::string& parameter : action.parameters) text += parameter + "\n";
  return text;
}

std::string list_dangers(const ops::Confirmation& confirmation) {
  std::string text;
  for (const std::string& danger : confirmation.dangers) text += "- " + danger + "\n";
  return text;
}

// A form with one yes or no (basic/patterns/mrtr, client/elicitation).
std::string form(const Call& call, const std::string& message) {
  std::string params;
  JsonWriter writer(params);
  writer.begin_object();
  if (has_elicitation_mode(call.revision())) writer.member("mode", "form");
  writer.member("message", message);
  writer.key("requestedSchema").begin_object().member("type", "object");
  writer.key("properties").begin_object().key(kKey).begin_object();
  writer.member("type", "boolean").member("title", "Run it");
  writer.member("description", "Yes runs it now. Nothing has been changed yet.").end_object();
  writer.end_object().key("required").begin_array().string(kKey).end_array();
  writer.end_object().end_object();
  return params;
}

ToolResult two_steps(std::string_view tool, const Action& action,
                     const ops::Confirmation& confirmation) {
  const std::string life = format_duration(confirmation.life);
  const Error error{
      .code = Code::confirmation_required,
      .message = "a person must confirm this first; nothing was done",
      .hint = "show this to the person; only if they agree, call " + std::string(tool) +
              " again with the same arguments and confirm set to the token, within " + life};
  ToolResult result{.text = {}, .structured = {}, .is_error = true};
  result.text = error_text(error) + "\nwould run:\n" + describe(action) + "dangers:\n" +
                list_dangers(confirmation) + "token: " + confirmation.token;
  JsonWriter writer(result.structured);
  writer.begin_object().key("error");
  write_error(error, writer);
  writer.key("confirmation").begin_object().member("token", confirmation.token);
  writer.member("action", shown(action.text, kActionBytes)).key("parameters").begin_array();
  for (const std::string& parameter : action.parameters) writer.string(parameter);
  writer.end_array();
  writer.key("dangers").begin_array();
  for (const std::string& danger : confirmation.dangers) writer.string(danger);
  writer.end_array().member("expires_in_s", int64_t{confirmation.life.count()});
  writer.end_object().end_object();
  return result;
}

}  // namespace

Consent consent(const Call& call) {
  // Without our own state an answer is one to a question that was never asked.
  const json::object* answer = call.state().empty() ? nullptr : call.answer(kKey);
  if (answer == nullptr) return Consent::not_asked;
  const json::string* action = text_member(*answer, "action");
  const json::object* content = object_member(*answer, "content");
  if (action == nullptr || *action != "accept" || content == nullptr) return Consent::refused;
  const json::value* yes = member(*content, kKey);
  return yes != nullptr && yes->is_bool() && yes->get_bool() ? Consent::given : Consent::refused;
}

std::vector<std::string> show_parameters(const Parameters& parameters) {
  std::vector<std::string> lines;
  size_t bytes = 0;
  for (const auto& [name, value] : parameters.items) {
    if (lines.size() == kParametersShown || bytes >= kParametersBytes) {
      const auto left = static_cast<int64_t>(parameters.size() - lines.size());
      lines.push_back("... and " + format_count(left) + " more");
      return lines;
    }
    const std::string place =
        name.empty() ? std::to_string(lines.size() + 1) : shown(name, kValueBytes);
    lines.push_back("parameter " + place + " = " + shown(value));
    bytes += lines.back().size();
  }
  return lines;
}

ToolOutcome ask_consent(const Call& call, std::string_view tool, const Action& action,
                        const ops::Confirmation& confirmation) {
  if (!call.can_elicit()) return two_steps(tool, action, confirmation);
  const std::string message = "Run this?\n" + describe(action) + list_dangers(confirmation);
  Question question{
      .key = std::string(kKey), .method = "elicitation/create", .params = form(call, message)};
  return Questions{.items = {std::move(question)}, .state = confirmation.token};
}

ToolResult refused_result(ops::Workspace& workspace, const Call& call) {
  Error error{.code = Code::cancelled,
              .message = "the person did not agree; nothing was done",
              .hint = "ask them what they want instead; do not try again unasked"};
  const auto declined = workspace.confirmations().decline(call.state(), call.context().principal);
  if (!declined)
    error.message +=
        ", but that could not be noted, and the question still stands: " + declined.error().message;
  return error_result(error);
}

}  // namespace dbops::mcp
