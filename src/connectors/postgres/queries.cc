#include "connectors/postgres/queries.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "connectors/postgres/catalog.h"
#include "connectors/postgres/commit.h"
#include "connectors/postgres/stream.h"

namespace dbops::postgres {
namespace {

// How a script is run.
enum class Framing : uint8_t {
  none,   // One read; the server holds it to reading.
  block,  // BEGIN ... COMMIT or ROLLBACK.
  alone,  // One statement that refuses to run in a block.
};

class ScriptResults final : public Results {
 public:
  // `soils`: it may leave something behind in the session.
  ScriptResults(Core& core, const Script& script, Binding binding, Mode mode, Framing framing,
                bool soils)
      : core_(core),
        script_(script),
        binding_(std::move(binding)),
        mode_(mode),
        framing_(framing),
        soils_(soils) {}
  ~ScriptResults() override;

  Result<Stream*> next(const Context& context) override;

 private:
  Result<void> start(const Context& context);
  Result<void> open_block(const Context& context);
  Result<Stream*> run_statement(const Context& context);
  Result<PgResult> execute(const Context& context, const Prepared& prepared);
  Result<void> settle_current(const Context& context);
  Result<void> settle_all(const Context& context);
  void roll_back();
  std::string hint_of(const Context& context, const Error& error);
  tl::unexpected<Error> failed(const Context& context, Error error);
  Running running() const {
    return {&script_, index_, framing_ == Framing::alone, core_.armed(), started_};
  }

