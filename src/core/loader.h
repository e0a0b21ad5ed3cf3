// Taking items in bulk, batch by batch, with an answer for each item that is refused.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/stream.h"

namespace dbops {

// What a Loader is handed at once, at most: one transaction, one bulk request, one pipeline. A
// single item may be larger, and is then alone.
inline constexpr size_t kLoadItems = 10'000;     // items
inline constexpr size_t kLoadBytes = 4u << 20;   // bytes of their texts
inline constexpr size_t kLoadColumnsMax = 1600;  // columns; what PostgreSQL's tables can have

// Where items go, and what they look like.
struct LoadTarget {
  std::vector<std::string> path;  // A table, collection, index; of keys: what stands before each.
  // What the cells of a batch are, in order. Column::kind is null where nothing is known of a
  // column: its cells are then of any kind. Column::type is the source's word, and means nothing
  // here.
  Schema columns = {};
  // The batches have one column, of Kind::json: each cell a document, one checked JSON object.
  bool documents = false;
  // The columns (or members of the documents) by which an item is found again: a key, an _id.
  // Empty: the engine's choice. A table has its own keys, and refuses any.
  std::vector<std::string> key = {};
  bool create = false;  // Make what isn't there.
  // An item whose key is taken takes the place of what stands there. Else it is refused with
  // Code::already_exists. Code::unsupported for what has no such keys.
  bool replace = false;
};

// What a load would do, before it does it.
struct LoadPlan {
  struct Field {
    std::string name;  // In the target, as it is spelled there.
    std::string type;  // As the engine writes it; empty where it has none.
  };
  bool exists = false;
  std::vector<Field> fields = {};  // In order of LoadTarget::columns; none of documents.
  std::string creates = {};        // The statement that would make it; empty: nothing is made.
  std::vector<std::string> warnings = {};  // What is lost or changed on the way.
};

// What became of a batch.
//
//   0 ............ settled ............ size
//   | written, but  |  not written      |
//   | for `refused` |                   |
struct LoadOutcome {
  struct Refusal {
    size_t item = 0;  // In the batch, from 0.
    Error error;
  };
  size_t settled = 0;
  // In order of their items. An engine that can stop does so before the refusal that is one too
  // many: that one is the last here, and its item is `settled`. An engine that can't, has settled
  // all.
  std::vector<Refusal> refused = {};
};

// A load on its way. Borrows the session. Used by one thread at a time. Destroying it early leaves
// what write() has settled.
class Load {
 public:
  virtual ~Load() = default;
  // Settles the batch: once it answers, what was written stays. `refusals_max`: items that may be
  // refused. An error is about the batch as a whole: Effect::none when nothing of it was written,
  // Effect::unknown when some may be. After an error, or when it stopped, not to be called again.
  virtual Result<LoadOutcome> write(const Context& context, const Batch& batch,
                                    size_t refusals_max) = 0;
};

// Capability: loading. Needs a session of tier write.
class Loader {
 public:
  virtual ~Loader() = default;
  // Whether LoadTarget::documents may be set. Rows with columns are taken by all.
  virtual bool takes_documents() const { return false; }
  // Changes nothing. Code::not_found for a path that isn't there and is not to be created, or a
  // column that the target doesn't have (with the nearest name); Code::unsupported for a kind of
  // thing that can't be loaded into; Code::invalid_argument for a wrong path or key.
  virtual Result<LoadPlan> plan(const Context& context, const LoadTarget& target) = 0;
  // As plan() checks it; makes the target where that is asked. `target` must outlive the Load.
  virtual Result<std::unique_ptr<Load>> start(const Context& context, const LoadTarget& target) = 0;
};

// What every Loader of columns asks of LoadTarget::columns: at least one, at most kLoadColumnsMax,
// each with a name of its own. Code::invalid_argument.
Result<void> check_columns(const Schema& columns, bool case_counts);
// Code::not_found for a column that the target doesn't have: the nearest name, or all of few.
Error no_such_column(std::string_view wanted, std::span<const std::string> names);

}  // namespace dbops
