#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "core/catalog.h"
#include "ops/workspace.h"

namespace dbops::ops {

enum class Detail : uint8_t { names, summary, full };

struct ExploreRequest {
  std::string connection;
  // As people write it: `public.flights`. Empty: the top, or the only schema where there is one.
  std::string path = {};
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

// Looks at the catalogue. A page ends at its limit of items, or where what is described outgrows
// the connection's limit of bytes. Its cursor, of this connection, path and pattern, goes on behind
// the last item shown that still stands: Code::expired where none of the last few does. Recorded in
// the audit log. Code::not_found, Code::invalid_argument for a bad path, limit or cursor.
Result<Exploration> explore(Workspace& workspace, const Context& context, ExploreRequest request);

// Compact text for people and models, every line ended: a line for each thing, in summary one more
// for its columns; paths as explore() takes them. Ends with how to go on when it was cut. What the
// server says is escaped.
std::string explore_text(const Exploration& exploration);
// One object; members in snake_case, absent where there is nothing to say.
void explore_json(const Exploration& exploration, JsonWriter& out);

}  // namespace dbops::ops
