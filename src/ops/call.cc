#include "ops/call.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "base/trace.h"
#include "net/url.h"
#include "ops/confirmations.h"
#include "ops/metrics.h"
#include "ops/tracing.h"

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
  if (context.trace) entry_.trace_id = context.trace->id;
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
  if (script->script.statements.size() == 1) operation_ = script->script.statements.front().verb;
  return script;
}

Result<std::optional<Confirmation>> Call::confirm(std::vector<std::string> dangers, bool confirmed,
                                                  std::string_view token,
                                                  std::string_view statement,
                                                  const Parameters& parameters) {
  if (dangers.empty()) return std::nullopt;
  auto& confirmations = workspace_.confirmations();
  // Without the password, which may change by itself.
  const std::string url = redact_url(connection_->options().url.reveal());
  const ConfirmationSubject subject{.tool = entry_.tool,
                                    .connection = connection_->name(),
                                    .statement = statement,
                                    .parameters = parameters,
                                    .principal = context_.principal,
                                    .url = url};
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
  if (context_.trace && !context_.trace->span.empty()) begin_span();
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
  if (span_) end_span(error);
  if (log::enabled(log::Level::debug)) say_end();
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

// What OpenTelemetry wants to know of a client of databases. Never a statement, nor what an engine
// says of an error: both may hold values.
void Call::begin_span() {
  const std::string_view tool = entry_.tool;  // "operate vacuum"
  if (operation_.empty()) operation_ = tool.substr(tool.find(' ') + 1);
  const Connector& connector = connection_->connector();
  Span& span = span_.emplace();
  span.name = operation_ + " " + connection_->name();
  span.kind = Span::Kind::client;
  span.trace_id = context_.trace->id;
  span.parent = context_.trace->span;
  span.state = context_.trace->state;
  span.id = make_span_id();
  span.start = std::chrono::system_clock::now();
  span.attributes = {{"db.system.name", std::string(connector.telemetry_name())},
                     {"db.operation.name", operation_},
                     {"dbops.connection", connection_->name()}};
  const auto url = Url::parse(connection_->options().url.reveal());
  if (url && url->hosts.size() == 1 && !url->hosts.front().name.empty()) {
    span.attributes.emplace_back("server.address", url->hosts.front().name);
    if (const auto port = url->hosts.front().port)
      span.attributes.emplace_back("server.port", int64_t{*port});
    if (url->path.size() > 1) span.attributes.emplace_back("db.namespace", url->path.substr(1));
  }
  span_time_ = Stopwatch();
}

void Call::end_span(const Error* error) {
  span_->elapsed = span_time_.elapsed();
  span_->failed = error != nullptr;
  if (error != nullptr) {
    span_->attributes.emplace_back("error.type", std::string(name(error->code)));
    if (!error->native_code.empty())
      span_->attributes.emplace_back("db.response.status_code", error->native_code);
  } else {
    span_->attributes.emplace_back("db.response.returned_rows", static_cast<int64_t>(entry_.rows));
  }
  workspace_.tracing().take(std::move(*span_));
}

void Call::say_end() const {
  const std::string where = entry_.connection.empty() ? "" : " on " + entry_.connection;
  const std::string outcome = entry_.error_code.empty() ? "ok" : entry_.error_code;
  log::debug("call: " + entry_.tool + where + " by " + entry_.principal + ": " + outcome + ", " +
             std::to_string(entry_.elapsed_ms) + " ms" + trace_suffix(context_.trace));
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
