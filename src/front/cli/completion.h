// What Tab offers in the shell.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/catalog.h"
#include "core/connections.h"
#include "front/cli/line_editor.h"
#include "ops/workspace.h"

namespace dbops::cli {

inline constexpr size_t kCompletionItems = 20'000;                 // names that are remembered
inline constexpr std::chrono::seconds kCompletionLife{60};         // until they are read again
inline constexpr std::chrono::milliseconds kCompletionTime{1500};  // that reading them may take

// The names in a database's catalogue, as they must be written. Read when they are first asked for.
class Names {
 public:
  struct Relation {
    std::string schema;  // Quoted where needed, as all here; empty where the engine has none.
    std::string name;
    std::vector<std::string> columns;
  };
  // Reads them through `connection`; what can't be read in time is missing.
  void load(ops::Workspace& workspace, const Connection& connection);
  // One of them; relations before their columns.
  void add(const Item& item, const Dialect& dialect);
  void forget() { loaded_ = false; }
  bool fresh() const { return loaded_ && watch_.elapsed() < kCompletionLife; }

  const std::vector<Relation>& relations() const { return relations_; }
  const std::set<std::string>& schemas() const { return schemas_; }
  const std::set<std::string>& functions() const { return functions_; }

 private:
  std::vector<Relation> relations_;
  std::map<std::vector<std::string>, size_t> index_;  // Of relations_, by their paths.
  std::set<std::string> schemas_;
  std::set<std::string> functions_;
  bool loaded_ = false;
  Stopwatch watch_;
};

// The words that the end of `before` may become: after FROM and its like relations, after `t.` the
// columns of t (a relation, or the alias of one in `before`) or the relations of the schema t, else
// columns, relations, functions and keywords. Keywords come in the case that was begun.
Completions complete_statement(std::string_view before, const Names& names,
                               const std::vector<std::string_view>& keywords);

// Those of `words` that start like the end of `before`.
Completions complete_word(std::string_view before, const std::vector<std::string>& words);

}  // namespace dbops::cli
