// Tools whose work goes on as a task.
#include <chrono>

#include "conformance/fixture.h"

namespace dbops::conformance {
namespace {

using mcp::Background;
using mcp::Call;
using mcp::ToolOutcome;
using mcp::ToolResult;

constexpr std::string_view kConfirm =
    R"({"type":"object","properties":{"confirm":{"type":"boolean"}},"required":["confirm"]})";
constexpr std::string_view kName =
    R"({"type":"object","properties":{"name":{"type":"string"}},"required":["name"]})";
constexpr std::chrono::seconds kJob{1};  // a job that fails takes this long

// False: it was cancelled meanwhile.
bool wait(const Call& call, std::chrono::milliseconds span) {
  Context context = call.context();
  context.deadline = Deadline::after(span);
  static_cast<void>(context.wait(-1, 0));
  return !call.context().cancel.requested();
}

ToolOutcome slow_compute(const Call& call, const Arguments& given) {
  const std::chrono::seconds span(given.integer("seconds").value_or(0));
  const auto work = [span, label = given.text("label")](const Call& own) -> ToolOutcome {
    wait(own, span);
    return ToolResult{.text = "computed " + label};
  };
  if (span.count() == 0 || !call.can_be_task()) return work(call);
  return Background{work};
}

// What can only be done as a task.
ToolOutcome only_task(const Call& call, std::function<ToolOutcome(Call&)> work) {
  if (!call.can_be_task()) return mcp::missing_extension(mcp::kTasksExtension);
  return Background{std::move(work)};
}

ToolOutcome failing_job(Call& own) {
  wait(own, kJob);
  return ToolResult{.text = "the job failed", .is_error = true};
}

ToolOutcome confirm_delete(Call& own, const std::string& file) {
  if (own.answer("confirm") == nullptr)
    return mcp::Questions{.items = {elicitation("confirm", "Delete " + file + "?", kConfirm)},
                          .state = "asked"};
  return ToolResult{.text = "deleted " + file};
}

ToolOutcome multi_input(Call& own) {
  if (own.answer("first") == nullptr)
    return mcp::Questions{
        .items = {elicitation("first", "First?", kName), elicitation("second", "Second?", kName)},
        .state = "asked"};
  return ToolResult{.text = field_of(*own.answer("first"), "name") + " and " +
                            field_of(*own.answer("second"), "name")};
}

// Asks before there is a task, and goes on as one.
ToolOutcome tool_with_task(const Call& call) {
  if (!call.can_be_task()) return mcp::missing_extension(mcp::kTasksExtension);
  const auto* answer = call.answer("user_name");
  if (answer == nullptr)
    return mcp::Questions{.items = {elicitation("user_name", "What is your name?", kName)},
                          .state = "asked"};
  return Background{[name = field_of(*answer, "name")](Call&) -> ToolOutcome {
    return ToolResult{.text = "Hello, " + name + "!"};
  }};
}

Argument argument(std::string_view name, ArgumentType type = ArgumentType::text) {
  return {.name = name, .type = type, .description = "As it says."};
}

}  // namespace

std::vector<mcp::Tool> tasking_tools() {
  std::vector<mcp::Tool> tools;
  const auto add = [&tools](std::string_view name, std::vector<Argument> arguments, auto run) {
    tools.push_back(tool(name, "For the scenarios of the tasks extension.", run));
    tools.back().arguments = std::move(arguments);
  };
  add("greet", {argument("name")}, [](Call&, const Arguments& given) -> ToolOutcome {
    return ToolResult{.text = "Hello, " + given.text("name") + "!"};
  });
  add("slow_compute", {argument("seconds", ArgumentType::integer), argument("label")},
      [](Call& call, const Arguments& given) { return slow_compute(call, given); });
  add("failing_job", {}, [](Call& call, const Arguments&) { return only_task(call, failing_job); });
  add("protocol_error_job", {}, [](Call& call, const Arguments&) {
    return only_task(call, [](Call&) -> ToolOutcome {
      return mcp::Failure{.code = mcp::kInternalError, .message = "the job broke"};
    });
  });
  add("confirm_delete", {argument("filename")}, [](Call& call, const Arguments& given) {
    return only_task(
        call, [file = given.text("filename")](Call& own) { return confirm_delete(own, file); });
  });
  add("multi_input", {}, [](Call& call, const Arguments&) { return only_task(call, multi_input); });
  add("test_tool_with_task", {}, [](Call& call, const Arguments&) { return tool_with_task(call); });
  return tools;
}

}  // namespace dbops::conformance
