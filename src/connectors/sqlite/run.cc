#include "connectors/sqlite/run.h"

#include "base/text.h"
#include "connectors/sqlite/cells.h"
#include "connectors/sqlite/hints.h"
#include "connectors/sqlite/rules_load.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

bool changes_rows(std::string_view verb) {
  return verb == "INSERT" || verb == "UPDATE" || verb == "DELETE" || verb == "REPLACE";
}

// SQLite's own verdict on the compiled statement, after the dialect's and the authorizer's.
Result<void> check_compiled(sqlite3_stmt* statement, const Statement& parsed, Access access) {
  const bool plans_only = sqlite3_stmt_isexplain(statement) != 0;
  if (access == Access::explain && !plans_only)
    return fail(Code::forbidden, "SQLite doesn't take the statement for an EXPLAIN");
  // To ask for a pragma counts as a write to SQLite where the same pragma can set something; the
  // authorizer has seen that this one asks.
  const bool reads = sqlite3_stmt_readonly(statement) != 0 || parsed.verb == "PRAGMA" || plans_only;
  if (access == Access::read && !reads)
    return fail(Code::forbidden, "SQLite takes the statement for a write");
  return {};
}

}  // namespace

Result<Compiled> compile_statement(Database& database, const Script& script, size_t index,
                                   Access access, const Parameters& parameters, Bind what) {
  const Statement& parsed = script.statements[index];
  const std::string_view text = script.statement_text(index);
  DBOPS_TRY(prepare_rules(database, text));
  Result<Compiled> compiled = [&] {
    const Authorizer::Grant grant(database.authorizer(), access);
    return database.compile(text);
  }();
  if (!compiled) {
    Error error = std::move(compiled).error();
    if (const int at = sqlite3_error_offset(database.handle()); at >= 0)
      error.position = character_at(script.text, parsed.offset + static_cast<size_t>(at));
    // What SQLite has no code for is about the statement itself here, not about data.
    if (error.code == Code::data) error.code = Code::syntax;
    if (error.code == Code::not_found) error.hint = nearest_name(database, error.message, text);
    return fail(std::move(error));
  }
  DBOPS_TRY(check_compiled(compiled->get(), parsed, access));
  DBOPS_TRY(bind(compiled->get(), parameters, what));
  return compiled;
}

Run::Run(Database& database, Compiled statement, const Statement& parsed, Access access)
    : database_(database),
      statement_(std::move(statement)),
      access_(access),
      schema_(read_schema(statement_.get())) {
  summary_.command = parsed.verb;
}

Result<void> Run::step() {
  const Authorizer::Grant grant(database_.authorizer(), access_);
  const int code = sqlite3_step(statement_.get());
  at_row_ = code == SQLITE_ROW;
  if (code != SQLITE_ROW && code != SQLITE_DONE) return fail(database_.error(code));
  if (code == SQLITE_DONE && changes_rows(summary_.command))
    summary_.affected = static_cast<uint64_t>(sqlite3_changes64(database_.handle()));
  return {};
}

Result<void> Run::start() { return step(); }

// Rows are left, and the caller may come back for them: what stands in writers' way gives way.
Result<void> Run::hold(const Context& context) {
  const bool locks = !database_.location().memory && !database_.location().immutable;
  if (!at_row_ || context.hold.count() == 0 || !locks) return {};
  if (sqlite3_stmt_readonly(statement_.get()) == 0) return {};
  DBOPS_ASSIGN(const std::string journal, database_.ask_text("PRAGMA journal_mode"));
  if (journal != "wal") hold_.emplace(database_.handle(), statement_.get());
  return {};
}

Result<void> Run::resume() {
  if (!hold_) return {};
  hold_->end();
  const bool gave_way = hold_->gave_way();
  hold_.reset();
  if (!gave_way) return {};
  at_row_ = false;
  return fail(Code::expired,
              "the rest of the rows is gone: another connection wanted to write, and the held read "
              "was in its way",
              "ask again, for the rest by a condition; in WAL mode (PRAGMA journal_mode = wal) "
              "readers and writers don't wait for each other");
}

Result<void> Run::finish() {
  DBOPS_TRY(resume());
  const bool writes = sqlite3_stmt_readonly(statement_.get()) == 0;
  while (at_row_ && writes) DBOPS_TRY(step());
  return {};
}

Result<bool> Run::next(const Context& context, Batch& batch) {
  const Database::Call call(database_, context);
  batch.reset(schema_.size());
  DBOPS_TRY(context.alive());
  DBOPS_TRY(resume());
  while (at_row_ && !batch.full()) {
    if (!read_row(statement_.get(), batch))
      return fail(Code::exhausted, "there is no memory for a value of this row",
                  "ask for less at once: fewer columns, or part of a value with substr()");
    DBOPS_TRY(step());
  }
  DBOPS_TRY(hold(context));
  return batch.rows() > 0;
}

}  // namespace dbops::sqlite
