// Rows and documents as the lines of a bulk request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "core/loader.h"
#include "wire/json_object.h"

namespace dbops::elasticsearch {

inline constexpr size_t kIdBytesMax = 512;  // bytes of a document's name, the server's own limit

// A value as JSON on one line: numbers keep their digits, dates and times are spelled as the server
// reads them, bytes are base64.
void append_json(const Value& value, std::string& out);

// The two lines of each item: what is to be done, and the document.
//
// A row becomes an object with a member for each column, as append_json() writes it. A document
// goes as it is written, on one line. The id is the text of the key's members, joined by ':'; the
// member `_id` alone is taken out of the document then, since it is no field. Not thread-safe.
class BulkLines {
 public:
  // REQUIRES: each key is a column where the target has columns.
  explicit BulkLines(const LoadTarget& target);

  // Appends the lines of one item of a batch. Code::data, with nothing appended, for one whose key
  // is not there, no scalar, empty, or longer than kIdBytesMax.
  Result<void> append(std::span<const Value> cells, std::string& out);

 private:
  Result<void> append_row(std::span<const Value> cells, std::string& out) const;
  Result<void> append_document(std::string_view document, std::string& out);
  Result<std::string> id_of_row(std::span<const Value> cells) const;
  Result<void> begin(const std::string& id, std::string& out) const;

  const LoadTarget& target_;
  const std::string_view action_;    // "index", "create"
  std::vector<size_t> key_columns_;  // Of LoadTarget::key.
  std::vector<std::string> names_;   // Of each column, as JSON with its colon; empty: left out.
  JsonMembers members_;
  Arena arena_;
};

}  // namespace dbops::elasticsearch
