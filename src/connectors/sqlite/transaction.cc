#include "connectors/sqlite/transaction.h"

namespace dbops::sqlite {

Result<void> Transaction::begin(Kind kind) {
  DBOPS_TRY(database_.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN"));
  open_ = true;
  return {};
}

Result<void> Transaction::commit() {
  auto committed = database_.run("COMMIT");
  if (committed) {
    open_ = false;
    return {};
  }
  Error failed = std::move(committed).error();
  if (failed.code == Code::io) {
    failed.effect = Effect::unknown;
    failed.hint = "look whether the change is there before you repeat it; " + failed.hint;
  }
  roll_back();
  return fail(std::move(failed));
}

void Transaction::roll_back() {
  if (!std::exchange(open_, false)) return;
  // After some errors SQLite has rolled back by itself.
  if (sqlite3_get_autocommit(database_.handle()) != 0) return;
  const Authorizer::Grant grant(database_.authorizer(), Access::internal);
  if (sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK)
    database_.set_broken();
}

Result<void> Transaction::check_deferred() const {
  int unresolved = 0, highest = 0;
  sqlite3_db_status(database_.handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &unresolved, &highest, 0);
  if (unresolved == 0) return {};
  return fail(Code::constraint,
              "the commit would be refused: a deferred foreign key has no row to point to",
              "insert the missing rows in the same call");
}

Result<void> QueryOnly::begin() {
  if (database_.tier() == Tier::read) return {};  // It is so for good.
  DBOPS_TRY(database_.run("PRAGMA query_only = 1"));
  begun_ = true;
  return {};
}

void QueryOnly::end() {
  if (std::exchange(begun_, false) && !database_.run("PRAGMA query_only = 0"))
    database_.set_broken();
}

}  // namespace dbops::sqlite
