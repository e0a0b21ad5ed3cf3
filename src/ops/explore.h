#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "ops/workspace.h"

namespace dbops::ops {

enum class Detail : uint8_t { names, summary, full };

struct ExploreRequest {
  std::string connection;
  std::string path = {};     // As people write it: `public.flights`. Empty: the top.
  std::string pattern = {};  // See Catalog::Search.
  Detail detail = Detail::summary;
  std::optional<uint64_t> limit = {};  // Items; without it kExploreItems.
  std::string cursor = {};
};
inline constexpr uint64_t kExploreItems = 100;
inline constexpr uint64_t kExploreItemsMax = 1000;

struct Exploration {
  std::vector<std::string> path;
  Detail detail = Detail::summary;
  std::optional<Description>
      subject;              // What `path` names, when it names a thing rather than the top.
  std::vector<Item> items;  // What stands in it, or what the pattern found.
  std::vector<Description>
      descriptions;  // Of those items that have one, for summary and full; matched by path.
  bool truncated = false;
  std::string cursor;
  int64_t elapsed_ms = 0;
};

// Looks at the catalogue. Recorded in the audit log. Code::not_found, Code::invalid_argument for a
// bad path or cursor.
Result<Exploration> explore(Workspace& workspace, const Context& context, ExploreRequest request);

// Compact text for people and models; one line a table in summary. Ends with how to go on when it
// was cut.
std::string explore_text(const Exploration& exploration);
void explore_json(const Exploration& exploration, JsonWriter& out);

}  // namespace dbops::ops
