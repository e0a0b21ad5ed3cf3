#include "ops/call.h"

#include <utility>

#include "base/text.h"
#include "ops/confirmations.h"
#include "ops/metrics.h"

namespace dbops::ops {
namespace {

Result<std::shared_ptr<Connection>> under_policy(const Context& context,
                                                 const std::shared_ptr<Connection>& connection) {
  return Connection::under(connection, effective_access(context, connection->options()));
}

}  // namespace

Call::Call(Workspace& workspace, const Context& context, std::string_view tool)
    : workspace_(workspace), context_(context) {
  entry_.tool = tool;
  entry_.principal = context.principal;
  entry_.trace_id = context.trace_id;
}

Call::~Call() {
  // Left by an exception, out of memory most likely: the line is owed all the same.
  if (finished_) return;
  const Error error{.code = Code::internal, .message = "the call ended by an exception"};
  static_cast<void>(finish(&error));
}

Result<void> Call::use_connection(std::string_view name) {
  const auto tier = [this](const ConnectionOptions& options) {
    return effective_tier(context_, options);
  };
  DBOPS_ASSIGN(connection_,
               workspace_.connections().find(name, [&](const ConnectionOptions& options) {
                 return tier(options).has_value();
               }));
  tier_ = tier(connection_->options()).value_or(Tier::read);
  // Only a name that exists is recorded: what a caller takes for a name may be a URL with a
  // password.
  entry_.connection = connection_->name();
  DBOPS_ASSIGN(connection_, under_policy(context_, connection_));
  context_.limits = connection_->options().limits;
  if (entry_.tool == "check_connection") return {};  // Reaches no data.
  return judge_tool(connection_->options(), entry_.tool);
}

void Call::limit_time(std::optional<std::chrono::milliseconds> time) {
  if (time) context_.limits.time = *time;
  if (context_.limits.time.count() > 0)
    context_.deadline = context_.deadline.earlier(Deadline::after(context_.limits.time));
}

Result<std::shared_ptr<const ParsedScript>> Call::parse(std::string_view statement) {
  DBOPS_ASSIGN(auto script,
               workspace_.scripts().parse(connection_->connector().dialect(), statement));
  entry_.statement_hash = script->hash;
  return script;
}

Result<std::optional<Confirmation>> Call::confirm(std::vector<std::string> dangers, bool confirmed,
                                                  std::string_view token,
                                                  std::string_view statement,
                                                  const Parameters& parameters) {
  if (dangers.empty()) return std::nullopt;
  auto& confirmations = workspace_.confirmations();
  const ConfirmationSubject subject{.tool = entry_.tool,
                                    .connection = connection_->name(),
                                    .statement = statement,
                                    .parameters = parameters,
                                    .principal = context_.principal};
  if (!confirmed && token.empty()) {
    entry_.verdict = "confirmation_required";
    return Confirmation{.dangers = std::move(dangers),
                        .token = confirmations.issue(subject),
                        .life = confirmations.life()};
  }
  if (!confirmed) DBOPS_TRY(confirmations.redeem(token, subject));
  entry_.verdict = "confirmed";
  return std::nullopt;
}

Result<void> Call::admit(Tier tier) {
  context_.tier = tier;
  if (entry_.verdict == "refused") entry_.verdict = "allowed";
  if (workspace_.audit() == nullptr || !workspace_.settings().audit_required) return {};
  auto line = workspace_.audit()->start(entry_);
  if (!line) entry_.verdict = "refused";
  DBOPS_ASSIGN(line_, std::move(line));
  return {};
}

Result<Pool::Lease> Call::acquire() { return workspace_.cursors().acquire(*connection_, context_); }

Result<void> Call::finish(const Error* error) {
  finished_ = true;
  entry_.elapsed_ms = stopwatch_.elapsed_ms();
  entry_.error_code = error == nullptr ? std::string_view() : name(error->code);
  workspace_.metrics().count(entry_);
  Audit* const audit = workspace_.audit();
  if (audit == nullptr) return {};
  // What was done stays done: a line that stands already and can't be completed is counted only.
  if (line_) {
    static_cast<void>(audit->complete(*line_, entry_));
    return {};
  }
  auto written = audit->record(entry_);
  if (!written && workspace_.settings().audit_required) return written;
  return {};
}

void Call::name_limit(Error& error) const {
  if (error.code != Code::timeout || !context_.deadline.passed() ||
      context_.limits.time.count() <= 0)
    return;
  error.message += " (limit of " + format_duration(context_.limits.time) + ")";
}

std::vector<std::shared_ptr<Connection>> visible_connections(const Workspace& workspace,
                                                             const Context& context) {
  std::vector<std::shared_ptr<Connection>> visible;
  for (const auto& connection : workspace.connections().all()) {
    if (!effective_tier(context, connection->options())) continue;
    // What can't be had under the caller's policy is as if it were not there.
    if (auto bound = under_policy(context, connection)) visible.push_back(std::move(*bound));
  }
  return visible;
}

Error no_capability(const Connection& connection, std::string_view what) {
  return Error{.code = Code::unsupported,
               .message = "the connector " + std::string(connection.connector().name()) +
                          " has no " + std::string(what),
               .hint = "the operations of this connection say what else it can do"};
}

std::string quoted(std::string_view text) {
  constexpr size_t kShownBytes = 80;
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

std::string did_you_mean(std::string_view text, std::span<const std::string> known,
                         std::string_view what) {
  if (const auto meant = nearest(text, known)) return "did you mean " + quoted(*meant) + "?";
  std::string hint(what);
  for (const std::string& one : known) hint += (&one == known.data() ? ": " : ", ") + one;
  return hint;
}

std::string format_rows(uint64_t rows) {
  return format_count(static_cast<int64_t>(rows)) + (rows == 1 ? " row" : " rows");
}

std::string name_row_limit(uint64_t rows) { return "limit of " + format_rows(rows); }

std::string name_byte_limit(uint64_t bytes) { return "limit of " + format_bytes(bytes); }

}  // namespace dbops::ops
