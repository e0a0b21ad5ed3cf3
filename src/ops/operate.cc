#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <utility>

#include "ops/call.h"
#include "ops/delivery.h"
#include "ops/inspect.h"

namespace dbops::ops {
namespace {

Result<const Operation*> find_operation(const Connection& connection, const std::string& name) {
  const auto all = connection.connector().operations();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Operation& one) { return one.name == name; });
  if (found != all.end()) return &*found;
  std::vector<std::string> names;
  for (const Operation& one : all) names.emplace_back(one.name);
  return fail(Code::not_found,
              "no operation " + quoted(name) + " on connection " + quoted(connection.name()),
              names.empty()
                  ? "the connector " + std::string(connection.connector().name()) + " declares none"
                  : did_you_mean(name, names, "operations"));
}

Result<boost::json::object> parse_object(const std::string& text) {
  auto parsed = parse_json(text);
  if (!parsed)
    return fail(Code::invalid_argument, "the arguments are not JSON: " + parsed.error().message,
                R"(write them as one object, such as {"name": "value"})");
  if (!parsed->is_object())
    return fail(Code::invalid_argument, "the arguments must be one JSON object",
                R"(write them as {"name": "value"}; {} where there are none)");
  return std::move(parsed->get_object());
}

// The same for the same arguments, in whatever order and spacing a client writes them.
std::string canonical_arguments(const Operation& operation, const boost::json::object& arguments) {
  std::map<std::string, std::string> sorted;
  for (const auto& [key, value] : arguments) sorted.emplace(key, boost::json::serialize(value));
  std::string text(operation.name);
  JsonWriter out(text);
  out.begin_object();
  for (const auto& [key, value] : sorted) out.key(key).raw(value);
  out.end_object();
  return text;
}

Result<void> run(Call& call, const Operation& operation, Arguments arguments, uint64_t rows_max,
                 Sink& sink) {
  DBOPS_ASSIGN(const auto lease, call.acquire());
  DBOPS_ASSIGN(const auto stream, operation.run(call.context(), *lease, std::move(arguments)));
  const bool writes = operation.tier != Tier::read;
  Rows rows(*stream);
  DBOPS_ASSIGN(const Delivery delivery, deliver(call.context(), rows, rows_max,
                                                writes ? Beyond::drop : Beyond::keep, true, sink));
  const Page page{.rows = delivery.rows,
                  .truncated = delivery.truncated,
                  .cut_by = delivery.cut_by,
                  .cursor = {},
                  .elapsed_ms = call.stopwatch().elapsed_ms(),
                  .summary = rows.summary()};
  call.entry().rows = page.summary.affected.value_or(page.rows);
  auto ended = sink.end(page);
  if (!ended && writes) ended.error().effect = Effect::applied;
  return ended;
}

// What can be told of it in time. Where it could not run a person is not asked for it.
Result<void> look_ahead(Call& call, const Operation& operation, const Arguments& arguments,
                        Confirmation& confirmation) {
  DBOPS_TRY(call.admit(Tier::read));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Context bounded = call.context();
  bounded.deadline = bounded.deadline.earlier(Deadline::after(kPreviewMax));
  auto effect = operation.foresee(bounded, *lease, arguments);
  DBOPS_TRY(call.context().alive());
  if (!effect && effect.error().code != Code::timeout) return fail(std::move(effect.error()));
  if (effect && !effect->empty()) confirmation.dangers.push_back(std::move(*effect));
  return {};
}

Result<std::optional<Confirmation>> operate(Call& call, const OperateRequest& request, Sink& sink) {
  DBOPS_TRY(call.use_connection(request.connection));
  const ConnectionOptions& options = call.connection().options();
  DBOPS_ASSIGN(const Operation* const operation,
               find_operation(call.connection(), request.operation));
  call.entry().tool += ' ';
  call.entry().tool += operation->name;
  call.limit_time(std::nullopt);
  DBOPS_ASSIGN(const auto object, parse_object(request.arguments));
  DBOPS_ASSIGN(auto arguments, read_arguments(operation->arguments, object));
  auto verdict = judge(call.context(), options, *operation, arguments);
  if (!verdict.allowed) return fail(std::move(verdict.refusal));
  DBOPS_ASSIGN(auto confirmation,
               call.confirm(std::move(verdict.dangers), request.confirmed, request.confirm,
                            canonical_arguments(*operation, object), Parameters()));
  if (confirmation) {
    if (operation->foresee) DBOPS_TRY(look_ahead(call, *operation, arguments, *confirmation));
    return confirmation;
  }
  DBOPS_TRY(call.admit(operation->tier));
  DBOPS_TRY(run(call, *operation, std::move(arguments),
                options.access.capped(request.limit.value_or(options.limits.rows)), sink));
  return std::nullopt;
}

}  // namespace

Result<std::span<const Operation>> operations(Workspace& workspace, const Context& context,
                                              const std::string& connection) {
  return recorded(workspace, context, "operations",
                  [&](Call& call) -> Result<std::span<const Operation>> {
                    DBOPS_TRY(call.use_connection(connection));
                    DBOPS_TRY(call.admit(Tier::read));
                    const auto all = call.connection().connector().operations();
                    call.entry().rows = all.size();
                    return all;
                  });
}

Result<std::optional<Confirmation>> operate(Workspace& workspace, const Context& context,
                                            OperateRequest request, Sink& sink) {
  return recorded(workspace, context, "operate",
                  [&](Call& call) { return operate(call, request, sink); });
}

}  // namespace dbops::ops
