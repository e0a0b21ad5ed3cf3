#pragma once

#include <functional>
#include <string_view>

#include "mcp/server.h"

namespace dbops::mcp {

inline constexpr size_t kListPage = 100;  // items on one page of a list

// Writes `"key": [...]` with the page that the request's cursor asks for, the first without one,
// and `nextCursor` where more follow. `write_item` writes the item of that index. kInvalidParams
// for a cursor that was not handed out here. Cursors are offsets: they outlive a restart.
Outcome write_page(const Call& call, std::string_view key, size_t count,
                   const std::function<void(size_t)>& write_item, JsonWriter& result);

}  // namespace dbops::mcp
