#include "connectors/sqlite/authorizer.h"

#include "base/text.h"
#include "connectors/sqlite/functions.h"
#include "connectors/sqlite/location.h"
#include "connectors/sqlite/pragmas.h"

namespace dbops::sqlite {
namespace {

// What virtual tables compile for themselves when they are first used, be it by a SELECT: SQLite
// notes their columns by an UPDATE of the schema that never reaches the file, and R-Tree prepares
// the writes of its shadow tables. They may be compiled then; that they run in the read tier, or
// that a user's statement reaches these tables, is ruled out by the dialect, the read-only check,
// query_only and the defensive flag.
bool prepared_by_virtual_table(int action, std::string_view table) {
  if (table == "sqlite_master" || table == "sqlite_schema") return action == SQLITE_UPDATE;
  return table.ends_with("_node") || table.ends_with("_rowid") || table.ends_with("_parent");
}

// ALTER TABLE rewrites the schema by these; SQLite lets no statement of a user name them.
bool alters_schema(std::string_view function) {
  return function.starts_with("sqlite_rename_") || function == "sqlite_drop_column" ||
         function == "sqlite_fail";
}

std::string_view text(const char* argument) { return argument == nullptr ? "" : argument; }

unsigned bit(Access access) { return 1U << static_cast<unsigned>(access); }

Tier tier_of(Access access) {
  if (access == Access::admin || access == Access::internal) return Tier::admin;
  return access == Access::write ? Tier::write : Tier::read;
}

}  // namespace

void Authorizer::install(sqlite3* db) {
  db_ = db;
  sqlite3_set_authorizer(db, callback, this);
}

void Authorizer::expire_others() {
  if ((compiled_ & ~bit(access_)) == 0) return;
  // Without a policy the same holds under each. With one, to set the authorizer makes SQLite
  // compile every statement again that is started from now on; those that run go on.
  if (rules_.restrict()) sqlite3_set_authorizer(db_, callback, this);
  compiled_ = 0;
}

std::string Authorizer::take_reason() { return std::exchange(reason_, {}); }

int Authorizer::callback(void* self, int action, const char* first, const char* second,
                         const char* schema, const char* /*inside*/) {
  auto& authorizer = *static_cast<Authorizer*>(self);
  authorizer.compiled_ |= bit(authorizer.access_);
  if (authorizer.access_ == Access::internal) {
    if (authorizer.reads_ != nullptr && action == SQLITE_READ)
      (*authorizer.reads_)->emplace_back(text(first), text(second));
    return SQLITE_OK;
  }
  if (!authorizer.permits(action, first, second)) return SQLITE_DENY;
  return authorizer.rules_.restrict() ? authorizer.judge(action, first, second, schema) : SQLITE_OK;
}

int Authorizer::judge(int action, const char* first, const char* second, const char* schema) {
  std::string reason;
  Reach reach = Reach::refused;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_READ:
      reach = rules_.read(text(schema), text(first), text(second), reason);
      break;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      if (access_ != Access::write && access_ != Access::admin && access_ != Access::explain &&
          prepared_by_virtual_table(action, text(first)))
        return SQLITE_OK;
      reach = rules_.write(text(schema), text(first), reason);
      break;
    case SQLITE_FUNCTION:
      reach = rules_.function(text(second), reason);
      break;
    case SQLITE_PRAGMA:
      // A full-text table looks for others' writes by it; a user's never comes here.
      if (text(first) == "data_version") return SQLITE_OK;
      [[fallthrough]];
    default:
      reason = "under this connection's policy the schema is not changed";
  }
  if (reach == Reach::allowed) return SQLITE_OK;
  // A change made of NULLs in place of what is masked would spoil the data.
  if (reach == Reach::masked && access_ == Access::read) return SQLITE_IGNORE;
  if (reach == Reach::masked)
    reason =
        "the column " + escape_control(text(second)) + " is masked, and only a query may name it";
  refuse(std::move(reason));
  return SQLITE_DENY;
}

bool Authorizer::refuse(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
  return false;
}

bool Authorizer::permits(int action, const char* first, const char* second) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return true;
    case SQLITE_FUNCTION: {
      const std::string_view function = text(second);
      if (harmless_function(function)) return true;
      if (tier_of(access_) >= Tier::write && alters_schema(function)) return true;
      return refuse("the function " + escape_control(function) + "() is not run in any tier");
    }
    case SQLITE_PRAGMA:
      return permits_pragma(text(first), second);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      if (access_ == Access::explain || prepared_by_virtual_table(action, text(first))) return true;
      return permits_write(action, first);
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return refuse("each call is a transaction of its own");
    default:
      return permits_write(action, first);
  }
}

bool Authorizer::permits_pragma(std::string_view name, const char* value) {
  const PragmaRule rule =
      pragma_rule(name, value == nullptr ? std::nullopt : std::optional<std::string_view>(value));
  if (rule.tier && *rule.tier <= tier_of(access_)) return true;
  return refuse("PRAGMA " + escape_control(name) +
                (rule.tier ? " needs the tier " + std::string(dbops::name(*rule.tier))
                           : std::string(" is not run in any tier")));
}

bool Authorizer::permits_write(int action, const char* first) {
  if (tier_of(access_) < Tier::write)
    return refuse("the statement would change " + escape_control(first ? first : "the database"));
  switch (action) {
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_TEMP_TRIGGER:
    case SQLITE_DROP_TEMP_VIEW:
    case SQLITE_ALTER_TABLE:
    case SQLITE_REINDEX:
    case SQLITE_ANALYZE:
    case SQLITE_DETACH:
      return true;
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
      left_traces_ = true;
      return true;
    case SQLITE_ATTACH:
      return permits_attach(first);
    default:
      return refuse("what the statement does is unknown to dbops");
  }
}

bool Authorizer::permits_attach(const char* file) {
  left_traces_ = true;
  // An expression comes here without a name. A URI could change what is opened and how.
  const std::string path = file == nullptr ? "file:" : file;
  if (path.empty()) return true;  // A nameless temporary database, such as VACUUM works in.
  if (!path.starts_with("file:"))
    for (const std::string& root : attach_roots_)
      if (stands_in(path, root)) return true;
  return refuse(
      "ATTACH opens a file only where the setting attach_roots allows it, and only one named by a "
      "plain string");
}

}  // namespace dbops::sqlite
