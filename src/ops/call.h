// What every operation has around it: its connection, its verdict, its limits, and its one line in
// the audit log.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/trace.h"
#include "core/policy.h"
#include "ops/cursors.h"
#include "ops/query.h"

namespace dbops::ops {

inline constexpr std::chrono::milliseconds kPreviewMax{2000};  // for what a person is told first

// One call, from its arrival to its line in the audit log. Used by one thread, through recorded().
class Call {
 public:
  // `tool` as the audit log names it.
  Call(Workspace& workspace, const Context& context, std::string_view tool);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Looks the connection up and takes over its limits. Code::not_found, also for one that the
  // caller has no grant on.
  Result<void> use_connection(std::string_view name);
  // From here on the call may take `time`, or as long as its connection allows; 0: no limit. An
  // earlier deadline of the caller's stays.
  void limit_time(std::optional<std::chrono::milliseconds> time);
  // Takes the statement apart. The audit log names it by its hash.
  Result<std::shared_ptr<const ParsedScript>> parse(std::string_view statement);
  // nullopt when nothing has to be confirmed, or a person has: through the front, or by the token.
  Result<std::optional<Confirmation>> confirm(std::vector<std::string> dangers, bool confirmed,
                                              std::string_view token, std::string_view statement,
                                              const Parameters& parameters);
  // The last step before the work: the verdict is "allowed" unless entry() says more, the session
  // may do what `tier` says, and where the configuration wants no call without a line, it is
  // written now. Code::io, Code::exhausted when it can't be.
  Result<void> admit(Tier tier);
  // A session of the connection, once admitted. Errors as Pool::acquire().
  Result<Pool::Lease> acquire();

  Workspace& workspace() { return workspace_; }
  Connection& connection() { return *connection_; }
  const std::shared_ptr<Connection>& shared_connection() const { return connection_; }
  const Context& context() const { return context_; }
  void hold_for(std::chrono::milliseconds hold) { context_.hold = hold; }
  // What the caller may do on the connection.
  Tier tier() const { return tier_; }
  std::chrono::milliseconds time() const { return context_.limits.time; }
  const Stopwatch& stopwatch() const { return stopwatch_; }
  AuditEntry& entry() { return entry_; }

  // For recorded(): writes or completes the line. An error only where the line is required, could
  // not be written, and nothing was done yet.
  Result<void> finish(const Error* error);
  // Says of a timeout which limit passed.
  void name_limit(Error& error) const;

 private:
  void say_end() const;
  Workspace& workspace_;
  Context context_;
  Stopwatch stopwatch_;
  std::shared_ptr<Connection> connection_;
  Tier tier_ = Tier::read;
  AuditEntry entry_;
  void begin_span();
  void end_span(const Error* error);
  std::string operation_;     // Of the span: the statement's verb, where there is one.
  std::optional<Span> span_;  // Of the work at the database, where the call is recorded.
  Stopwatch span_time_;
  std::optional<int64_t> line_;  // In the audit log, when it was written before the work.
  bool finished_ = false;
};

// Runs `body`, a function of Call& that answers a Result, and leaves exactly one line in the audit
// log, however it ends.
template <class Body>
auto recorded(Workspace& workspace, const Context& context, std::string_view tool, Body body)
    -> decltype(body(std::declval<Call&>())) {
  Call call(workspace, context, tool);
  auto result = body(call);
  if (!result) call.name_limit(result.error());
  DBOPS_TRY(call.finish(result ? nullptr : &result.error()));
  return result;
}

// The connections that exist for this caller, in order of their names.
std::vector<std::shared_ptr<Connection>> visible_connections(const Workspace& workspace,
                                                             const Context& context);

// For an engine without the capability: what it lacks, and where to look for what it has.
Error no_capability(const Connection& connection, std::string_view what);

// A caller's text within a message: shortened, escaped, in quotes.
std::string quoted(std::string_view text);
// "did you mean x?", or "areas: a, b, c" where nothing is near.
std::string did_you_mean(std::string_view text, std::span<const std::string> known,
                         std::string_view what);

// "1,000 rows", "1 row".
std::string format_rows(uint64_t rows);
// How the limits are named in answers: "limit of 1,000 rows", "limit of 1.0 MB".
std::string name_row_limit(uint64_t rows);
std::string name_byte_limit(uint64_t bytes);

}  // namespace dbops::ops
