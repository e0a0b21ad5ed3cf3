// Search by text or vector, the same for every engine.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/searcher.h"
#include "ops/sink.h"
#include "ops/workspace.h"

namespace dbops::ops {

inline constexpr uint64_t kSearchHitsMax = 1000;

struct SearchOptions {
  std::string connection;
  std::string in;  // The path of a table, collection or index.
  std::string text = {};
  std::vector<float> vector = {};
  std::vector<std::string> fields = {};
  std::string filter = "{}";  // One JSON object; see read_conditions().
  uint64_t limit = 10;        // hits, at most kSearchHitsMax
  std::optional<std::chrono::milliseconds> timeout = {};
};

// The hits, best first, as rows of id, score and document. Reads alone, in every tier. Recorded in
// the audit log, without what was searched for. Code::invalid_argument for neither a text nor a
// vector, or a filter that is none.
Result<void> search(Workspace& workspace, const Context& context, const SearchOptions& options,
                    Sink& sink);

}  // namespace dbops::ops
