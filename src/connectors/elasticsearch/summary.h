#pragma once

#include <string>
#include <utility>
#include <vector>

#include "connectors/elasticsearch/rows.h"

namespace dbops::elasticsearch {

// What a header `warning` says, such as `299 Elasticsearch-8.19.21-... "words"`; empty: nothing.
std::string warning_words(std::string_view header);

// The members of an answer that stand beside its rows, and what they say.
class Members {
 public:
  // False beyond kWholeBytesMax altogether.
  bool add(std::string key, const JsonView& value);
  // That member, which is gone then; "null" where there is none.
  std::string take(std::string_view key);
  // One item of a bulk.
  void count_item(const JsonView& item);

  // Whether they hold what was asked for, where there are no hits: aggregations, suggestions.
  bool has_result() const;
  // They as rows, each an object: the buckets of the only aggregation, else one row with all.
  std::vector<std::string> take_rows();

  // How the rows go on; takes what is told again by each page.
  void note_page(PageEnd& end);
  // Warnings, and for a write what it changed.
  void summarize(Summary& summary, bool writes, uint64_t rows, bool searched) const;

 private:
  JsonView find(std::string_view key) const;
  void count_changes(Summary& summary) const;

  std::vector<std::pair<std::string, std::string>> all_;
  size_t bytes_ = 0;
  uint64_t items_ = 0;
  uint64_t failed_items_ = 0;
  std::string first_failure_;
};

}  // namespace dbops::elasticsearch
