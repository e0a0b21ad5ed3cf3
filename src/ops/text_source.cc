#include "ops/text_source.h"

#include <algorithm>

#include "base/text.h"
#include "wire/csv_reader.h"
#include "wire/json_reader.h"

namespace dbops::ops {
namespace {

std::unique_ptr<ItemReader> make_reader(const TextOptions& options) {
  switch (options.format) {
    case TextFormat::csv:
      return std::make_unique<CsvReader>(CsvFormat{.delimiter = options.delimiter});
    case TextFormat::tsv:
      return std::make_unique<CsvReader>(kTsv);
    case TextFormat::ndjson:
      return std::make_unique<NdjsonReader>();
    case TextFormat::json:
      return std::make_unique<JsonReader>();
  }
  return nullptr;
}

class TextSource final : public Source {
 public:
  TextSource(std::unique_ptr<Input> input, TextOptions options)
      : input_(std::move(input)), options_(std::move(options)), reader_(make_reader(options_)) {}

  Result<const Shape*> open(const Context& context) override;
  Result<void> next(const Context& context, Portion& portion) override;

 private:
  bool documents() const {
    return options_.format == TextFormat::ndjson || options_.format == TextFormat::json;
  }
  Result<bool> read(const Context& context, Arena& arena);
  Result<void> check_width(size_t columns) const;
  // An empty line where there is more than one column.
  bool blank() const {
    if (documents() || shape_.columns.size() == 1 || cells_.size() != 1) return false;
    if (options_.format == TextFormat::csv) return cells_[0].is_null();
    return !cells_[0].is_null() && cells_[0].as_text().empty();
  }

  const std::unique_ptr<Input> input_;
  const TextOptions options_;
  const std::unique_ptr<ItemReader> reader_;
  Shape shape_;
  std::string block_;
  std::vector<Value> cells_;  // Of the item that was read last.
  uint64_t items_ = 0;        // Read until now.
};

// The next item, into cells_. False at the end. Code::data: it is none, and more may follow.
Result<bool> TextSource::read(const Context& context, Arena& arena) {
  for (;;) {
    DBOPS_ASSIGN(const Got got, reader_->next(arena, cells_));
    if (got == Got::item) return true;
    if (got == Got::end) return false;
    DBOPS_TRY(input_->read(context, block_));
    if (block_.empty()) reader_->finish();
    reader_->feed(block_);
  }
}

Result<const Shape*> TextSource::open(const Context& context) {
  if (documents()) {
    shape_ = {.columns = {{"document", "", Kind::json}}, .documents = true};
    return &shape_;
  }
  for (const std::string& name : options_.columns) shape_.columns.push_back({name, "", Kind::text});
  if (!options_.header && shape_.columns.empty())
    return fail(Code::invalid_argument, "a text without a header needs the names of its columns",
                "give them in order in `columns`");
  if (!options_.header) return &shape_;
  Arena arena;
  DBOPS_ASSIGN(const bool any, read(context, arena));
  if (!any) return fail(Code::data, "the text is empty: it lacks even a header");
  if (!shape_.columns.empty()) {
    DBOPS_TRY(check_width(cells_.size()));
    return &shape_;
  }
  for (const Value& cell : cells_)
    shape_.columns.push_back(
        {cell.is_null() ? std::string() : std::string(cell.as_text()), "", Kind::text});
  return &shape_;
}

Result<void> TextSource::check_width(size_t columns) const {
  const size_t wanted = shape_.columns.size();
  if (columns == wanted) return {};
  return fail(Code::data, "line " + format_count(static_cast<int64_t>(reader_->line())) + ": " +
                              std::to_string(columns) + (columns == 1 ? " field" : " fields") +
                              ", where there are " + std::to_string(wanted) + " columns");
}

Result<void> TextSource::next(const Context& context, Portion& portion) {
  portion.reset(shape_.columns.size());
  portion.end = items_;
  Arena& arena = portion.batch.arena();
  while (!portion.full()) {
    auto got = read(context, arena);
    if (got && !*got) return {};
    if (got && blank()) continue;
    if (!got && got.error().code != Code::data) return fail(std::move(got).error());
    const Origin origin{items_, reader_->line()};
    portion.end = ++items_;
    Result<void> sound = got ? check_width(cells_.size()) : fail(std::move(got).error());
    if (!sound) {
      portion.faults.push_back({origin, std::move(sound).error()});
      continue;
    }
    std::copy(cells_.begin(), cells_.end(), portion.batch.add_row());
    portion.origins.push_back(origin);
  }
  return {};
}

}  // namespace

std::optional<TextFormat> parse_text_format(std::string_view text) {
  if (text == "csv") return TextFormat::csv;
  if (text == "tsv") return TextFormat::tsv;
  if (text == "ndjson") return TextFormat::ndjson;
  if (text == "json") return TextFormat::json;
  return std::nullopt;
}

std::optional<TextFormat> text_format_of(std::string_view file) {
  const std::string name = lower(file);
  const auto ends = [&](std::string_view end) { return std::string_view(name).ends_with(end); };
  if (ends(".csv")) return TextFormat::csv;
  if (ends(".tsv") || ends(".tab")) return TextFormat::tsv;
  if (ends(".ndjson") || ends(".jsonl")) return TextFormat::ndjson;
  if (ends(".json")) return TextFormat::json;
  return std::nullopt;
}

std::unique_ptr<Source> text_source(std::unique_ptr<Input> input, TextOptions options) {
  return std::make_unique<TextSource>(std::move(input), std::move(options));
}

}  // namespace dbops::ops
