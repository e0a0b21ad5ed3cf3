#include "connectors/mongodb/validator.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kDepthMax = 8;        // levels of the schema; the sample has no more
constexpr size_t kMismatchesMax = 50;  // that are told

std::string percent(size_t part, size_t whole) {
  return std::to_string(std::max<size_t>(100 * part / std::max<size_t>(whole, 1), 1)) + "%";
}

std::set<std::string, std::less<>> texts_at(const bson_t& schema, const char* name) {
  std::set<std::string, std::less<>> texts;
  bson_iter_t found;
  bson_iter_t each;
  if (!find_field(schema, name, found)) return texts;
  if (BSON_ITER_HOLDS_UTF8(&found)) texts.emplace(text_of(found));
  if (BSON_ITER_HOLDS_ARRAY(&found) && bson_iter_recurse(&found, &each))
    while (bson_iter_next(&each)) texts.emplace(text_of(each));
  return texts;
}

class Comparer {
 public:
  explicit Comparer(const Sample& sample) : sample_(sample) {}

  // `documents`: how many the schema is for.
  void compare(const bson_t& schema, const std::string& prefix, size_t documents, size_t depth) {
    bson_t properties;
    bson_iter_t found;
    const bool listed = find_field(schema, "properties", found) && view_document(found, properties);
    for (const std::string& name : texts_at(schema, "required")) look_for(prefix + name, documents);
    if (listed) {
      bson_iter_t each;
      bson_iter_init(&each, &properties);
      while (bson_iter_next(&each)) {
        bson_t inner;
        if (view_document(each, inner))
          compare_field(inner, prefix + std::string(key_of(each)), depth);
      }
    }
    if (bson_iter_t more; find_field(schema, "additionalProperties", more) &&
                          BSON_ITER_HOLDS_BOOL(&more) && !bson_iter_bool(&more))
      look_for_others(listed ? &properties : nullptr, prefix);
  }

  std::vector<Mismatch> take() { return std::move(mismatches_); }

 private:
  const SampledField* field(const std::string& name) const {
    const auto found = std::find_if(sample_.fields.begin(), sample_.fields.end(),
                                    [&](const SampledField& each) { return each.name == name; });
    return found == sample_.fields.end() ? nullptr : &*found;
  }

  void add(const std::string& name, std::string text) {
    if (mismatches_.size() < kMismatchesMax) mismatches_.push_back({name, std::move(text)});
  }

  void look_for(const std::string& name, size_t documents) {
    const SampledField* known = field(name);
    const size_t having = known == nullptr ? 0 : known->documents;
    if (having < documents)
      add(name, "the validator requires it; " + percent(documents - having, documents) +
                    " of the sampled lack it");
  }

  void compare_field(const bson_t& schema, const std::string& name, size_t depth) {
    const SampledField* known = field(name);
    if (known == nullptr) return;
    const auto wanted = texts_at(schema, "bsonType");
    const auto allows = [&](const std::string& type) {
      const bool number = type == "int" || type == "long" || type == "double" || type == "decimal";
      return wanted.contains(type) || (number && wanted.contains("number"));
    };
    std::string text;
    for (const auto& [type, count] : known->types)
      if (!wanted.empty() && !allows(type))
        text += (text.empty() ? "" : ", ") + percent(count, known->count()) + " are " + type;
    if (!text.empty()) {
      std::string all;
      for (const std::string& each : wanted) all += (all.empty() ? "" : " or ") + each;
      add(name, "the validator wants " + escape_control(all) + "; " + text);
    }
    const auto objects = known->types.find("object");
    if (depth < kDepthMax && objects != known->types.end())
      compare(schema, name + ".", objects->second, depth + 1);
  }

  void look_for_others(const bson_t* properties, const std::string& prefix) {
    for (const SampledField& each : sample_.fields) {
      if (!each.name.starts_with(prefix)) continue;
      const std::string name = each.name.substr(prefix.size());
      if (name.find('.') != std::string::npos || name.ends_with("[]")) continue;
      if (properties == nullptr || !bson_has_field(properties, name.c_str()))
        add(each.name, "the validator has no such field");
    }
  }

  const Sample& sample_;
  std::vector<Mismatch> mismatches_;
};

}  // namespace

std::vector<Mismatch> compare_with_validator(const bson_t& validator, const Sample& sample) {
  bson_iter_t found;
  bson_t schema;
  if (!find_field(validator, "$jsonSchema", found) || !view_document(found, schema)) return {};
  Comparer comparer(sample);
  comparer.compare(schema, {}, sample.documents, 0);
  return comparer.take();
}

}  // namespace dbops::mongodb
