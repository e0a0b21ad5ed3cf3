#include "connectors/mongodb/sample.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/rows.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kDepthMax = 8;      // levels that are looked into
constexpr size_t kArrayItems = 100;  // of one array

SampledField* field_of(Sample& sample, const std::string& name) {
  const auto found = std::find_if(sample.fields.begin(), sample.fields.end(),
                                  [&](const SampledField& each) { return each.name == name; });
  if (found != sample.fields.end()) return &*found;
  if (sample.fields.size() == kSampledFields) {
    sample.truncated = true;
    return nullptr;
  }
  sample.fields.push_back({.name = name, .documents = 0, .types = {}});
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
  }

  Sample& sample_;
  std::set<std::string> seen_;  // In this document.
};

}  // namespace

std::string SampledField::describe_types() const {
  size_t total = 0;
  std::vector<std::pair<size_t, std::string>> sorted;
  for (const auto& [type, count] : types) {
    total += count;
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
