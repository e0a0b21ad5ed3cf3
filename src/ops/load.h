// Items of a text, or of another connection, into a table, collection, index or keys.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "core/loader.h"
#include "core/parameters.h"
#include "ops/query.h"
#include "ops/source.h"
#include "ops/workspace.h"

namespace dbops::ops {

inline constexpr size_t kLoadErrorsShown = 20;  // of a report
inline constexpr size_t kLoadRowsShown = 5;     // of a dry run

// How a load is getting on, and what became of it.
//
// The position is the number of items of the source that are settled: written, or refused and
// counted. A load that is to go on where this one ended skips as many.
struct LoadReport {
  std::vector<std::string> path = {};
  LoadPlan plan = {};
  bool documents = false;
  uint64_t position = 0;
  uint64_t written = 0;
  uint64_t refused = 0;
  uint64_t in_doubt = 0;  // Items behind the position that may have been written: a link was lost.
  bool complete = false;  // All of the source is settled.
  std::vector<Fault> errors = {};         // The first of those refused.
  std::vector<std::string> samples = {};  // Of a dry run: the first items, each as JSON.
  int64_t elapsed_ms = 0;
};

struct LoadRequest {
  std::string connection;
  std::string path;
  // Where the items come from: one of these.
  std::unique_ptr<Source> source = nullptr;
  // What the source is, which a person's consent is bound to: its text, or where it stands.
  std::string origin = {};
  std::string from_connection = {};
  std::string statement = {};  // A read, of `from_connection`.
  Parameters parameters = {};

  bool create = false;                // Make the table where it isn't there.
  bool infer = false;                 // Texts are read as what they say.
  std::vector<std::string> key = {};  // See LoadTarget, also for the next.
  bool replace = false;               // What is overwritten must be confirmed by a person.
  uint64_t skip = 0;                  // Items that are settled already.
  uint64_t errors_max = 0;            // Items that may be refused.
  bool dry_run = false;
  std::string confirm = {};  // The token of an earlier answer.
  bool confirmed = false;    // A person has confirmed through the front itself.
  std::optional<std::chrono::milliseconds> timeout = {};  // 0: none.
  std::function<void(const LoadReport&)> progress = {};   // After each batch.
};

// Writes the items batch by batch; each stays once it is settled. The report holds at every end,
// good or bad, for what was done. An answer with a Confirmation has done nothing yet, and has not
// read the source: only a load that replaces must be confirmed, and not its dry run. A refused item
// beyond `errors_max` ends the load with its error; the hint then says how to go on, and the effect
// is Effect::applied where something was written. Code::forbidden where the tier doesn't allow it,
// Code::unsupported for an engine that can't. Recorded in the audit log, the read of
// `from_connection` as a query of its own.
Result<std::optional<Confirmation>> load(Workspace& workspace, const Context& context,
                                         LoadRequest request, LoadReport& report);

// {"path", "exists", "creates"?, "fields"?: [{"name", "type"}], "samples"?: [...], "warnings"?,
//  "written", "refused", "position", "in_doubt"?, "complete", "errors"?: [{"position", "line"?,
//  "code", "message"}], "elapsed_ms"}: "exists" to "samples" of a dry run alone.
// The members of an object that the caller opens and ends.
void load_json(const LoadReport& report, bool dry_run, JsonWriter& out);
// Lines for people and models; what the source says is escaped.
std::string load_text(const LoadReport& report, bool dry_run);

}  // namespace dbops::ops