  Core& core_;
  const Script& script_;
  Binding binding_;
  const Mode mode_;
  const Framing framing_;
  const bool soils_;
  size_t index_ = 0;  // The statement that runs, or comes next.
  bool begun_ = false;
  bool open_ = false;  // A transaction block is.
  std::optional<RowStream> current_;
  std::chrono::steady_clock::time_point started_;
};

// Leaves the session as it was before: what still runs is stopped, an open block rolled back.
ScriptResults::~ScriptResults() {
  current_.reset();
  Link& link = core_.link();
  link.stop();
  roll_back();
  link.take_notices();
  if (soils_) core_.soil();
}

void ScriptResults::roll_back() {
  Link& link = core_.link();
  if (!open_ || link.broken()) return;
  Context bounded;
  bounded.deadline = Deadline::after(Link::kStopMax);
  if (!link.command(bounded, "ROLLBACK")) link.break_off();
  open_ = false;
}

// Of a relation that is not there: the one that was probably meant.
std::string ScriptResults::hint_of(const Context& context, const Error& error) {
  // A name is told to nobody who may not see it.
  if (core_.ruling().restricts()) return error.hint;
  roll_back();  // The server answers nothing more in a block that failed.
  if (core_.link().broken()) return error.hint;
  std::string meant =
      meant_relation(context, core_.link(), script_.statement_text(index_), *error.position);
  return meant.empty() ? error.hint : meant;
}

tl::unexpected<Error> ScriptResults::failed(const Context& context, Error error) {
  core_.link().stop();
  if (error.native_code == "42P01" && error.position) error.hint = hint_of(context, error);
  error.session_broken = core_.link().broken();
  return fail(in_script(std::move(error), running(), context));
}

Result<void> ScriptResults::open_block(const Context& context) {
  if (auto begun = core_.link().command(context, core_.begin_command(mode_)); !begun)
    return failed(context, std::move(begun).error());
  open_ = true;
  return {};
}

Result<void> ScriptResults::start(const Context& context) {
  begun_ = true;
  if (framing_ == Framing::alone)
    return core_.link().command(context, "SET default_transaction_read_only = off");
  // A single statement's parameters are typed before the block opens: a wrong guess would spoil it.
  const bool late = framing_ == Framing::none || (binding_.size() > 0 && core_.guarded());
  return late ? Result<void>() : open_block(context);
}

Result<PgResult> ScriptResults::execute(const Context& context, const Prepared& prepared) {
  Link::Values values = binding_.values();
  values.types = prepared.types.data();
  Link& link = core_.link();
  if (prepared.name.empty())
    DBOPS_TRY(link.send(context, prepared.text.c_str(), values));
  else
    DBOPS_TRY(link.send_prepared(context, prepared.name.c_str(), values));
  link.single_rows();
  DBOPS_ASSIGN(PgResult first, link.receive(context));
  if (!first) return fail(link.lost());
  if (PQresultStatus(first.get()) != PGRES_FATAL_ERROR) return first;
  Error error = link.error_of(*first);
  link.stop();
  return fail(std::move(error));
}

Result<Stream*> ScriptResults::run_statement(const Context& context) {
  started_ = std::chrono::steady_clock::now();
  const std::string_view text = script_.statement_text(index_);
  constexpr int kAttempts = 2;
  for (int attempt = 1;; ++attempt) {
    auto prepared = core_.prepare(context, text, binding_);
    if (!prepared) return failed(context, std::move(prepared).error());
    if (framing_ == Framing::block && !open_) DBOPS_TRY(open_block(context));
    auto first = execute(context, **prepared);
    if (first) {
      current_.emplace(core_, (*prepared)->shape, running(), std::move(*first));
      ++index_;
      return &*current_;
    }
    const bool stale = is_stale(first.error());
    if (stale) core_.forget(text);
    if (!stale || open_ || attempt == kAttempts) return failed(context, std::move(first).error());
  }
}

// The statement before the next one must be over: its rows are read to the end, for stopping it
// would spoil the block.
Result<void> ScriptResults::settle_current(const Context& context) {
  if (!current_ || current_->ended()) return {};
  const bool last_read = framing_ == Framing::none;
  if (!last_read) return current_->drain(context);
  current_.reset();
  core_.link().stop();
  return {};
}

Result<void> ScriptResults::settle_all(const Context& context) {
  if (!open_) return {};
  if (mode_ == Mode::write) {
    DBOPS_TRY(commit(context, core_.link()));
  } else {
    DBOPS_TRY(core_.link().command(context, "ROLLBACK"));
  }
  open_ = false;
  return {};
}

Result<Stream*> ScriptResults::next(const Context& context) {
  if (!begun_) DBOPS_TRY(start(context));
  DBOPS_TRY(settle_current(context));
  if (index_ < script_.statements.size()) return run_statement(context);
  if (auto settled = settle_all(context); !settled) return fail(std::move(settled).error());
  return nullptr;
}

Result<void> check_write(const Script& script, Mode mode, Tier tier) {
  for (const Statement& statement : script.statements) {
    const Tier needed = std::max(statement.tier, Tier::write);
    if (needed > tier)
      return fail(
          Code::forbidden,
          "refused: " + (statement.reason.empty() ? statement.verb : statement.reason) +
              ", and this connection is of the " + std::string(name(tier)) + " tier",
          "give the connection the " + std::string(name(needed)) + " tier in the configuration");
    if (statement.transactional) continue;
    if (mode == Mode::rehearse)
      return fail(Code::unsupported,
                  statement.verb + " can't be rolled back, so it can't be rehearsed",
                  "read what it would do, and run it without `dry_run`");
    if (script.statements.size() > 1)
      return fail(Code::invalid_argument,
                  statement.verb + " can't run in a transaction with other statements",
                  "send it alone");
  }
  return {};
}

}  // namespace

bool is_stale(const Error& error) {
  return error.native_code == "26000" || error.native_code == "0A000";
}

// Outside a block only what the server itself holds to reading: EXPLAIN ANALYZE of CREATE TABLE AS,
// say, it does not.
bool goes_bare(const Script& script) {
  const std::string_view verb = script.statements.front().verb;
  return script.statements.size() == 1 && (verb == "SELECT" || verb == "VALUES" || verb == "SHOW");
}

Result<void> check_read(const Script& script) {
  for (const Statement& statement : script.statements)
    if (statement.tier != Tier::read)
      return fail(
          Code::forbidden, "refused: " + statement.reason,
          "use execute on a connection of the " + std::string(name(statement.tier)) + " tier");
  return {};
}

Result<bool> PostgresQueries::vet(const Context& context, const Script& script) {
  for (size_t i = 0; i < script.statements.size(); ++i)
    DBOPS_TRY(core_.ruling().check(context, core_.link(), script.statement_text(i)));
  bool own = false;
  for (size_t i = 0; i < script.statements.size(); ++i) {
    DBOPS_ASSIGN(const bool more, core_.admit(context, script.statement_text(i)));
    own = own || more;
  }
  return own;
}

Result<std::unique_ptr<Results>> PostgresQueries::run(const Context& context, const Script& script,
                                                      const Parameters& parameters, Mode mode) {
  if (!parameters.empty() && script.statements.size() != 1)
    return fail(Code::invalid_argument, "parameters need a script of one statement");
  const bool reads = mode == Mode::read;
  DBOPS_TRY(reads ? check_read(script) : check_write(script, mode, core_.tier()));
  DBOPS_ASSIGN(Binding binding, Binding::make(parameters));
  DBOPS_TRY(core_.make_ready(context));
  if (!reads && core_.ruling().restricts())
    return fail(Code::forbidden,
                "refused by the policy of this connection: under rules of tables or columns "
                "PostgreSQL is only read",
                "use query; a write needs a connection without such rules");
  bool soils = !reads;
  if (reads) {
    DBOPS_ASSIGN(soils, vet(context, script));
  }
  Framing framing = Framing::block;
  if (reads && core_.guarded() && goes_bare(script)) framing = Framing::none;
  if (!reads && !script.statements.front().transactional) framing = Framing::alone;
  return std::make_unique<ScriptResults>(core_, script, std::move(binding), mode, framing, soils);
}

}  // namespace dbops::postgres
