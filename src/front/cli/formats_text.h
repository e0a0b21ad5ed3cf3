#pragma once

#include <optional>
#include <string>

#include "front/cli/format.h"
#include "wire/csv.h"

namespace dbops::cli {

// CSV and TSV as wire/csv.h spells them. A blank line stands between two results; a statement
// without rows gives nothing.
class SeparatedFormatter final : public Formatter {
 public:
  SeparatedFormatter(CsvFormat format, bool header) : format_(format), header_(header) {}
  void begin(const Schema& schema, std::string& out) override;
  void row(std::span<const Value> cells, std::string& out) override;
  void end(const ops::Page&, std::string&) override {}

 private:
  const CsvFormat format_;
  const bool header_;
  bool any_ = false;
  std::optional<CsvWriter> writer_;
};

// A table of GitHub Flavored Markdown.
class MarkdownFormatter final : public Formatter {
 public:
  void begin(const Schema& schema, std::string& out) override;
  void row(std::span<const Value> cells, std::string& out) override;
  void end(const ops::Page& page, std::string& out) override;

 private:
  bool any_ = false;
  bool rows_ = false;
  std::string scratch_;
};

}  // namespace dbops::cli
