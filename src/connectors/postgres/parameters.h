#pragma once

#include <string>
#include <vector>

#include "connectors/postgres/link.h"
#include "core/parameters.h"

namespace dbops::postgres {

// A statement's parameters as libpq sends them. Owns what it points to; movable.
//
// Values go as text whose type the server infers from where it stands, as a literal's would be: so
// `id = $1` uses the index on an int4 column and `$1::date` works. Where nothing says what type it
// is (`SELECT $1`), it is declared by its kind.
class Binding {
 public:
  // Code::invalid_argument for a named parameter, a text with a NUL, or more than the server
  // counts.
  static Result<Binding> make(const Parameters& parameters);

  size_t size() const { return texts_.size(); }
  // The types to declare: by kind for all (`declare_all`) or for the `declared` ones (counted from
  // 1), else 0: the server infers.
  std::vector<Oid> types(bool declare_all, const std::vector<int>& declared) const;
  // Whether the values can go to a statement whose parameters were declared so.
  bool fits(const std::vector<Oid>& types) const;
  // REQUIRES: this Binding stays where it is as long as the values are used.
  Link::Values values();

 private:
  std::vector<std::optional<std::string>> texts_;
  std::vector<Oid> kinds_;  // The type by kind; 0 for NULL.
  std::vector<int> formats_;
  std::vector<const char*> pointers_;
  std::vector<int> sizes_;
};

}  // namespace dbops::postgres
