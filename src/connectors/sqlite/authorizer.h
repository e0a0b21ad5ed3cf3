// What SQLite may compile for whom: asked by SQLite for every single thing that a statement does,
// also inside views, triggers and the statements that virtual tables prepare for themselves.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "connectors/sqlite/rules.h"

namespace dbops::sqlite {

enum class Access : uint8_t {
  internal,  // dbops' own statements.
  read,
  explain,  // As read, and a plan of a change may be made; the change is not run.
  write,
  admin,
};

// Belongs to one connection, and is used by its thread.
class Authorizer {
 public:
  // `attach_roots`: where ATTACH may open files; borrowed.
  Authorizer(const std::vector<std::string>& attach_roots, dbops::Access rules)
      : attach_roots_(attach_roots), rules_(std::move(rules)) {}
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;
  void install(sqlite3* db);

  // While it lives, statements are compiled, and compiled again as they run, under `access`.
  class Grant {
   public:
    Grant(Authorizer& authorizer, Access access)
        : authorizer_(authorizer), outer_(std::exchange(authorizer.access_, access)) {
      authorizer.expire_others();
    }
    ~Grant() { authorizer_.access_ = outer_; }
    Grant(const Grant&) = delete;
    Grant& operator=(const Grant&) = delete;

   private:
    Authorizer& authorizer_;
    const Access outer_;
  };

  // While it lives, it keeps what dbops' own statements that are compiled read.
  class Trace {
   public:
    explicit Trace(Authorizer& authorizer) : authorizer_(authorizer) {
      authorizer.reads_ = &reads_;
    }
    ~Trace() { authorizer_.reads_ = nullptr; }
    Trace(const Trace&) = delete;
    Trace& operator=(const Trace&) = delete;
    const Rules::Reads& reads() const { return reads_; }

   private:
    Authorizer& authorizer_;
    Rules::Reads reads_{std::in_place};
  };

  Rules& rules() { return rules_; }
  // Virtual tables keep the statements that they have compiled for themselves, and run them for
  // whoever comes next: those that were compiled under another access than the present one are
  // compiled again before they run.
  void expire_others();
  // Why something was refused since the last call, as a sentence; empty when nothing was.
  std::string take_reason();
  // Whether something was made that lasts as long as the session: temporary tables, attached files.
  bool left_traces() const { return left_traces_; }
  void forget_traces() { left_traces_ = false; }

 private:
  static int callback(void* self, int action, const char* first, const char* second,
                      const char* schema, const char* inside);
  bool permits(int action, const char* first, const char* second);
  bool permits_pragma(std::string_view name, const char* value);
  bool permits_write(int action, const char* first);
  bool permits_attach(const char* file);
  // SQLITE_OK, SQLITE_IGNORE or SQLITE_DENY, by the connection's policy alone.
  int judge(int action, const char* first, const char* second, const char* schema);
  bool refuse(std::string reason);

  const std::vector<std::string>& attach_roots_;
  Rules rules_;
  sqlite3* db_ = nullptr;
  Access access_ = Access::internal;
  unsigned compiled_ = 0;  // A bit for each Access under which SQLite has compiled anything.
  Rules::Reads* reads_ = nullptr;  // Of the Trace, if there is one.
  std::string reason_;
  bool left_traces_ = false;
};

}  // namespace dbops::sqlite
