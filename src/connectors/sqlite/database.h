// One open connection to a file, and the rules that hold on it: what SQLite may do, how long, and
// for whom. Everything else in this folder works through it.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "connectors/sqlite/authorizer.h"
#include "connectors/sqlite/location.h"
#include "connectors/sqlite/watch.h"
#include "core/connector.h"

namespace dbops::sqlite {

// Of one value, and of one row. SQLite holds a value whole in memory.
inline constexpr int kCellBytesMax = 256 << 20;
// Of all SQLite memory in this process together, whatever the statements ask for.
inline constexpr int64_t kHeapBytesMax = int64_t{1} << 30;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Compiled = std::unique_ptr<sqlite3_stmt, Finalize>;

class Rows;

// Used by one thread at a time.
class Database {
 public:
  // Opens the file, and reads its first page so that what is wrong with it is said now. A file that
  // may be created and isn't there is made for a context that may write; else an empty database in
  // memory stands in for it, and is broken(). Errors: see Connector::connect.
  static Result<std::unique_ptr<Database>> open(const Context& context,
                                                const ConnectionOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  sqlite3* handle() const { return db_; }
  const Location& location() const { return location_; }
  Tier tier() const { return tier_; }
  Authorizer& authorizer() { return authorizer_; }
  // False where the file was opened for reading alone, be it for want of permission.
  bool writable() const { return sqlite3_db_readonly(db_, "main") == 0; }
  // Its state is not what later calls may count on: it must not be used again.
  bool broken() const { return broken_; }
  void set_broken() { broken_ = true; }
  // The file was renamed, deleted or replaced since it was opened.
  bool moved() const;

  // The circumstances of one call on the session. While it lives, whatever SQLite does here ends
  // soon after the context does. One may stand inside another.
  class Call {
   public:
    Call(Database& database, const Context& context);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Database& database_;
    const Context* outer_;
    const Deadline::Clock::time_point outer_since_;
    const Watch watch_;
  };

  // What a code that SQLite has just answered means, with its cause where that is known here: the
  // end of the context, a refusal of the authorizer, another's lock.
  Error error(int code);

  // Compiles one statement. Code::invalid_argument when SQLite sees more than one in the text.
  Result<Compiled> compile(std::string_view sql);

  // dbops' own statements; each argument (text or int64_t) is bound to the next "?".
  template <class... Arguments>
  Result<Rows> ask(std::string_view sql, const Arguments&... arguments);
  // Runs it to its end.
  template <class... Arguments>
  Result<void> run(std::string_view sql, const Arguments&... arguments);
  // The first column of the first row; 0 or "" without a row.
  template <class... Arguments>
  Result<int64_t> ask_integer(std::string_view sql, const Arguments&... arguments);
  template <class... Arguments>
  Result<std::string> ask_text(std::string_view sql, const Arguments&... arguments);

 private:
  Database(Location location, Tier tier, dbops::Access rules)
      : location_(std::move(location)),
        tier_(tier),
        authorizer_(location_.attach_roots, std::move(rules)) {}
  Result<void> open_file(const Context& context, const ConnectionOptions& options);
  Result<void> configure();
  Result<void> look();
  bool keep_waiting(int attempt);
  Error explain_open(int code);

  const Location location_;
  const Tier tier_;
  Authorizer authorizer_;
  sqlite3* db_ = nullptr;
  const Context* context_ = nullptr;  // Of the innermost Call.
  Deadline::Clock::time_point waiting_since_;
  bool broken_ = false;
};

// The rows of one of dbops' own statements. Borrows the Database.
class Rows {
 public:
  Rows(Database& database, Compiled statement)
      : database_(&database), statement_(std::move(statement)) {}

  // False after the last row.
  Result<bool> next();
  // Of the current row.
  int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  double real(int column) const { return sqlite3_column_double(statement_.get(), column); }
  bool null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  std::string text(int column) const;

  void bind(int index, std::string_view text);
  void bind(int index, int64_t value) { sqlite3_bind_int64(statement_.get(), index, value); }

 private:
  Database* database_;
  Compiled statement_;
};

template <class... Arguments>
Result<Rows> Database::ask(std::string_view sql, const Arguments&... arguments) {
  DBOPS_ASSIGN(Compiled statement, compile(sql));
  Rows rows(*this, std::move(statement));
  int index = 0;
  (rows.bind(++index, arguments), ...);
  return rows;
}

template <class... Arguments>
Result<void> Database::run(std::string_view sql, const Arguments&... arguments) {
  DBOPS_ASSIGN(Rows rows, ask(sql, arguments...));
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return {};
  }
}

template <class... Arguments>
Result<int64_t> Database::ask_integer(std::string_view sql, const Arguments&... arguments) {
  DBOPS_ASSIGN(Rows rows, ask(sql, arguments...));
  DBOPS_ASSIGN(const bool found, rows.next());
  return found ? rows.integer(0) : 0;
}

template <class... Arguments>
Result<std::string> Database::ask_text(std::string_view sql, const Arguments&... arguments) {
  DBOPS_ASSIGN(Rows rows, ask(sql, arguments...));
  DBOPS_ASSIGN(const bool found, rows.next());
  return found ? rows.text(0) : std::string();
}

}  // namespace dbops::sqlite
