// PostgreSQL's own parser (libpg_query), and what the classifier needs of its tree: a pruned copy
// for the shape of each statement, and facts gathered from all of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::postgres {

// A node of the pruned tree. The names are those of PostgreSQL's parsenodes.h, as libpg_query
// writes them.
struct Node {
  std::string key;   // Field or node type; empty for an item of a list.
  std::string text;  // Of a scalar: a string, a number, "true"; names are whole, long texts cut.
  std::vector<Node> children;

  // The child of that name; nullptr when there is none.
  const Node* find(std::string_view name) const;
  // Its text; empty when there is none.
  std::string_view text_of(std::string_view name) const;
  bool is_true(std::string_view name) const { return text_of(name) == "true"; }
};

// A function as a statement calls it, or another name of the same form.
struct Call {
  std::string schema;  // Empty where it isn't qualified.
  std::string name;
  bool operator==(const Call&) const = default;
};

// Gathered from the whole tree, however deep or long.
struct Facts {
  std::vector<Call> calls;              // Each once.
  std::vector<std::string> attributes;  // `x.name` and `(x).name`: may call a function of a row.
  std::vector<Call> operators;          // Those that words stand for (BETWEEN, USING) too.
  std::vector<Call> types;
  std::vector<Call> relations;          // CTEs too: they look the same.
  std::vector<std::string> statements;  // Node types that end in "Stmt", each once; the outermost
                                        // one included.
  bool into = false;                    // SELECT INTO
  bool locking = false;                 // FOR UPDATE, FOR SHARE ...
  int parameters = 0;                   // The highest n of all $n.
  std::vector<int> bare_parameters;     // The $n that are whole columns of the outermost SELECT.
};

struct Parsed {
  size_t offset = 0;  // Bytes; of the text between the separators, comments included.
  size_t size = 0;
  Node root;  // key: the statement's node type, "SelectStmt".
  Facts facts;
};

// Of one text. Tokens: about 1 GB of tree at the worst. Chain: 20,000 levels, a third of what the
// library of PostgreSQL 15, which does not look, can write on a stack of 8 MB.
inline constexpr size_t kTokensMax = 6'000'000;
inline constexpr size_t kChainMax = 40'000;

// The release of PostgreSQL whose language is understood: 18, or 15 with Debian's libpg_query.
int grammar_release() noexcept;

// Code::syntax with `position`; Code::too_large for what is nested too deeply or has too many
// tokens. Thread-safe. REQUIRES: valid UTF-8 without NUL.
Result<std::vector<Parsed>> parse_tree(std::string_view text);

}  // namespace dbops::postgres
