#include "mcp/export.h"

#include <chrono>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "ops/call.h"

namespace dbops::mcp {
namespace {

std::string expiry_of(const ops::KeptResult& result) {
  return iso_time(
      std::chrono::system_clock::time_point(std::chrono::milliseconds(result.expires_ms)));
}

}  // namespace

std::optional<ExportFormat> parse_export_format(std::string_view name) {
  if (name == "csv") return ExportFormat::csv;
  if (name == "ndjson") return ExportFormat::ndjson;
  return std::nullopt;
}

std::string_view mime_type_of(std::string_view name) {
  if (name.ends_with(".csv")) return "text/csv";
  return name.ends_with(".ndjson") ? "application/x-ndjson" : "text/plain";
}

Export::Export(ops::ResultWriter& writer, ExportFormat format, ops::PageJson& page,
               uint64_t shown_max)
    : writer_(writer), format_(format), page_(page), shown_max_(shown_max), csv_(line_) {}

Result<void> Export::begin(const Schema& schema) {
  if (begun_)
    return fail(Code::invalid_argument, "export takes one statement, not several",
                "export each by a call of its own");
  begun_ = true;
  line_.clear();
  if (format_ == ExportFormat::ndjson) json_.columns(schema);
  if (format_ == ExportFormat::csv && !schema.empty()) csv_.header(schema);
  DBOPS_ASSIGN(const bool taken, writer_.add(line_));
  if (!taken) return fail(Code::too_large, "the names of the columns are larger than a result");
  return page_.begin(schema);
}

Result<bool> Export::row(std::span<const Value> cells) {
  line_.clear();
  if (format_ == ExportFormat::csv) {
    csv_.row(cells);
  } else {
    json_.row(cells, line_);
    line_ += '\n';
  }
  DBOPS_ASSIGN(const bool taken, writer_.add(line_));
  if (!taken) return false;
  ++rows_;
  if (!shows_ || shown_ == shown_max_) return true;
  DBOPS_ASSIGN(shows_, page_.row(cells));
  shown_ += shows_ ? 1 : 0;
  return true;
}

Result<void> Export::end(const ops::Page& page) {
  truncated_ = page.truncated;
  ops::Page shown = page;
  shown.rows = shown_;
  if (shown_ < rows_ && !truncated_) {
    shown.truncated = true;
    shown.cut_by = "export: " + ops::format_rows(rows_) + " are in the link";
  }
  return page_.end(shown);
}

std::string result_uri(std::string_view name, uint64_t page) {
  return "result://" + std::string(name) + "/" + std::to_string(page);
}

ResourceLink result_link(const ops::KeptResult& result) {
  return {.uri = result_uri(result.name, 1),
          .name = result.name,
          .description = "Page 1 of " + std::to_string(result.pages) + ": " +
                         ops::format_rows(result.rows) + ", until " + expiry_of(result),
          .mime_type = std::string(mime_type_of(result.name)),
          .size = static_cast<int64_t>(result.bytes)};
}

std::string export_text(const ops::KeptResult& result) {
  return "# export: " + ops::format_rows(result.rows) + ", " + format_bytes(result.bytes) +
         ", pages " + result_uri(result.name, 1) + " to " + std::to_string(result.pages) +
         ", until " + expiry_of(result) + "\n";
}

std::string export_json(const ops::KeptResult& result) {
  std::string out;
  JsonWriter(out)
      .begin_object()
      .member("uri", result_uri(result.name, 1))
      .member("rows", result.rows)
      .member("bytes", result.bytes)
      .member("pages", result.pages)
      .member("truncated", result.truncated)
      .member("expires_at", expiry_of(result))
      .end_object();
  return out;
}

}  // namespace dbops::mcp
