#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "connectors/postgres/core.h"
#include "core/catalog.h"

namespace dbops::postgres {

// Reads pg_catalog with as few round trips as can be: one for a listing, two for any number of
// descriptions. Needs no privilege beyond connecting. Borrows the core.
//
// Paths: {schema}, {schema, relation | function | type}, {schema, relation, column | index |
// constraint | trigger}. A lone name that is no schema is looked for along the search path.
class PostgresCatalog final : public Catalog {
 public:
  explicit PostgresCatalog(Core& core) : core_(core) {}

  Result<Listing> list(const Context& context, const std::vector<std::string>& path,
                       const Search& search) override;
  Result<std::vector<Description>> describe(
      const Context& context, const std::vector<std::vector<std::string>>& paths) override;

 private:
  Result<Listing> list_once(const Context& context, const std::vector<std::string>& path,
                            const Search& search);

  Core& core_;
};

// What a path names.
struct Place {
  enum class Kind : uint8_t { schema, relation, function, type };
  Kind kind = Kind::schema;
  std::vector<std::string> oids;  // Several where a function is overloaded.
  std::vector<std::string> path;  // Whole: with the schema that a lone name was found in.
};

// The places of the paths, in order, in one round trip. Code::not_found with the nearest name. Only
// the first two parts of a path are looked at.
Result<std::vector<Place>> find_places(const Context& context, Link& link,
                                       const std::vector<std::vector<std::string>>& paths);
// "did you mean flights?" for the relation that `text` names at `position`, counted as in Error,
// and that isn't there; empty where nothing can be said. REQUIRES: nothing is running on the link.
std::string meant_relation(const Context& context, Link& link, std::string_view text,
                           uint64_t position);

// Fill in what the server says of each. Keys are the oid of a relation, else "function", "type" or
// "schema", a blank, and the oid.
using Targets = std::map<std::string, Description*, std::less<>>;
std::vector<Question> relation_questions(const std::string& oids);
void read_relations(std::span<const Rows> answers, const Targets& targets);
std::vector<Question> object_questions(const std::string& functions, const std::string& types,
                                       const std::string& schemas);
void read_objects(std::span<const Rows> answers, const Targets& targets);

}  // namespace dbops::postgres
