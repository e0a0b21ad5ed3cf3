#include "connectors/mongodb/sample.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/rows.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kDepthMax = 8;      // levels that are looked into
constexpr size_t kArrayItems = 100;  // of one array
constexpr size_t kExamples = 3;      // values that are shown
constexpr size_t kExampleBytes = 40;

void widen(std::optional<Range>& range, double value, const std::string& text) {
  if (std::isnan(value)) return;
  if (!range) range = Range{value, value, text, text};
  if (value < range->least) range->least = value, range->least_text = text;
  if (value > range->greatest) range->greatest = value, range->greatest_text = text;
}

// Keeps what the value adds to what is known of its field. Arrays and documents have fields of
// their own.
void keep_value(SampledField& field, const bson_iter_t& at) {
  if (BSON_ITER_HOLDS_DOCUMENT(&at) || BSON_ITER_HOLDS_ARRAY(&at) || BSON_ITER_HOLDS_NULL(&at))
    return;
  std::string text;
  if (!append_json(text, at, JsonForm::relaxed)) return;
  if (const auto number = number_of(at)) widen(field.numbers, *number, text);
  if (BSON_ITER_HOLDS_DATE_TIME(&at)) {
    const int64_t time = bson_iter_date_time(&at);
    widen(field.dates, static_cast<double>(time), format_date(time).value_or(text));
  }
  if (field.values.size() < kSampledValues && text.size() <= kValueBytesMax &&
      std::find(field.values.begin(), field.values.end(), text) == field.values.end())
    field.values.push_back(std::move(text));
}

std::string shown_range(const std::optional<Range>& range, std::string_view unit = {}) {
  if (!range) return {};
  const bool one = range->least == range->greatest;
  return (one ? range->least_text : range->least_text + " to " + range->greatest_text) +
         std::string(unit);
}

SampledField* field_of(Sample& sample, const std::string& name) {
  const auto found = std::find_if(sample.fields.begin(), sample.fields.end(),
                                  [&](const SampledField& each) { return each.name == name; });
  if (found != sample.fields.end()) return &*found;
  if (sample.fields.size() == kSampledFields) {
    sample.truncated = true;
    return nullptr;
  }
  sample.fields.push_back({.name = name});
  return &sample.fields.back();
}

class Looker {
 public:
  explicit Looker(Sample& sample) : sample_(sample) {}

  void document(const bson_t& document, const std::string& prefix, size_t depth) {
    bson_iter_t field;
    if (depth > kDepthMax || !bson_iter_init(&field, &document)) return;
    while (bson_iter_next(&field)) {
      const std::string key(key_of(field));
      value(field, prefix.empty() ? key : prefix + "." + key, depth);
    }
  }

 private:
  void value(const bson_iter_t& at, const std::string& name, size_t depth) {
    SampledField* known = field_of(sample_, name);
    if (known == nullptr) return;
    if (seen_.insert(name).second) ++known->documents;
    ++known->types[std::string(type_name(at))];
    keep_value(*known, at);
    bson_t inner;
    if (!view_document(at, inner)) return;
    if (BSON_ITER_HOLDS_DOCUMENT(&at)) {
      document(inner, name, depth + 1);
      return;
    }
    bson_iter_t item;
    if (depth == kDepthMax || !bson_iter_init(&item, &inner)) return;
    for (size_t i = 0; i < kArrayItems && bson_iter_next(&item); ++i)
      value(item, name + "[]", depth + 1);
    // The fields may have moved.
    const uint32_t items = bson_count_keys(&inner);
    widen(field_of(sample_, name)->items, items, std::to_string(items));
  }

  Sample& sample_;
  std::set<std::string> seen_;  // In this document.
};

}  // namespace

size_t SampledField::count() const {
  size_t total = 0;
  for (const auto& [type, count] : types) total += count;
  return total;
}

std::string SampledField::describe_values() const {
  std::string text;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  };
  add(shown_range(numbers));
  add(shown_range(dates));
  add(shown_range(items, " items"));
  std::string examples;
  // Numbers and dates are told by their range.
  for (size_t i = 0, shown = 0; !numbers && !dates && i < values.size() && shown < kExamples; ++i)
    if (values[i].size() <= kExampleBytes)
      examples += (shown++ == 0 ? "such as " : ", ") + escape_control(values[i]);
  add(examples);
  return text;
}

std::string SampledField::describe_types() const {
  const size_t total = count();
  std::vector<std::pair<size_t, std::string>> sorted;
  for (const auto& [type, count] : types) {
    sorted.emplace_back(count, type);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (sorted.size() == 1) return sorted[0].second;
  std::string text;
  for (const auto& [count, type] : sorted) {
    const size_t percent = std::max<size_t>(100 * count / total, 1);
    text += (text.empty() ? "" : ", ") + type + " " + std::to_string(percent) + "%";
  }
  return text;
}

void add_to_sample(Sample& sample, const bson_t& document) {
  ++sample.documents;
  Looker(sample).document(document, {}, 0);
}

Result<Sample> take_sample(const Context& context, Link& link, const std::string& database,
                           const std::string& collection) {
  const std::string size = std::to_string(kSampledDocuments);
  const std::string name = quoted(collection);
  Sample sample;
  const auto add = [&](const bson_t& document) { add_to_sample(sample, document); };
  auto sampled = ask_each(context, link, database,
                          R"({"aggregate": )" + name + R"(, "pipeline": [{"$sample": {"size": )" +
                              size + R"(}}], "cursor": {"batchSize": )" + size + "}}",
                          kSampledDocuments, add);
  if (!sampled && lacks(sampled.error()))
    sampled = ask_each(
        context, link, database,
        R"({"find": )" + name + R"(, "limit": )" + size + R"(, "batchSize": )" + size + "}",
        kSampledDocuments, add);
  if (!sampled) return fail(std::move(sampled).error());
  return sample;
}

}  // namespace dbops::mongodb
