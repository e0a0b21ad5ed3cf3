#include "connectors/sqlite/queries.h"

#include "connectors/sqlite/link.h"
#include "connectors/sqlite/run.h"
#include "connectors/sqlite/traces.h"
#include "connectors/sqlite/transaction.h"

namespace dbops::sqlite {
namespace {

class ScriptResults final : public Results {
 public:
  ScriptResults(Database& database, const Script& script, const Parameters& parameters, Mode mode)
      : database_(database),
        script_(script),
        parameters_(parameters),
        mode_(mode),
        query_only_(database),
        transaction_(database) {}
  ~ScriptResults() override { end(); }

  Result<Stream*> next(const Context& context) override {
    const Database::Call call(database_, context);
    auto stream = advance();
    if (!stream || *stream == nullptr) end();
    return stream;
  }

 private:
  // One statement that SQLite runs outside a transaction, or a single read, which is one by itself.
  bool needs_transaction() const {
    if (!script_.statements[0].transactional) return false;
    return mode_ != Mode::read || script_.statements.size() > 1;
  }

  Result<Stream*> advance() {
    if (run_) {
      DBOPS_TRY(run_->finish());
      run_.reset();
    } else {
      DBOPS_TRY(begin());
    }
    if (index_ == script_.statements.size()) {
      DBOPS_TRY(settle());
      return nullptr;
    }
    const Statement& statement = script_.statements[index_];
    const Access access = access_for(statement, mode_, database_.tier());
    DBOPS_ASSIGN(Compiled compiled,
                 compile_statement(database_, script_, index_, access, parameters_));
    run_ = std::make_unique<Run>(database_, std::move(compiled), statement, access);
    ++index_;
    DBOPS_TRY(run_->start());
    return run_.get();
  }

  Result<void> begin() {
    if (mode_ == Mode::read) DBOPS_TRY(query_only_.begin());
    if (!needs_transaction()) return {};
    return transaction_.begin(mode_ == Mode::read ? Transaction::Kind::read
                                                  : Transaction::Kind::write);
  }

  Result<void> settle() {
    if (!needs_transaction()) return {};
    if (mode_ == Mode::write) return transaction_.commit();
    if (mode_ == Mode::rehearse) DBOPS_TRY(transaction_.check_deferred());
    transaction_.roll_back();
    return {};
  }

  // Leaves the session as it was found. Idempotent.
  void end() {
    run_.reset();
    transaction_.roll_back();
    remove_traces(database_);
    query_only_.end();
  }

  Database& database_;
  const Script& script_;
  const Parameters& parameters_;
  const Mode mode_;
  QueryOnly query_only_;
  Transaction transaction_;
  std::unique_ptr<Run> run_;
  size_t index_ = 0;
};

}  // namespace

Access access_for(const Statement& statement, Mode mode, Tier tier) {
  if (statement.verb == "EXPLAIN") return Access::explain;
  if (mode == Mode::read) return Access::read;
  // It runs statements of its own, BEGIN among them. The dialect has seen that it is not VACUUM
  // INTO.
  if (statement.verb == "VACUUM") return Access::internal;
  return tier == Tier::admin ? Access::admin : Access::write;
}

Result<void> check_script(const Script& script, Mode mode, Tier tier) {
  const Tier allowed = mode == Mode::read ? Tier::read : tier;
  for (const Statement& statement : script.statements) {
    if (statement.tier > allowed)
      return fail(Code::forbidden, "refused: " + statement.reason,
                  mode == Mode::read
                      ? "use execute for statements that write"
                      : "the connection needs the tier " + std::string(name(statement.tier)));
    if (statement.transactional) continue;
    if (script.statements.size() > 1)
      return fail(Code::invalid_argument,
                  statement.verb + " can't run inside a transaction, which a script is",
                  "send it in a call of its own");
    if (mode == Mode::rehearse)
      return fail(Code::unsupported,
                  statement.verb + " can't be rehearsed: SQLite can't roll it back");
  }
  if (mode != Mode::read && tier == Tier::read)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  return {};
}

Result<std::unique_ptr<Results>> SqliteQueries::run(const Context& context, const Script& script,
                                                    const Parameters& parameters, Mode mode) {
  DBOPS_TRY(context.alive());
  DBOPS_TRY(check_script(script, mode, database_.tier()));
  if (script.statements.size() > 1 && !parameters.empty())
    return fail(Code::invalid_argument, "parameters need a script of one statement",
                "send the statements one by one");
  DBOPS_TRY(check_in_place(database_));
  return std::make_unique<ScriptResults>(database_, script, parameters, mode);
}

}  // namespace dbops::sqlite
