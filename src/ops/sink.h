#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/stream.h"

namespace dbops::ops {

// What is said of one statement's result once its rows have been handed over.
struct Page {
  uint64_t rows = 0;       // In this page.
  bool truncated = false;  // There is at least one more row: exact.
  std::string cut_by;  // The limit that cut, with its figure: "limit of 1,000 rows", "limit of 1
                       // MiB". Empty: none.
  std::string cursor;  // Where the rest can be had; empty when there is none or it can't be held.
  int64_t elapsed_ms = 0;
  Summary summary;  // Its warnings include those of dbops.
};

// Where rows go: a page of JSON for a model, a table on a terminal, a file. Used by one thread.
class Sink {
 public:
  virtual ~Sink() = default;
  // Before the rows of each statement, also of one that has none (an empty schema).
  virtual Result<void> begin(const Schema& schema) = 0;
  // Takes one row. False: no room is left for it, and it was not taken; it is then the first row of
  // the next page.
  virtual Result<bool> row(std::span<const Value> cells) = 0;
  virtual Result<void> end(const Page& page) = 0;
  // The limit by which row() answers false, for the answer that names it; 0: it never does.
  virtual uint64_t bytes_max() const { return 0; }
};

}  // namespace dbops::ops
