// A whole result as a text that is kept, with its first rows for the answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mcp/content.h"
#include "ops/page_json.h"
#include "ops/results.h"
#include "wire/csv.h"
#include "wire/row_json.h"

namespace dbops::mcp {

enum class ExportFormat : uint8_t { csv, ndjson };
std::optional<ExportFormat> parse_export_format(std::string_view name);
// By the extension of a kept result's name; "text/plain" for any other.
std::string_view mime_type_of(std::string_view name);

// Writes each row to the result, and the first of them to the page as well. Used by one thread.
class Export final : public ops::Sink {
 public:
  static constexpr uint64_t kShown = 10;  // rows in the answer, unless it is told otherwise

  Export(ops::ResultWriter& writer, ExportFormat format, ops::PageJson& page, uint64_t shown_max);

  // Code::invalid_argument for a second result: a text has one table.
  Result<void> begin(const Schema& schema) override;
  Result<bool> row(std::span<const Value> cells) override;
  Result<void> end(const ops::Page& page) override;
  uint64_t bytes_max() const override { return writer_.bytes_max(); }

  uint64_t rows() const { return rows_; }
  bool truncated() const { return truncated_; }

 private:
  ops::ResultWriter& writer_;
  const ExportFormat format_;
  ops::PageJson& page_;
  const uint64_t shown_max_;
  std::string line_;  // The row being written.
  CsvWriter csv_;
  RowJson json_;
  bool begun_ = false;
  bool shows_ = true;  // The next row goes to the page too.
  uint64_t shown_ = 0;
  uint64_t rows_ = 0;
  bool truncated_ = false;
};

// "result://NAME/1"
std::string result_uri(std::string_view name, uint64_t page);
ResourceLink result_link(const ops::KeptResult& result);
// A line for a model, and the member "export" of the structured answer.
std::string export_text(const ops::KeptResult& result);
std::string export_json(const ops::KeptResult& result);

}  // namespace dbops::mcp
