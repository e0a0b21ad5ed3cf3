#include "front/cli/format.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "front/cli/formats_json.h"
#include "front/cli/formats_text.h"
#include "front/cli/table.h"

namespace dbops::cli {
namespace {

constexpr std::array<std::pair<Format, std::string_view>, 7> kNames = {{
    {Format::table, "table"},
    {Format::expanded, "expanded"},
    {Format::csv, "csv"},
    {Format::tsv, "tsv"},
    {Format::json, "json"},
    {Format::ndjson, "ndjson"},
    {Format::markdown, "markdown"},
}};

}  // namespace

std::string_view name(Format format) noexcept {
  for (const auto& [known, text] : kNames)
    if (known == format) return text;
  return "";
}

std::optional<Format> parse_format(std::string_view text) noexcept {
  for (const auto& [format, known] : kNames)
    if (known == text) return format;
  return std::nullopt;
}

Format format_of_file(std::string_view path) noexcept {
  const auto ends = [&](std::string_view ending) {
    return path.size() > ending.size() &&
           same_ignoring_case(path.substr(path.size() - ending.size()), ending);
  };
  if (ends(".json")) return Format::json;
  if (ends(".ndjson") || ends(".jsonl")) return Format::ndjson;
  if (ends(".tsv")) return Format::tsv;
  if (ends(".md")) return Format::markdown;
  return Format::csv;
}

std::unique_ptr<Formatter> make_formatter(Format format, const Look& look) {
  switch (format) {
    case Format::table:
      return std::make_unique<TableFormatter>(look, false);
    case Format::expanded:
      return std::make_unique<TableFormatter>(look, true);
    case Format::csv:
      return std::make_unique<SeparatedFormatter>(kCsv, look.header);
    case Format::tsv:
      return std::make_unique<SeparatedFormatter>(kTsv, look.header);
    case Format::json:
      return std::make_unique<JsonFormatter>(false);
    case Format::ndjson:
      return std::make_unique<JsonFormatter>(true);
    case Format::markdown:
      return std::make_unique<MarkdownFormatter>();
  }
  return nullptr;
}

std::string describe_outcome(const Summary& summary) {
  std::string text = escape_control(summary.command);
  if (!summary.affected) return text;
  if (!text.empty()) text += ", ";
  text += format_count(static_cast<int64_t>(*summary.affected));
  return text + (*summary.affected == 1 ? " row affected" : " rows affected");
}

}  // namespace dbops::cli
