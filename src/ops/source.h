// Where a load's items come from: portion by portion, each item with its place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/stream.h"
#include "core/loader.h"

namespace dbops::ops {

// Where an item stands: the item's number from 0, and its line in a text from 1 (0: it has none).
struct Origin {
  uint64_t item = 0;
  uint64_t line = 0;
};

struct Fault {
  Origin origin;
  Error error;
};

// Items in a row. Reused from call to call by its owner.
struct Portion {
  Batch batch;
  std::vector<Origin> origins;  // Of the batch's rows.
  std::vector<Fault> faults;    // Of the items between them that are none.
  uint64_t end = 0;             // The number of the item behind the last.

  void reset(size_t columns);
  bool empty() const { return origins.empty() && faults.empty(); }
  bool full() const {
    return origins.size() + faults.size() >= kLoadItems || batch.arena().used() >= kLoadBytes;
  }
  // Without the items before `item`, and from it on.
  void drop_before(uint64_t item);
  void drop_from(uint64_t item);
};

// What a source hands out.
struct Shape {
  Schema columns;
  bool documents = false;  // One column of JSON objects.
};

// Pulled by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  // Reads as far as is needed to know what it has.
  virtual Result<const Shape*> open(const Context& context) = 0;
  // Replaces the portion by the next items: kLoadItems, or kLoadBytes, or fewer; none at the end.
  // An error is about all that follows: the portion then holds what stands before. REQUIRES: it was
  // opened.
  virtual Result<void> next(const Context& context, Portion& portion) = 0;
};

}  // namespace dbops::ops
