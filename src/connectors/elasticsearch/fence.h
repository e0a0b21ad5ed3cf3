// The connection's policy, held against what a request reaches and what the server says of those
// names.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/elasticsearch/link.h"
#include "connectors/elasticsearch/reach.h"
#include "core/access.h"
#include "core/catalog.h"

namespace dbops::elasticsearch {

inline constexpr std::string_view kOnlySchema =
    "main";  // As policies call it; there are no others.

// Not thread-safe. Asks the server anew for each request: names may come to stand for others.
class Fence {
 public:
  explicit Fence(Access access) : access_(std::move(access)) {}
  bool restricts() const { return access_.restricts_data(); }
  bool has_masks() const { return access_.has_masks(); }

  // Code::forbidden for what is not allowed or can't be told. REQUIRES: no answer is open.
  Result<void> check(const Context& context, Link& link, std::string_view method,
                     std::string_view path, std::string_view body) const;
  // The same for indices, aliases, data streams and patterns.
  Result<void> check_names(const Context& context, Link& link,
                           const std::vector<std::string>& names) const;
  // The fields of those indices that masks leave, each in full, that all of them have; nullopt
  // where nothing of them is masked. What is not there counts as masked where anything is.
  Result<std::optional<std::set<std::string>>> unmasked_fields(
      const Context& context, Link& link, const std::vector<std::string>& names) const;
  // For what has no form that a mask could hold for.
  Result<void> check_unmasked(std::string_view what) const;
  // Takes out what is not to be seen. REQUIRES: each path begins with an index, alias or stream.
  Result<void> keep_visible(const Context& context, Link& link, std::vector<Item>& items) const;

 private:
  // An index, with all names that it is reached by.
  using Names = std::set<std::string>;
  using Reached = std::map<std::string, Names>;
  using Aliases = std::map<std::string, Names>;  // By index.
  Result<Reached> resolve(const Context& context, Link& link,
                          const std::vector<std::string>& names) const;
  Result<void> resolve_one(const Context& context, Link& link, const std::string& name,
                           const Aliases& aliases, Reached& reached) const;
  static std::map<std::string, Reached> read_entries(const JsonView& json, const Aliases& aliases);
  static Result<std::map<std::string, Reached>> ask(const Context& context, Link& link,
                                                    const std::string& name,
                                                    const Aliases& aliases);
  static Result<Aliases> aliases(const Context& context, Link& link);
  bool allows(const std::string& name) const;
  bool shows(const std::string& entry, const Reached& behind) const;
  Result<void> judge(const std::string& named, const std::string& entry,
                     const Reached& behind) const;
  bool is_masked(const Names& names) const;
  bool touches_masks(const Reached& reached) const;
  bool is_masked(const Names& names, std::string_view field) const;
  Result<void> check_masks(const Context& context, Link& link, const Reach& reach,
                           const Reached& reached) const;
  Result<std::set<std::string>> usable_fields(const Context& context, Link& link,
                                              const Reached& reached) const;

  const Access access_;
};

}  // namespace dbops::elasticsearch
